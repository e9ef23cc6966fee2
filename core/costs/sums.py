"""Reads the ledger's sums: by day and group, in all, by cell and by hour. The Costs page has its figures from here."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.costs.anomalies import Hour
from core.costs.bridge import Cell
from core.costs.ledger import ZERO
from core.domain.money import CostState
from core.store import tables
from core.store.columns import Money
from core.store.daily_costs import CALLS, COSTS, HOURS, TAGS, day_number, day_of_number
from core.store.database import table
from core.store.run_reads import label_of

NAMED = {
    "person": table(tables.Person),
    "team": table(tables.Team),
    "project": table(tables.Project),
    "tag": table(tables.Tag),
}


class Group(StrEnum):
    """By what a sum is split. Tags overlap, so that they do not add up to the total."""

    MODEL = "model"
    PROVIDER = "provider"
    PLACE = "place"
    PERSON = "person"
    TEAM = "team"
    PROJECT = "project"
    STATE = "state"
    TAG = "tag"


COLUMNS = {
    Group.MODEL: "model",
    Group.PROVIDER: "provider",
    Group.PLACE: "place",
    Group.PERSON: "person_id",
    Group.TEAM: "team_id",
    Group.PROJECT: "project_id",
    Group.STATE: "cost_state",
    Group.TAG: "tag_id",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose spending is meant, by key; None means everybody's, 0 what nobody was named for."""

    person: int | None = None
    team: int | None = None
    project: int | None = None

    def conditions(self, source: sa.Table) -> list[sa.ColumnElement[bool]]:
        """Give the conditions on a table of sums. Sums by token class know no person."""
        wanted = {"person_id": self.person, "team_id": self.team, "project_id": self.project}
        return [source.c[name] == key for name, key in wanted.items() if key is not None and name in source.c]


