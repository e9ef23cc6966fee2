"""Judged runs that are simply there, for tests of what learns from them."""

import hashlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np

from core.store import tables
from core.store.database import Database, table
from core.store.people import person_id
from core.store.scores import TallyRow, write_tallies

NOON = datetime(2026, 11, 12, 12, 0, tzinfo=UTC)
WORDS = {"sums": "add subtract number total ratio percent", "verse": "rhyme poem stanza lyric moon river"}
COSTS = {"dear": Decimal("0.02"), "cheap": Decimal("0.001"), "own": None, "unknown": None}


def judge_runs(
    database: Database,
    qualities: list[dict[str, float]],
    *,
    prompts: list[str] | None = None,
    tasks: list[str | None] | None = None,
    weight: float = 1.0,
    revision: str = "",
    person: str = "Anna",
    visibility: str = "team",
    start: datetime = NOON,
) -> list[int]:
    """Write runs with the qualities of their shots: {model: quality}, one dict a run. Gives their keys."""
    made = []
    with database.write() as connection:
        someone = person_id(connection, person)
        for number, said in enumerate(qualities):
            prompt = prompts[number] if prompts else f"Prompt {number}"
            run = connection.execute(
                table(tables.Run)
                .insert()
                .values(
                    public_id=hashlib.sha256(f"{prompt}{start}{number}".encode()).hexdigest()[:16],
                    origin="page",
                    state="done",
                    created_at=start + timedelta(minutes=number),
                    person_id=someone,
                    visibility=visibility,
                    strategy="hybrid",
                    prompt=prompt,
                    prompt_sha256=hashlib.sha256(prompt.encode()).hexdigest(),
                    task=tasks[number] if tasks else None,
                )
            ).inserted_primary_key[0]
            made.append(run)
            for ordinal, (model, quality) in enumerate(said.items(), start=1):
                shot = connection.execute(
                    table(tables.Shot)
                    .insert()
                    .values(
                        run_id=run,
                        ordinal=ordinal,
                        model=model,
                        label=model,
                        shot_index=1,
                        place="cloud",
                        state="done",
                        queued_at=start,
                        total_us=3_000_000 if model == "dear" else 1_000_000,
                        cost=COSTS[model],
                        cost_state={"own": "free", "unknown": "unpriced"}.get(model, "priced"),
                    )
                ).inserted_primary_key[0]
                write_tallies(connection, [TallyRow(shot_id=shot, run_id=run, quality=quality, weight=weight)])
                if revision:
                    connection.execute(
                        table(tables.Attempt)
                        .insert()
                        .values(
                            shot_id=shot,
                            run_id=run,
                            number=1,
                            state="done",
                            model=model,
                            response_model=f"{model}-{revision}",
                            place="cloud",
                            started_at=start,
                        )
                    )
    return made


def office(database: Database, n: int = 120, seed: int = 0) -> list[int]:
    """Write judged runs of two kinds: verse is easy for both, sums only for the dear model."""
    random = np.random.default_rng(seed)
    prompts, qualities, tasks = [], [], []
    for number in range(n):
        task = "sums" if random.random() < 0.5 else "verse"
        prompts.append(f"{number} " + " ".join(random.choice(WORDS[task].split(), 6)))
        chances = {"dear": 0.95, "cheap": 0.3 if task == "sums" else 0.95}
        qualities.append({model: float(random.random() < chance) for model, chance in chances.items()})
        tasks.append(task)
    return judge_runs(database, qualities, prompts=prompts, tasks=tasks)
