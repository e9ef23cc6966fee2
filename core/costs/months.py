"""Closing a month: its figures are frozen with who and when; what arrives later is an adjustment where it arrives."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from core.costs.frozen import SPLITS, freeze, freeze_saving, thaw, thaw_saving
from core.costs.ledger import ZERO
from core.costs.review import Month, MonthReview, Reviews, month_of_number
from core.costs.savings import Saving
from core.costs.sums import Group
from core.errors import InputError, NotFound
from core.store import tables
from core.store.adjusting import month_number
from core.store.columns import Money
from core.store.database import Database, table

CLOSED, ADJUSTMENT = table(tables.ClosedMonth), table(tables.Adjustment)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedMonth:
    """A frozen month: its sum in USD, who closed it when, and all figures as they stood, sums as text."""

    month: Month
    amount: Decimal
    closed_at: datetime
    closed_by: str
    figures: Mapping[str, Any]

    def review(self, by: Group) -> MonthReview | None:
        """Give the whole review as it stood, None where this split was not frozen."""
        return thaw(self.figures, by)

    @property
    def auto(self) -> Saving | None:
        """Give what Auto had saved, as it was said when the month was closed."""
        return thaw_saving(self.figures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """What arrived in one month for a closed one: attempts added (or taken out) and USD."""

    month: Month
    arrived: Month
    attempts: int
    amount: Decimal


class Months:
    """The closed months of one workspace. Raises StoreError and its kinds."""

    def __init__(self, database: Database) -> None:
        """Keep where to ask."""
        self._database = database

    def close(
        self, review: MonthReview, *, person: str, now: datetime | None = None, auto: Saving | None = None
    ) -> ClosedMonth:
        """Freeze a month's figures, with what Auto saved in it.

        Raises InputError while the month lasts or where it is closed already.
        """
        moment = now or datetime.now(UTC)
        month = review.month
        if month.number >= month_number(moment):
            raise InputError(f"{month.label} is not over yet.", next_step="Close it once the month has ended (UTC).")
        reviews = Reviews(self._database)
        with self._database.write() as connection:
            if connection.execute(_active(month)).first() is not None:
                raise InputError(f"{month.label} is closed already.", next_step="Open it first, if it must change.")
            # Read while nobody else writes, so that what arrives from now on is an adjustment and in no frozen figure.
            splits = {by.value: freeze(reviews.month(month, now=moment, by=by)) for by in SPLITS}
            connection.execute(
                sa.insert(CLOSED).values(
                    month=month.number,
                    figures={**figures(review), "reviews": splits, "auto": freeze_saving(auto)},
                    closed_at=moment,
                    closed_by=person,
                )
            )
        found = self.closed(month)
        if found is None:  # pragma: no cover - somebody opened it between the two transactions
            raise NotFound(f"{month.label} was opened again at once.")
        return found

    def reopen(self, month: Month, *, person: str, now: datetime | None = None) -> None:
        """Open a closed month; its frozen figures stay on record. Raises NotFound where it is not closed."""
        with self._database.write() as connection:
            opened = connection.execute(
                sa.update(CLOSED)
                .where(CLOSED.c.month == month.number, CLOSED.c.undone_at.is_(None))
                .values(undone_at=now or datetime.now(UTC), undone_by=person)
            )
            if not opened.rowcount:
                raise NotFound(f"{month.label} is not closed.", next_step="There is nothing to open.")

    def closed(self, month: Month) -> ClosedMonth | None:
        """Give a month as it was closed, None while it is open."""
        with self._database.read() as connection:
            row = connection.execute(_active(month)).one_or_none()
        if row is None:
            return None
        return ClosedMonth(
            month=month,
            amount=Decimal(row.figures["amount"]),
            closed_at=row.closed_at,
            closed_by=row.closed_by,
            figures=row.figures,
        )

    def adjustments(self, arrived: Month) -> tuple[Adjusted, ...]:
        """Give what arrived in a month for closed ones before it, oldest first."""
        first = datetime(arrived.year, arrived.month, 1, tzinfo=UTC)
        end = datetime(arrived.after.year, arrived.after.month, 1, tzinfo=UTC)
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(
                    ADJUSTMENT.c.month,
                    sa.func.sum(ADJUSTMENT.c.attempts).label("attempts"),
                    sa.func.sum(ADJUSTMENT.c.amount, type_=Money).label("amount"),
                )
                .where(ADJUSTMENT.c.arrived_at >= first, ADJUSTMENT.c.arrived_at < end)
                .group_by(ADJUSTMENT.c.month)
                .order_by(ADJUSTMENT.c.month)
            ).all()
        return tuple(
            Adjusted(
                month=month_of_number(row.month),
                arrived=arrived,
                attempts=int(row.attempts),
                amount=row.amount or ZERO,
            )
            for row in rows
        )


def figures(review: MonthReview) -> dict[str, Any]:
    """Give what is frozen of a review, as JSON: every sum with all its digits, as text."""
    total, bought = review.totals, review.bought
    return {
        "amount": str(total.amount),
        "attempts": total.attempts,
        "answers": total.answers,
        "unpriced_attempts": total.unpriced_attempts,
        "unpriced_tokens": total.unpriced_tokens,
        "estimated_amount": str(total.estimated_amount),
        "silent": total.silent,
        "could_add": str(total.could_add),
        "without_project": str(total.without_project),
        "against": str(review.before.amount),
        "why": review.why,
        "parts": {part.value: str(amount) for part, amount in review.bridge.parts.items()},
        "groups": [[review.by.value, group.key, group.label, str(group.amount)] for group in review.groups],
        "runs": bought.runs,
        "judged_runs": bought.judged_runs,
        "per_run": _text(bought.per_run),
        "per_winner": _text(bought.per_winner),
        "by": Group(review.by).value,
    }


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _active(month: Month) -> sa.Select[Any]:
    return sa.select(CLOSED).where(CLOSED.c.month == month.number, CLOSED.c.undone_at.is_(None))
