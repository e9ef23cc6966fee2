"""The tables of money beside the ledger: its sums by day, budgets, months, bills, and what prices are made of.

The sums hold what the ledger holds and nothing of their own: they can be thrown away and made anew. In them a person,
team or project that nobody named is 0, because a key has no room for an empty value.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, UniqueConstraint
from sqlmodel import Field

from core.store.columns import UnitMoney
from core.store.fields import Table, any_json, key, long_text, moment, money, one_active, ref


def count() -> Any:
    """Give a sum of counts."""
    return Field(default=0, sa_column=Column(BigInteger, nullable=False, default=0))


def slot() -> Any:
    """Give a whole number that is part of the key: a day or hour since 1970, or the key of another row."""
    return Field(default=0, sa_column=Column(BigInteger, primary_key=True, autoincrement=False))


def part() -> Any:
    """Give a word that is part of the key."""
    return Field(default="", primary_key=True)


class DailyCall(Table, table=True):
    """Settled attempts of one UTC day (`day` since 1970, by the attempt's start) and what they cost.

    `answers` counts first attempts, `used` those that used tokens, `silent` those that may have used some and told
    nothing.
    """

    __tablename__ = "daily_call"

    day: int = slot()
    model: str = part()
    provider: str = part()
    place: str = part()
    person_id: int = slot()
    team_id: int = slot()
    project_id: int = slot()
    cost_state: str = part()
    attempts: int = count()
    answers: int = count()
    failed: int = count()
    used: int = count()
    silent: int = count()
    input_tokens: int = count()
    output_tokens: int = count()
    amount: Decimal = money(nullable=False)


class DailyCost(Table, table=True):
    """Charges of one UTC day by token class."""

    __tablename__ = "daily_cost"

    day: int = slot()
    model: str = part()
    provider: str = part()
    place: str = part()
    team_id: int = slot()
    project_id: int = slot()
    cost_state: str = part()
    token_class: str = part()
    charges: int = count()
    quantity: int = count()
    amount: Decimal = money(nullable=False)


class DailyTag(Table, table=True):
    """What `DailyCall` holds, by tag. A run with two tags is in both, so that tags do not add up to a total."""

    __tablename__ = "daily_tag"

    day: int = slot()
    tag_id: int = slot()
    model: str = part()
    place: str = part()
    cost_state: str = part()
    attempts: int = count()
    answers: int = count()
    used: int = count()
    input_tokens: int = count()
    output_tokens: int = count()
    amount: Decimal = money(nullable=False)


class HourlyCost(Table, table=True):
    """Settled attempts of one UTC hour (`hour` since 1970), to find unusual ones."""

    __tablename__ = "hourly_cost"

    hour: int = slot()
    model: str = part()
    attempts: int = count()
    retries: int = count()
    failed: int = count()
    amount: Decimal = money(nullable=False)


class Budget(Table, table=True):
    """What may be spent, for whom, in which period. A change ends the row and adds another.

    `scope_id` is the person, team, project or tag, 0 for everything. Limits are USD; None where there is none.
    """

    __table_args__ = (one_active("uq_budget_active", "scope", "scope_id", "period"),)

    id: int | None = key()
    scope: str
    scope_id: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    period: str
    warn_at: Decimal | None = money()
    stop_at: Decimal | None = money()
    then: str
    created_at: datetime = moment()
    created_by: str = ""
    undone_at: datetime | None = moment(nullable=True)
    undone_by: str = ""


class BudgetNotice(Table, table=True):
    """Who was told of a budget in one of its periods: that its warning was passed, or which calls were not made.

    The newest of a kind counts for a person. `kind` is "warned" or "refused"; `calls` names those that were not made.
    """

    __tablename__ = "budget_notice"
    __table_args__ = (UniqueConstraint("budget_id", "period_start", "person", "kind", name="uq_budget_notice_once"),)

    id: int | None = key()
    budget_id: int = ref("budget.id")
    period_start: datetime = moment()
    person: str = ""
    kind: str
    calls: str = long_text()
    told_at: datetime = moment()


class Reservation(Table, table=True):
    """The worst that a waiting or running shot may cost, until it is settled. One that expired counts no more."""

    shot_id: int = Field(default=None, sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    run_id: int = ref("run.id", index=True)
    person_id: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    team_id: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    project_id: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    amount: Decimal = money(nullable=False)
    created_at: datetime = moment()
    expires_at: datetime = moment()


class ClosedMonth(Table, table=True):
    """A month whose figures are frozen. `month` is 202610 for October 2026; `figures` hold sums as text."""

    __tablename__ = "closed_month"
    __table_args__ = (one_active("uq_closed_month_active", "month"),)

    id: int | None = key()
    month: int
    figures: Any = any_json()
    closed_at: datetime = moment()
    closed_by: str = ""
    undone_at: datetime | None = moment(nullable=True)
    undone_by: str = ""


class Adjustment(Table, table=True):
    """What moved the sums of a closed month after it was closed, booked in the month in which it arrived."""

    __table_args__ = (Index("ix_adjustment_arrived", "arrived_at"), Index("ix_adjustment_month", "month"))

    id: int | None = key()
    month: int
    arrived_at: datetime = moment()
    attempts: int = 0
    amount: Decimal = money(nullable=False)
    reason: str = ""


class Decision(Table, table=True):
    """What a review decided: who does it, until when, and how it stands. Open ones are carried to the next review.

    `until` is a day, None for "until the next review". `month` is that of the review.
    """

    id: int | None = key()
    month: int = Field(index=True)
    text: str = long_text()
    owner: str = ""
    until: datetime | None = moment(nullable=True)
    state: str
    created_at: datetime = moment()
    created_by: str = ""
    ended_at: datetime | None = moment(nullable=True)
    ended_by: str = ""


class ReviewNote(Table, table=True):
    """A note on a section of a month's review; the newest row of a section counts."""

    __tablename__ = "review_note"
    __table_args__ = (Index("ix_review_note_month", "month", "section", "id"),)

    id: int | None = key()
    month: int
    section: str
    text: str = long_text()
    person: str = ""
    written_at: datetime = moment()


class Discount(Table, table=True):
    """A discount of one provider for a period. `basis_points` are hundredths of a percent; 1200 is 12 %."""

    id: int | None = key()
    provider: str = Field(index=True)
    basis_points: int
    valid_from: datetime = moment()
    valid_until: datetime | None = moment(nullable=True)
    note: str = ""
    created_at: datetime = moment()
    created_by: str = ""
    undone_at: datetime | None = moment(nullable=True)
    undone_by: str | None = None


class ServerPrice(Table, table=True):
    """What an own server costs an hour of answering, by model; None takes an earlier price back from then on.

    A row that was undone never counts again.
    """

    __tablename__ = "server_price"

    id: int | None = key()
    model: str = Field(index=True)
    per_hour: Decimal | None = money()
    valid_from: datetime = moment()
    created_at: datetime = moment()
    created_by: str = ""
    undone_at: datetime | None = moment(nullable=True)
    undone_by: str | None = None


class FxRate(Table, table=True):
    """What one unit of a currency was worth in USD on a day (`day` since 1970). The ledger stays in USD."""

    __tablename__ = "fx_rate"
    __table_args__ = (UniqueConstraint("currency", "day", name="uq_fx_rate_day"),)

    id: int | None = key()
    currency: str
    day: int
    usd: Decimal = Field(sa_column=Column(UnitMoney, nullable=False))
    source: str = ""
    entered_at: datetime = moment()
    entered_by: str = ""


class Billed(Table, table=True):
    """One line of a provider's bill as it was read. `line` names the line, `content` its figures; both are hashes.

    The same line read again with other figures replaces the row: late data. `raw` keeps the provider's own numbers.
    """

    __table_args__ = (
        UniqueConstraint("line", name="uq_billed_line"),
        Index("ix_billed_day_provider", "day", "provider"),
    )

    id: int | None = key()
    line: str
    content: str
    provider: str
    source: str
    day: int = Field(sa_column=Column(Integer, nullable=False))
    days: int = 1
    model: str = ""
    token_class: str = ""
    quantity: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    unit: str = ""
    amount: Decimal = money(nullable=False)
    currency: str = "USD"
    what: str = long_text()
    raw: Any = any_json()
    read_at: datetime = moment()
    read_from: str = ""
    read_by: str | None = None
