"""How long the Costs page's queries take: 10,000, 100,000 and 1,000,000 charges, each beside the limit of one second.

    python -m bench.costs [--folder /tmp/x] [--charges 10000 100000 1000000]

Databases made once are used again. Also checks that the sums by day equal the ledger, and that they are made anew.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from bench.generate import generate
from core.costs.amounts import Amounts
from core.costs.behind import Slice, behind
from core.costs.meeting import Meeting, Meetings
from core.costs.meeting_parts import NOBODY, days_of, order_of, shares_of, steps_of
from core.costs.month import Month
from core.costs.prices import Prices
from core.costs.review import Reviews
from core.costs.spending import Spending
from core.costs.sums import Group
from core.store import daily_costs, tables
from core.store.daily_costs import CALLS, COSTS
from core.store.database import Database, table
from pages.ui import costs_charts

CHARGES_A_SHOT = 2.02
LIMIT = 1.0
ROUNDS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the queries of the Costs page.")
    parser.add_argument("--folder", type=Path, default=Path("/tmp/claudeprompter-bench"))
    parser.add_argument("--charges", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    arguments = parser.parse_args()
    for charges in arguments.charges:
        _measure(_filled(arguments.folder, charges))


def _filled(folder: Path, charges: int) -> Database:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"costs-{charges}.db"
    database = Database(f"sqlite:///{path}")
    if not path.exists():
        generate(database, shots=round(charges / CHARGES_A_SHOT), seed=1)
    return database


def _measure(database: Database) -> None:
    ledger, attempt = table(tables.ChargeRow), table(tables.Attempt)
    with database.read() as connection:
        count, amount = connection.execute(sa.select(sa.func.count(), sa.func.sum(ledger.c.amount))).one()
        rows = connection.execute(sa.select(sa.func.count()).select_from(CALLS)).scalar_one()
        of_days = connection.execute(sa.select(sa.func.sum(CALLS.c.amount))).scalar_one()
        of_classes = connection.execute(sa.select(sa.func.sum(COSTS.c.amount))).scalar_one()
        of_attempts = connection.execute(sa.select(sa.func.sum(attempt.c.cost))).scalar_one()
    assert amount == of_days == of_classes == of_attempts, "the sums differ from the ledger"
    print(f"\n{count:,} charges, {rows:,} rows of sums by day; all four sums are ${amount}")
    now = datetime.now(UTC)
    reviews, spending = Reviews(database), Spending(database)
    meetings = Meetings(database, Prices(database))
    this, last = reviews.months()[0], reviews.months()[1]
    _say("all the page asks, the month so far with its forecast", lambda: _page(meetings, reviews, this, now))
    _say("all the page asks, last month", lambda: _page(meetings, reviews, last, now))
    _say("all the page asks, last month by person", lambda: _page(meetings, reviews, last, now, by=Group.PERSON))
    found = meetings.of(last, now=now)
    _say("the charts and tables of it, made of what was asked", lambda: _draw(found))
    dearest = found.review.groups[0].key
    month = Slice(first=last.first, last=last.last, parts=((Group.MODEL, dearest),))
    _say("a click on a model: its runs of the month", lambda: behind(database, month))
    day = Slice(first=last.first, last=last.first)
    _say("a click on a day: its runs", lambda: behind(database, day))
    _say("spent in a whole year, by project", lambda: reviews.spent(this.before.first.replace(year=this.year - 1),
                                                                    this.last, by=Group.PROJECT))  # fmt: skip
    _say("the sidebar: today and the month", lambda: (spending.today(now), spending.month(now)))
    began = time.perf_counter()
    daily_costs.rebuild(database)
    print(f"{'all sums made anew':60} {time.perf_counter() - began:7.2f} s")
    database.close()


def _page(meetings: Meetings, reviews: Reviews, month: Month, now: datetime, *, by: Group = Group.MODEL) -> None:
    """Ask what one drawing of the page asks: the months, the names of the filters, and everything of one month."""
    reviews.months()
    for group in NOBODY:
        reviews.names(group)
    meetings.of(month, now=now, by=by)


def _draw(found: Meeting) -> None:
    """Make the day bars, the waterfall and their parts, as the page does."""
    rows = shares_of(found, whole_bill=True)
    order = order_of(rows)
    days = days_of(found, order, whole_bill=True)
    frame = pd.DataFrame(
        [
            {"day": each.day, "iso": each.day.isoformat(), "key": each.key, "amount": float(each.amount), "words": ""}
            for each in days
        ]
    )
    costs_charts.day_bars(frame, order, {}, sign="$", span=(found.month.first, found.month.last)).to_json()
    steps = [(step.name, float(step.amount), "", step.whole) for step in steps_of(found, Amounts(), whole_bill=True)]
    costs_charts.waterfall(pd.DataFrame(steps, columns=["name", "amount", "words", "whole"]), sign="$").to_json()


def _say(what: str, question: Callable[[], object]) -> None:
    walls, cpus = [], []
    for _ in range(ROUNDS):
        wall, cpu = time.perf_counter(), time.process_time()
        question()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    wall, cpu = statistics.median(walls), statistics.median(cpus)
    print(
        f"{what:60} {wall:7.3f} s ({cpu:.3f} s of CPU; limit {LIMIT} s)  {'ok' if wall <= LIMIT else 'OVER'}",
        flush=True,
    )


if __name__ == "__main__":
    main()
