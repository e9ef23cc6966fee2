"""One of several processes that spend from the same budget as fast as they can: `python -m tests.budget_spender`.

Prints how many runs it was allowed to start and how many were refused.
"""

import sys
from datetime import UTC, datetime
from decimal import Decimal
from random import Random

from core.costs.budgets import Budgets
from core.costs.estimate import Estimates
from core.domain.model import ModelCard, ModelStatus, Place, PriceState
from core.domain.money import Charge, CostState, PriceSource, TokenClass
from core.domain.run import AttemptState, RunPlan, ShotSettings, ShotState
from core.domain.usage import Usage
from core.errors import BudgetReached, StoreBusy
from core.runs.service import RunRules, Runs
from core.store import settling, shots
from core.store.database import Database
from core.store.shot_records import AttemptEnd, ShotEnd

CARD = ModelCard(
    name="lab/one", label="One", place=Place.CLOUD, provider="lab", price_state=PriceState.PRICED,
    input_price=Decimal(0), output_price=Decimal(1), status=ModelStatus.UP,
)  # fmt: skip
WORST = Decimal("0.0003")
SETTINGS = ShotSettings(max_tokens=300)


def runs_of(database):
    estimates = Estimates(database)
    return Runs(
        database,
        RunRules(
            cards=lambda: {CARD.name: CARD},
            count=lambda _text, _model: 1,
            estimate=lambda _plan, _cards: None,
            budgets=Budgets(database, estimates),
        ),
    )


def patiently(act):
    """Do it, and do it again where the database was too busy to begin: nothing was written then."""
    for _ in range(50):
        try:
            return act()
        except StoreBusy:
            continue
    return act()


def settle(database, run_key, cost):
    """Do what an engine does with the one shot of a run, at that cost."""
    owner, now = f"engine-{run_key}", datetime.now(UTC)
    shot = patiently(lambda: _claimed(database, run_key, owner, now))
    charge = Charge(
        token_class=TokenClass.OUTPUT, quantity=1, unit_price=cost, amount=cost, source=PriceSource.OVERRIDE,
        revision="",
    )  # fmt: skip
    patiently(lambda: _settled(database, shot, charge, owner, now))


def _claimed(database, run_key, owner, now):
    with database.write() as connection:
        waiting = [shot for shot in shots.queued_shots(connection, limit=10_000) if shot.public_id == run_key]
        (shot,) = shots.claim(connection, waiting, owner=owner, now=now)
        shots.open_attempts(connection, [(shot, 1, now)])
    return shot


def _settled(database, shot, charge, owner, now):
    cost = charge.amount
    with database.write() as connection:
        settling.end_attempts(
            connection,
            [
                AttemptEnd(
                    shot_id=shot.shot_id, run_id=shot.run_id, number=1, state=AttemptState.DONE, started_at=now,
                    finished_at=now, provider="lab", usage=Usage(output_tokens=1), cost=cost,
                    cost_state=CostState.PRICED, charges=(charge,),
                )
            ],
        )  # fmt: skip
        end = ShotEnd(
            shot_id=shot.shot_id, run_id=shot.run_id, state=ShotState.DONE, finished_at=now, cost=cost,
            cost_state=CostState.PRICED,
        )  # fmt: skip
        settling.settle(connection, [end], {shot.run_id: 2}, owner=owner)


def spend(url, seed, attempts):
    """Start so many runs of one shot; of those allowed some settle at less or at the worst, some are stopped."""
    database, chance = Database(url), Random(seed)
    runs, started, refused = runs_of(database), 0, 0
    for number in range(attempts):
        plan = RunPlan(prompt="Go", models=(CARD.name,), settings=SETTINGS, public_id=f"p{seed}-{number}")
        try:
            key = patiently(lambda plan=plan: runs.start(plan))
        except BudgetReached:
            refused += 1
            continue
        started += 1
        fate = chance.random()
        if fate < 0.5:
            settle(database, key, WORST if fate < 0.3 else WORST / 3)
        elif fate < 0.7:
            patiently(lambda key=key: runs.cancel(key))
    database.close()
    return started, refused


if __name__ == "__main__":
    sys.stdout.write("{} {}".format(*spend(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
