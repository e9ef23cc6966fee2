"""Bills as they were read: each line once, late figures in place of earlier ones; a second reading changes nothing."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.costs.bills.lines import GROUPED_BY, BilledLine, BillSource, grouping
from core.domain.money import TokenClass
from core.store import tables
from core.store.daily_costs import day_number, day_of_number
from core.store.database import Database, table

BILLED = table(tables.Billed)
AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class BillReport:
    """What came of reading a bill: lines that are new, that replaced earlier figures, that were known as they are."""

    added: int = 0
    replaced: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """One reading of a bill whose lines are kept: what was read, when and by whom, and which days it covers."""

    read_from: str
    at: datetime
    by: str
    provider: str
    lines: int
    first: date
    last: date


class Bills:
    """The bills of one workspace. Raises StoreError and its kinds."""

    def __init__(self, database: Database) -> None:
        """Keep where to ask."""
        self._database = database

    def take_in(
        self, lines: Iterable[BilledLine], *, read_from: str, person: str = "", now: datetime | None = None
    ) -> BillReport:
        """Keep the lines of a bill, in one transaction. The same lines again change nothing.

        A day of a provider's report that was split otherwise before (by project too, say) is replaced whole: both
        readings together would bill it twice.
        """
        given = {line.line: line for line in lines}
        moment = now or datetime.now(UTC)
        with self._database.write() as connection:
            otherwise = _split_otherwise(connection, given.values())
            known: dict[str, str] = {}
            names = list(given)
            for start in range(0, len(names), AT_ONCE):
                rows = connection.execute(
                    sa.select(BILLED.c.line, BILLED.c.content).where(BILLED.c.line.in_(names[start : start + AT_ONCE]))
                )
                known |= {row.line: row.content for row in rows}
            new = [line for name, line in given.items() if name not in known]
            late = [line for name, line in given.items() if name in known and known[name] != line.content]
            if late:
                connection.execute(
                    sa.delete(BILLED).where(BILLED.c.line == sa.bindparam("the_line")),
                    [{"the_line": line.line} for line in late],
                )
            if new or late:
                connection.execute(sa.insert(BILLED), [_row(line, read_from, moment, person) for line in (*new, *late)])
            if otherwise:
                connection.execute(sa.delete(BILLED).where(BILLED.c.id == sa.bindparam("the_id")), otherwise)
        return BillReport(added=len(new), replaced=len(late), unchanged=len(given) - len(new) - len(late))

    def lines(self, first: date, last: date) -> tuple[BilledLine, ...]:
        """Give the lines of days from `first` to `last`, both in."""
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(BILLED)
                .where(BILLED.c.day >= day_number(first), BILLED.c.day <= day_number(last))
                .order_by(BILLED.c.day, BILLED.c.id)
            ).all()
        return tuple(
            BilledLine(
                source=BillSource(row.source),
                provider=row.provider,
                day=day_of_number(row.day),
                days=row.days,
                model=row.model,
                token_class=TokenClass(row.token_class) if row.token_class else None,
                quantity=row.quantity,
                amount=row.amount,
                currency=row.currency,
                what=row.what,
                raw=row.raw or {},
            )
            for row in rows
        )

    def readings(self) -> tuple[ReadFile, ...]:
        """Give what was read, the last first; a line that came again with other figures is of the later reading."""
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(
                    BILLED.c.read_from, BILLED.c.read_at, BILLED.c.read_by, BILLED.c.provider,
                    sa.func.count().label("lines"), sa.func.min(BILLED.c.day).label("first"),
                    sa.func.max(BILLED.c.day).label("last"),
                )
                .group_by(BILLED.c.read_from, BILLED.c.read_at, BILLED.c.read_by, BILLED.c.provider)
                .order_by(BILLED.c.read_at.desc(), BILLED.c.provider)
            ).all()  # fmt: skip
        return tuple(
            ReadFile(
                read_from=row.read_from,
                at=row.read_at,
                by=row.read_by or "",
                provider=row.provider,
                lines=int(row.lines),
                first=day_of_number(int(row.first)),
                last=day_of_number(int(row.last)),
            )
            for row in rows
        )

    def forget(self, reading: ReadFile) -> int:
        """Take out the lines of one reading; reading the file again brings them back. Gives how many there were."""
        with self._database.write() as connection:
            gone = connection.execute(
                sa.delete(BILLED).where(
                    BILLED.c.read_from == reading.read_from, BILLED.c.read_at == reading.at,
                    BILLED.c.provider == reading.provider,
                )
            )  # fmt: skip
        return gone.rowcount

    def span(self) -> tuple[date, date] | None:
        """Give the first and the last day of all bills, None where none was read."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(sa.func.min(BILLED.c.day), sa.func.max(BILLED.c.day))).one()
        return None if row[0] is None else (day_of_number(int(row[0])), day_of_number(int(row[1])))

    def until(self) -> dict[str, date]:
        """Give the last day that was read of each provider's bill."""
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(BILLED.c.provider, sa.func.max(BILLED.c.day).label("day")).group_by(BILLED.c.provider)
            ).all()
        return {row.provider: day_of_number(int(row.day)) for row in rows}


def _split_otherwise(connection: Connection, lines: Iterable[BilledLine]) -> list[dict[str, int]]:
    """Give the rows of days that these lines bill, where a report was split by something else, but for the lines."""
    by_report: dict[tuple[BillSource, str], list[BilledLine]] = {}
    for line in lines:
        if line.source in GROUPED_BY:
            by_report.setdefault((line.source, line.provider), []).append(line)
    found: list[dict[str, int]] = []
    for (source, provider), given in by_report.items():
        days, names = {day_number(line.day) for line in given}, {line.line for line in given}
        rows = connection.execute(
            sa.select(BILLED.c.id, BILLED.c.line, BILLED.c.raw, BILLED.c.day).where(
                BILLED.c.source == source, BILLED.c.provider == provider,
                BILLED.c.day >= min(days), BILLED.c.day <= max(days),
            )
        ).all()  # fmt: skip
        there = [row for row in rows if row.day in days]
        if grouping(source, (row.raw or {} for row in there)) != grouping(source, (line.raw for line in given)):
            found += [{"the_id": row.id} for row in there if row.line not in names]
    return found


def _row(line: BilledLine, read_from: str, moment: datetime, person: str) -> dict[str, Any]:
    return {
        "line": line.line, "content": line.content, "provider": line.provider, "source": line.source,
        "day": day_number(line.day), "days": line.days, "model": line.model,
        "token_class": line.token_class.value if line.token_class else "", "quantity": line.quantity, "unit": "tokens",
        "amount": line.amount, "currency": line.currency, "what": line.what,
        "raw": json.loads(json.dumps(dict(line.raw), default=_text)), "read_at": moment, "read_from": read_from,
        "read_by": person,
    }  # fmt: skip


def _text(value: object) -> str:
    return str(value) if isinstance(value, Decimal) else repr(value)
