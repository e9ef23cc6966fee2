"""What an engine that died left behind costs what it cost: an attempt that had ended keeps its end and its charges."""

import pytest
import sqlalchemy as sa

from core.costs.prices import Prices
from core.domain.money import CostState
from core.runs.pricing import Pricing
from core.runs.recovery import interrupt_orphans
from core.store import tables
from core.store.daily_costs import CALLS, COSTS
from core.store.database import table
from tests.random_ledger import Ledger

ATTEMPT, CHARGE, SHOT = table(tables.Attempt), table(tables.ChargeRow), table(tables.Shot)


def sums(database):
    with database.read() as connection:
        return [
            connection.execute(sa.select(sa.func.coalesce(sa.func.sum(column), 0))).scalar_one()
            for column in (ATTEMPT.c.cost, CHARGE.c.amount, CALLS.c.amount, COSTS.c.amount)
        ]


@pytest.mark.parametrize("seed", range(2))
def test_what_was_paid_before_an_engine_died_between_two_attempts_stays_paid(database, seed):
    ledger = Ledger(database, seed)
    for _ in range(6):
        ledger.run()
    while ledger.open:
        ledger.settle()
    with database.write() as connection:
        last = sa.select(sa.func.max(ATTEMPT.c.number)).where(ATTEMPT.c.shot_id == SHOT.c.id).scalar_subquery()
        connection.execute(sa.update(SHOT).values(attempts=last, lease_owner="gone"))
    before = sums(database)
    assert len(set(before)) == 1
    found = interrupt_orphans(database, Pricing(Prices(database), lambda text, _: len(text)), owner="here")
    assert found
    assert sums(database) == before
    with database.read() as connection:
        assert connection.execute(sa.select(sa.func.sum(SHOT.c.cost))).scalar_one() == before[0]
        states = set(connection.execute(sa.select(SHOT.c.cost_state)).scalars())
    assert CostState.PENDING not in states
