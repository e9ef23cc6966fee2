"""Runs that are simply there, written row by row, for tests of what reads them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from core.domain.run import RunState, ShotState
from core.store import tables
from core.store.database import Database, table
from core.store.people import person_id
from core.store.run_reads import label_of

NOON = datetime(2026, 11, 12, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Planted:
    """A run that was written, with its shots' ids by ordinal."""

    id: int
    public_id: str
    shots: dict[int, int]


Plant = Callable[..., Planted]


@pytest.fixture
def plant(database: Database) -> Plant:
    """Give a function that writes a run with one shot for each model (or each state) and no call to anybody."""
    counter = iter(range(1, 10_000))

    def write(
        prompt: str = "Write our reply.",
        *,
        person: str = "Anna",
        models: tuple[str, ...] = ("simulated/sage", "simulated/swift"),
        states: tuple[ShotState, ...] = (),
        costs: tuple[Decimal | None, ...] = (),
        cost_states: tuple[str, ...] = (),
        texts: tuple[str, ...] = (),
        places: tuple[str, ...] = (),
        shot_values: dict[str, Any] | None = None,
        **values: Any,
    ) -> Planted:
        public_id = values.pop("public_id", f"run-{next(counter):04}")
        with database.write() as connection:
            run_id = connection.execute(
                table(tables.Run)
                .insert()
                .values(
                    {
                        "public_id": public_id,
                        "origin": "page",
                        "state": RunState.DONE,
                        "created_at": NOON,
                        "person_id": person_id(connection, person),
                        "visibility": "team",
                        "strategy": "hybrid",
                        "prompt": prompt,
                        "models": list(dict.fromkeys(models)),
                    }
                    | values
                )
                .returning(sa.column("id"))
            ).scalar_one()
            shots = {}
            for number, model in enumerate(models, start=1):
                shots[number] = connection.execute(
                    table(tables.Shot)
                    .insert()
                    .values(
                        {
                            "run_id": run_id,
                            "ordinal": number,
                            "model": model,
                            "label": label_of(model),
                            "shot_index": 1,
                            "place": places[number - 1] if places else "cloud",
                            "state": states[number - 1] if states else ShotState.DONE,
                            "queued_at": NOON,
                            "text": texts[number - 1] if texts else f"Answer {number}",
                            "cost": costs[number - 1] if costs else Decimal("0.001"),
                            "cost_state": cost_states[number - 1] if cost_states else "priced",
                        }
                        | (shot_values or {})
                    )
                    .returning(sa.column("id"))
                ).scalar_one()
        return Planted(id=run_id, public_id=public_id, shots=shots)

    return write