ALL = Scope()


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySum:
    """What one group cost on one UTC day, USD. `key` is a model's or provider's name, or the key of a row as text."""

    day: date
    key: str
    amount: Decimal
    attempts: int
    answers: int
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a period cost in USD, and what stands beside the sum.

    Attempts without a known price that used tokens are not in `amount` but counted. `silent` attempts may have used
    something and told nothing; `could_add` is what they would add at the mean cost of their models' answers. `booked`
    to no person, team or project are the three `without_…` sums.
    """

    amount: Decimal = ZERO
    attempts: int = 0
    answers: int = 0
    failed: int = 0
    tokens: int = 0
    free_tokens: int = 0
    unpriced_attempts: int = 0
    unpriced_tokens: int = 0
    unpriced_models: tuple[str, ...] = ()
    estimated_attempts: int = 0
    estimated_amount: Decimal = ZERO
    silent: int = 0
    could_add: Decimal = ZERO
    without_person: Decimal = ZERO
    without_team: Decimal = ZERO
    without_project: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSum:
    """What one group cost in a period, USD, with its name on the page ("" where nobody was named)."""

    key: str
    label: str
    amount: Decimal
    attempts: int
    answers: int
    tokens: int
    unpriced_attempts: int = 0
    free: bool = False


def by_day(connection: Connection, first: date, last: date, *, by: Group, scope: Scope = ALL) -> tuple[DaySum, ...]:
    """Give the cost of each day from `first` to `last` (both in) and group."""
    source = TAGS if by is Group.TAG else CALLS
    rows = connection.execute(
        sa.select(
            source.c.day,
            source.c[COLUMNS[by]].label("key"),
            sa.func.sum(source.c.amount, type_=Money).label("amount"),
            sa.func.sum(source.c.attempts).label("attempts"),
            sa.func.sum(source.c.answers).label("answers"),
            sa.func.sum(source.c.input_tokens + source.c.output_tokens).label("tokens"),
        )
        .where(*within(source, first, last), *scope.conditions(source))
        .group_by(source.c.day, source.c[COLUMNS[by]])
        .order_by(source.c.day, source.c[COLUMNS[by]])
    )
    return tuple(
        DaySum(
            day=day_of_number(row.day),
            key=str(row.key),
            amount=row.amount,
            attempts=int(row.attempts),
            answers=int(row.answers),
            tokens=int(row.tokens),
        )
        for row in rows
    )


def by_group(connection: Connection, first: date, last: date, *, by: Group, scope: Scope = ALL) -> tuple[GroupSum, ...]:
    """Give the cost of each group in a period, the dearest first."""
    source = TAGS if by is Group.TAG else CALLS
    unpriced = sa.case((source.c.cost_state == CostState.UNPRICED, source.c.used), else_=0)
    paid = sa.case((source.c.cost_state == CostState.FREE, 0), else_=source.c.used)
    rows = connection.execute(
        sa.select(
            source.c[COLUMNS[by]].label("key"),
            sa.func.sum(source.c.amount, type_=Money).label("amount"),
            sa.func.sum(source.c.attempts).label("attempts"),
            sa.func.sum(source.c.answers).label("answers"),
            sa.func.sum(source.c.input_tokens + source.c.output_tokens).label("tokens"),
            sa.func.sum(unpriced).label("unpriced"),
            sa.func.sum(paid).label("paid"),
        )
        .where(*within(source, first, last), *scope.conditions(source))
        .group_by(source.c[COLUMNS[by]])
    ).all()
    names = labels(connection, by)
    found = [
        GroupSum(
            key=str(row.key),
            label=label_of(row.key) if by is Group.MODEL else names.get(str(row.key), _plain(by, row.key)),
            amount=row.amount,
            attempts=int(row.attempts),
            answers=int(row.answers),
            tokens=int(row.tokens),
            unpriced_attempts=int(row.unpriced),
            free=not row.paid and row.tokens > 0,
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda each: (-each.amount, each.key)))


def totals(connection: Connection, first: date, last: date, *, scope: Scope = ALL) -> Totals:
    """Give the sum of a period with all that has to be said beside it."""
    state, tokens = CALLS.c.cost_state, CALLS.c.input_tokens + CALLS.c.output_tokens

    def when(condition: sa.ColumnElement[bool], column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        return sa.func.sum(sa.case((condition, column), else_=0))

    rows = connection.execute(
        sa.select(
            CALLS.c.model,
            sa.func.sum(CALLS.c.amount, type_=Money).label("amount"),
            sa.func.sum(CALLS.c.attempts).label("attempts"),
            sa.func.sum(CALLS.c.answers).label("answers"),
            sa.func.sum(CALLS.c.failed).label("failed"),
            sa.func.sum(CALLS.c.used).label("used"),
            sa.func.sum(tokens).label("tokens"),
            sa.func.sum(CALLS.c.silent).label("silent"),
            when(state == CostState.FREE, tokens).label("free_tokens"),
            when(state == CostState.UNPRICED, CALLS.c.used).label("unpriced"),
            when(state == CostState.UNPRICED, tokens).label("unpriced_tokens"),
            when(state == CostState.ESTIMATED, CALLS.c.attempts).label("estimated"),
            sa.type_coerce(when(state == CostState.ESTIMATED, CALLS.c.amount), Money).label("estimated_amount"),
            sa.type_coerce(when(CALLS.c.person_id == 0, CALLS.c.amount), Money).label("no_person"),
            sa.type_coerce(when(CALLS.c.team_id == 0, CALLS.c.amount), Money).label("no_team"),
            sa.type_coerce(when(CALLS.c.project_id == 0, CALLS.c.amount), Money).label("no_project"),
        )
        .where(*within(CALLS, first, last), *scope.conditions(CALLS))
        .group_by(CALLS.c.model)
    ).all()

    def count(name: str) -> int:
        return int(sum(getattr(row, name) for row in rows))

    def dollars(name: str) -> Decimal:
        return sum((getattr(row, name) for row in rows), ZERO)

    return Totals(
        amount=dollars("amount"),
        attempts=count("attempts"),
        answers=count("answers"),
        failed=count("failed"),
        tokens=count("tokens"),
        free_tokens=count("free_tokens"),
        unpriced_attempts=count("unpriced"),
        unpriced_tokens=count("unpriced_tokens"),
        unpriced_models=tuple(sorted(row.model for row in rows if row.unpriced)),
        estimated_attempts=count("estimated"),
        estimated_amount=dollars("estimated_amount"),
        silent=count("silent"),
        could_add=sum((row.amount / int(row.used) * int(row.silent) for row in rows if row.used and row.silent), ZERO),
        without_person=dollars("no_person"),
        without_team=dollars("no_team"),
        without_project=dollars("no_project"),
    )


@dataclass(slots=True)
class _Growing:
    answers: int = 0
    tokens: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    amounts: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))


def cells(connection: Connection, first: date, last: date, *, by: Group = Group.TEAM, scope: Scope = ALL) -> list[Cell]:
    """Give what each team (or project) spent on each model, for a bridge; the cells add up to the total."""
    column = COLUMNS[by]
    found: dict[tuple[str, str], _Growing] = defaultdict(_Growing)
    asked = connection.execute(
        sa.select(CALLS.c[column].label("key"), CALLS.c.model, sa.func.sum(CALLS.c.answers).label("answers"))
        .where(*within(CALLS, first, last), *scope.conditions(CALLS))
        .group_by(CALLS.c[column], CALLS.c.model)
    )
    for row in asked:
        found[str(row.key), row.model].answers = int(row.answers)
    charged = connection.execute(
        sa.select(
            COSTS.c[column].label("key"), COSTS.c.model, COSTS.c.token_class,
            sa.func.sum(COSTS.c.quantity).label("quantity"), sa.func.sum(COSTS.c.amount, type_=Money).label("amount"),
        )
        .where(*within(COSTS, first, last), *scope.conditions(COSTS))
        .group_by(COSTS.c[column], COSTS.c.model, COSTS.c.token_class)
    )  # fmt: skip
    for group, model, token_class, quantity, amount in charged:
        cell = found[str(group), model]
        cell.tokens[token_class] += int(quantity)
        cell.amounts[token_class] += amount
    return [
        Cell(group=group, model=model, answers=cell.answers, tokens=dict(cell.tokens), amounts=dict(cell.amounts))
        for (group, model), cell in found.items()
    ]


def class_days(
    connection: Connection, first: date, last: date, *, scope: Scope = ALL
) -> tuple[tuple[date, str, str, str, int, Decimal], ...]:
    """Give (day, provider, model, token class, quantity, USD), for reconciliation, price changes and repricing."""
    rows = connection.execute(
        sa.select(
            COSTS.c.day, COSTS.c.provider, COSTS.c.model, COSTS.c.token_class,
            sa.func.sum(COSTS.c.quantity).label("quantity"), sa.func.sum(COSTS.c.amount, type_=Money).label("amount"),
        )
        .where(*within(COSTS, first, last), *scope.conditions(COSTS))
        .group_by(COSTS.c.day, COSTS.c.provider, COSTS.c.model, COSTS.c.token_class)
        .order_by(COSTS.c.day, COSTS.c.provider, COSTS.c.model, COSTS.c.token_class)
    )  # fmt: skip
    return tuple(
        (day_of_number(row.day), row.provider, row.model, row.token_class, int(row.quantity), row.amount)
        for row in rows
    )


def hours(connection: Connection, first: date, last: date) -> tuple[Hour, ...]:
    """Give the cost of each hour and model from `first` to `last`, both in."""
    begin, end = day_number(first) * 24, (day_number(last) + 1) * 24
    columns = (HOURS.c[name] for name in ("hour", "model", "attempts", "retries", "failed", "amount"))
    rows = connection.execute(sa.select(*columns).where(HOURS.c.hour >= begin, HOURS.c.hour < end))
    return tuple(
        Hour(
            start=datetime.fromtimestamp(hour * 3600, tz=UTC),
            model=model,
            attempts=attempts,
            retries=retries,
            failed=failed,
            amount=amount,
        )
        for hour, model, attempts, retries, failed, amount in rows
    )


def labels(connection: Connection, by: Group) -> Mapping[str, str]:
    """Give the names of people, teams, projects or tags by their key as text; nothing for other groups."""
    source = NAMED.get(by.value)
    if source is None:
        return {}
    return {str(row.id): row.name for row in connection.execute(sa.select(source.c.id, source.c.name))}


def days_of(start: date, end: date) -> tuple[date, ...]:
    """Give every day from `start` to `end`, both in."""
    return tuple(start + timedelta(days=ahead) for ahead in range((end - start).days + 1))


def within(source: sa.Table, first: date, last: date) -> list[sa.ColumnElement[bool]]:
    """Give the conditions on a table of sums for days from `first` to `last`, both in."""
    return [source.c.day >= day_number(first), source.c.day <= day_number(last)]


def _plain(by: Group, key: object) -> str:
    return "" if by.value in NAMED else str(key)
