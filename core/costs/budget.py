"""What a budget is, how it stands, and what a run needs of it: figures and words, no database."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from core.costs.ledger import ZERO
from core.domain.model import ModelCard, Place


class BudgetScope(StrEnum):
    """For whom a budget is."""

    EVERYTHING = "everything"
    TEAM = "team"
    PROJECT = "project"
    PERSON = "person"
    TAG = "tag"


class Period(StrEnum):
    """For how long: a UTC day, a week from Monday, a month, or one run."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    RUN = "run"


class Then(StrEnum):
    """What happens at the limit: only a warning, Auto prefers cheaper models, no call outside, or no call at all."""

    WARN = "warn"
    CHEAPER = "cheaper"
    INSIDE = "inside"
    STOP = "stop"

    @property
    def hard(self) -> bool:
        """Tell whether calls are refused."""
        return self in (Then.INSIDE, Then.STOP)


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetRecord:
    """One budget. `name` is the person, team, project or tag, empty for everything; limits are USD."""

    id: int
    scope: BudgetScope
    scope_id: int
    name: str
    period: Period
    warn_at: Decimal | None
    stop_at: Decimal | None
    then: Then
    created_at: datetime
    created_by: str

    @property
    def label(self) -> str:
        """Give it in words: "the budget of Marketing for the month"."""
        whom = {"": "the workspace"}.get(self.name, self.name)
        return f"the budget of {whom} for {'one run' if self.period is Period.RUN else f'the {self.period}'}"

    @property
    def limit(self) -> Decimal | None:
        """Give the sum that what is left is counted to: the stop, else the warning."""
        return self.stop_at if self.stop_at is not None else self.warn_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A budget that was changed or removed, by whom and when; it can be put back."""

    budget: BudgetRecord
    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a budget stands in its present period, USD. `held` is what calls under way may still cost."""

    budget: BudgetRecord
    spent: Decimal
    held: Decimal

    @property
    def left(self) -> Decimal | None:
        """Give what may still be spent, None without a stop; never less than nothing."""
        return self._up_to(self.budget.stop_at)

    @property
    def to_go(self) -> Decimal | None:
        """Give what is left to the stop, or to the warning where there is no stop; never less than nothing."""
        return self._up_to(self.budget.limit)

    @property
    def share(self) -> float:
        """Give the part of the limit that is spent, 0 to any size; what is held is not in it."""
        limit = self.budget.limit
        return float(self.spent / limit) if limit else float(bool(self.spent))

    @property
    def warned(self) -> bool:
        """Tell whether the warning is reached."""
        return self.budget.warn_at is not None and self.spent >= self.budget.warn_at

    @property
    def reached(self) -> bool:
        """Tell whether nothing is left."""
        return self.left is not None and not self.left

    @property
    def prefers_cheaper(self) -> bool:
        """Tell whether Auto is to prefer cheaper models now: from the warning on, or the stop where there is none."""
        return self.budget.then is Then.CHEAPER and (self.warned or self.reached)

    def _up_to(self, limit: Decimal | None) -> Decimal | None:
        return None if limit is None else max(ZERO, limit - self.spent - self.held)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facing:
    """Every budget that a run would meet, those with the least left first. A budget for one run counts from nothing."""

    standings: tuple[Standing, ...] = ()

    @property
    def tightest(self) -> Standing | None:
        """Give the one of a day, week or month with the least left to its limit, None where there is none."""
        return next((each for each in self.standings if each.budget.period is not Period.RUN), None)

    @property
    def warned(self) -> tuple[Standing, ...]:
        """Give those whose warning or stop is reached."""
        return tuple(each for each in self.standings if each.warned or each.reached)

    @property
    def prefers_cheaper(self) -> Standing | None:
        """Give the budget that asks Auto to prefer cheaper models now, None where none does."""
        return next((each for each in self.standings if each.prefers_cheaper), None)

    @property
    def cheaper_above(self) -> Decimal | None:
        """Give the USD above which Auto is to prefer cheaper models for one run, None without such a budget."""
        limits = [
            each.budget.limit
            for each in self.standings
            if each.budget.period is Period.RUN and each.budget.then is Then.CHEAPER and each.budget.limit is not None
        ]
        return min(limits, default=None)

    def left(self, place: Place) -> Decimal | None:
        """Give the most that all calls of a run at a place may cost under hard limits, USD; None without a limit.

        Under one that is not None a model outside without a known price is refused.
        """
        found = [
            each.left
            for each in self.standings
            if each.left is not None
            and (each.budget.then is Then.STOP or (each.budget.then is Then.INSIDE and not place.inside))
        ]
        return min(found, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """The worst that one model's shots of a run may cost: `each` is USD for one answer, None without a known price."""

    card: ModelCard
    shots: int
    each: Decimal | None

    @property
    def whole(self) -> Decimal:
        """Give USD for all its shots; nothing where it is not known."""
        return (self.each or ZERO) * self.shots

    @property
    def words(self) -> str:
        """Give it as a call: Sage × 2."""
        return f"{self.card.label} × {self.shots}" if self.shots > 1 else self.card.label


def period_start(period: Period, now: datetime) -> datetime:
    """Give when a period of a moment began, UTC."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if period is Period.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if period is Period.MONTH else day
