"""Histories of random runs, settled as the engine settles them, for whatever adds up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import sqlalchemy as sa

from core.domain.model import Place
from core.domain.money import Charge, CostState, PriceSource, TokenClass
from core.domain.run import AttemptState
from core.domain.usage import Usage
from core.store import daily_costs, people, settling, shots, tables
from core.store.database import table
from core.store.people import People
from core.store.shot_records import AttemptEnd, QueuedShot

RUN, SHOT, RUN_TAG = (table(each) for each in (tables.Run, tables.Shot, tables.RunTag))
START = datetime(2026, 10, 30, 22, tzinfo=UTC)
MODELS = ("openai/gpt-4o-mini", "anthropic/claude", "ollama_chat/pine")
CLASSES = (TokenClass.INPUT, TokenClass.CACHED_INPUT, TokenClass.OUTPUT)


class Ledger:
    """A history of random runs, settled as the engine settles them."""

    def __init__(self, database, seed):
        self.database, self.random, self.runs, self.open = database, Random(seed), [], []
        book = People(database)
        self.teams = [None, *(book.add_team(name).id for name in ("Support", "Data"))]
        self.projects = [None, *(book.add_project(name).id for name in ("Spring", "Reports"))]

    def run(self):
        chance = self.random
        with self.database.write() as connection:
            run_id = connection.execute(
                sa.insert(RUN).values(
                    public_id=f"run{len(self.runs)}", origin="page", state="running", created_at=START,
                    visibility="team", strategy="hybrid", team_id=chance.choice(self.teams),
                    person_id=people.person_id(connection, chance.choice(("Anna", "Ben", ""))),
                    project_id=chance.choice(self.projects),
                )
            ).inserted_primary_key[0]  # fmt: skip
            for tag in people.tag_ids(connection, chance.sample(("a", "b", "c"), chance.randint(0, 3))):
                connection.execute(sa.insert(RUN_TAG).values(run_id=run_id, tag_id=tag))
            for ordinal in range(1, chance.randint(2, 4)):
                model = chance.choice(MODELS)
                shot_id = connection.execute(
                    sa.insert(SHOT).values(
                        run_id=run_id, ordinal=ordinal, model=model, label=model, shot_index=1, place="cloud",
                        state="running", queued_at=START,
                    )
                ).inserted_primary_key[0]  # fmt: skip
                shot = QueuedShot(
                    shot_id=shot_id, run_id=run_id, model=model, place=Place.CLOUD, shot_index=1, settings=None,
                    attempts=0, cost_before=Decimal(0), state_before=CostState.PENDING, public_id="",
                )  # fmt: skip
                starts = [
                    (shot, number, START + timedelta(minutes=chance.randint(0, 9000)))
                    for number in range(1, chance.randint(2, 4))
                ]
                shots.open_attempts(connection, starts)
                self.open += starts
        self.runs.append(run_id)

    def end(self, start):
        shot, number, started_at = start
        state = self.random.choice((CostState.PRICED, CostState.ESTIMATED, CostState.FREE, CostState.UNPRICED))
        used = self.random.random() < 0.8
        charges = tuple(
            Charge(
                token_class=each, quantity=self.random.randint(1, 10**6), unit_price=Decimal("0.000001"),
                amount=Decimal(self.random.randint(0, 10**13)).scaleb(-12) * (state is not CostState.FREE),
                source=PriceSource.OVERRIDE, revision="",
            )
            for each in CLASSES
            if used and state is not CostState.UNPRICED and self.random.random() < 0.7
        )  # fmt: skip
        return AttemptEnd(
            shot_id=shot.shot_id, run_id=shot.run_id, number=number, started_at=started_at,
            state=self.random.choice((AttemptState.DONE, AttemptState.FAILED)),
            ttft_us=self.random.choice((None, 0, self.random.randint(1, 10**8))),
            total_us=self.random.choice((None, 10_000, 10_001, self.random.randint(1, 10**8))),
            response_model=self.random.choice(("", f"{shot.model}-1", f"{shot.model}-2")),
            error_kind=self.random.choice(("", "stalled", "paused")), request_bytes=self.random.randint(0, 9000),
            in_flight=self.random.randint(0, 300),
            finished_at=started_at + timedelta(seconds=9), provider=shot.model.partition("/")[0],
            usage=Usage(input_tokens=99 * used, output_tokens=self.random.choice((7, 16, 17)) * used),
            cost=None if state is CostState.UNPRICED else sum((each.amount for each in charges), Decimal(0)),
            cost_state=state, charges=charges,
        )  # fmt: skip

    def settle(self):
        chance = self.random
        chance.shuffle(self.open)
        ending, self.open = self.open[:9], self.open[9:]
        ends = [self.end(start) for start in ending]
        with self.database.write() as connection:
            settling.end_attempts(connection, ends)
        if ends and chance.random() < 0.5:  # told twice, as after a lost lease
            with self.database.write() as connection:
                settling.end_attempts(connection, [_told_again(ends[0])])

    def move(self):
        some = self.random.sample(self.runs, min(3, len(self.runs)))
        values = self.random.choice(
            ({"project_id": self.random.choice(self.projects)}, {"team_id": self.random.choice(self.teams)})
        )
        with self.database.write() as connection:
            daily_costs.rebook(connection, some, values)

    def happen(self, steps=40):
        """Let so many things happen, in random order."""
        for _ in range(steps):
            self.random.choice((self.run, self.settle, self.settle, self.move if self.runs else self.run))()
        return self


def _told_again(end):
    """The same attempt as interrupted, with less of it charged."""
    charges = end.charges[:1]
    cost = None if end.cost is None else sum((each.amount for each in charges), Decimal(0))
    return replace(end, state=AttemptState.INTERRUPTED, charges=charges, cost=cost)
