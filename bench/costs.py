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

import sqlalchemy as sa

from bench.generate import generate
from core.costs.review import Reviews
from core.costs.spending import Spending
from core.costs.sums import Group
from core.store import daily_costs, tables
from core.store.daily_costs import CALLS, COSTS
from core.store.database import Database, table

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
    this, last = reviews.months()[0], reviews.months()[1]
    _say("the whole page, the month so far with its forecast", lambda: reviews.month(this, now=now))
    _say("the whole page, last month", lambda: reviews.month(last, now=now))
    _say("the whole page, last month by person", lambda: reviews.month(last, now=now, by=Group.PERSON))
    _say("spent in a whole year, by project", lambda: reviews.spent(this.before.first.replace(year=this.year - 1),
                                                                    this.last, by=Group.PROJECT))  # fmt: skip
    _say("the sidebar: today and the month", lambda: (spending.today(now), spending.month(now)))
    began = time.perf_counter()
    daily_costs.rebuild(database)
    print(f"{'all sums made anew':60} {time.perf_counter() - began:7.2f} s")
    database.close()


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
