from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from core.bootstrap import Services, build
from core.domain.money import CostState
from core.domain.run import Origin, RunPlan, RunState, ShotSettings, ShotState, Visibility
from core.domain.verdict import VerdictKind
from core.domain.workspace import Workspace
from core.errors import InputError, StaysInside
from core.metrics.rollups import By, MeasureFilter
from core.settings import Settings
from core.store import tables
from core.store.database import table

RUN, SHOT = table(tables.Run), table(tables.Shot)
TEXT = SHOT.c.shot_index.cast(sa.String) + " of " + SHOT.c.ordinal.cast(sa.String)
THEN = datetime.now(UTC) - timedelta(days=40)


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    made = build(settings, Workspace.DEMO)
    yield made
    made.database.close()


def past(services: Services, prompt: str = "Write our reply.", **changes: Any) -> str:
    plan = RunPlan(prompt=prompt, models=("simulated/sage", "simulated/swift"), origin=Origin.DEMO)
    public_id = services.runs.start(replace(plan, **changes))
    with services.database.write() as connection:
        run_id = connection.execute(sa.select(RUN.c.id).where(RUN.c.public_id == public_id)).scalar_one()
        connection.execute(
            sa.update(SHOT).where(SHOT.c.run_id == run_id).values(
                state=ShotState.DONE, text=TEXT, started_at=THEN, finished_at=THEN,
                total_us=3_000_000, cost=Decimal("0.5"), cost_state=CostState.PRICED,
            )
        )  # fmt: skip
        connection.execute(sa.update(RUN).where(RUN.c.id == run_id).values(state=RunState.DONE, finished_at=THEN))
    return public_id


def pick(services: Services, run: str, kind: VerdictKind = VerdictKind.WINNER, shot: int | None = 2) -> None:
    services.verdicts.give(run, person="Anna", kind=kind, compared=(1, 2), shot=shot)


def again(services: Services, *runs: str, model: str = "simulated/grand") -> Any:
    card = next(card for card in services.known_models.all() if card.name == model)
    found = services.reruns.past(runs, viewer="Anna")
    return services.reruns.start(found, card, person="Anna")


def test_the_past_winner_stands_beside_the_new_answer_dated_and_at_no_cost(services: Services) -> None:
    services.people.add_project("Spring")
    run = past(services, settings=ShotSettings(temperature=0.1), project="Spring", tags=("x",))
    pick(services, run)
    done = again(services, run)
    record = services.runs.record(done.started[0])
    new, old = record.shots
    assert (new.model, new.state, new.source_shot_id) == ("simulated/grand", ShotState.QUEUED, None)
    assert (old.model, old.text, old.state) == ("simulated/swift", "1 of 2", ShotState.DONE)
    assert (old.cost, old.cost_state) == (Decimal(0), CostState.FREE)
    assert old.finished_at == THEN
    assert old.source_shot_id == services.runs.record(run).shots[1].id
    assert record.parent_public_id == run
    assert (record.prompt, record.settings.temperature, record.project) == ("Write our reply.", 0.1, "Spring")
    assert record.tags == (done.tag, "x")
    assert done.tag.startswith("re-run on Grand, ")


def test_without_a_winner_the_first_whole_answer_comes_along_and_is_not_called_one(services: Services) -> None:
    tied, unjudged = past(services, "Tied"), past(services, "Unjudged")
    pick(services, tied, VerdictKind.TIE, None)
    found = services.reruns.past([tied, unjudged], viewer="Anna")
    assert [(each.carried_label, each.won) for each in found] == [("Sage", False), ("Sage", False)]


def test_the_same_model_again_stands_alone(services: Services) -> None:
    run = past(services)
    pick(services, run)
    done = again(services, run, model="simulated/swift")
    assert [shot.label for shot in services.runs.record(done.started[0]).shots] == ["Swift"]


def test_one_estimate_says_what_comes_along(services: Services) -> None:
    runs = [past(services, f"Prompt {number}") for number in range(3)]
    pick(services, runs[0])
    pick(services, runs[1], shot=1)
    found = services.reruns.past(runs, viewer="Anna")
    sage = next(card for card in services.known_models.all() if card.name == "simulated/sage")
    estimate = services.reruns.estimate(found, sage, shots=2)
    assert (estimate.runs, estimate.calls) == (3, 6)
    assert (estimate.winners, estimate.others, estimate.alone) == (1, 0, 2)
    assert estimate.amount > 0


def test_a_project_that_stays_inside_is_refused_outside_and_the_others_go_on(services: Services) -> None:
    services.people.add_project("People matters", inside_only=True)
    kept = past(services, "Secret", models=("simulated/pine", "simulated/fern"), project="People matters")
    free = past(services, "Open")
    done = again(services, kept, free)
    assert len(done.started) == 1
    assert [(run, type(error)) for run, error in done.refused] == [(kept, StaysInside)]


def test_what_one_may_not_see_or_is_in_the_bin_is_left_out(services: Services) -> None:
    hidden = past(services, person="Ben", visibility=Visibility.ME)
    binned, shown = past(services), past(services)
    services.history.delete(binned, "Anna")
    found = services.reruns.past([hidden, binned, shown], viewer="Anna")
    assert [each.public_id for each in found] == [shown]


def test_what_is_asked_again_twice_keeps_its_tags_but_not_the_last_re_runs(services: Services) -> None:
    run = past(services, tags=("complaint",))
    (first,) = again(services, run).started
    with services.database.write() as connection:
        connection.execute(sa.update(RUN).values(state=RunState.DONE))
        connection.execute(sa.update(SHOT).values(state=ShotState.TRUNCATED))
    done = again(services, first, model="simulated/pine")
    assert services.runs.record(done.started[0]).tags == ("complaint", done.tag)


def test_an_answer_that_came_along_is_never_asked_for_again(services: Services) -> None:
    (new,) = again(services, past(services)).started
    with services.database.write() as connection:
        connection.execute(sa.update(SHOT).values(state=ShotState.TRUNCATED))
    services.runs.retry(new, 2)
    assert services.runs.record(new).shots[1].text == "1 of 1"


def test_too_many_at_once_are_refused(services: Services) -> None:
    with pytest.raises(InputError, match="asked again at once"):
        services.reruns.past([str(number) for number in range(201)], viewer="Anna")


def test_an_answer_that_came_along_counts_as_nobodys_time_or_call(services: Services) -> None:
    run = past(services)
    pick(services, run)
    again(services, run)
    with services.database.write() as connection:  # of imported runs answers without attempts are measured
        connection.execute(sa.update(RUN).values(origin=Origin.IMPORT))
    measured = services.measures.read(MeasureFilter()).by(By.MODEL)
    assert {model: tally.answers for (model,), tally in measured.items()} == {"simulated/sage": 1, "simulated/swift": 1}


def test_old_against_new_can_be_judged_and_the_pick_counts(services: Services) -> None:
    run = past(services)
    pick(services, run)
    (new,) = again(services, run).started
    with services.database.write() as connection:
        run_id = connection.execute(sa.select(RUN.c.id).where(RUN.c.public_id == new)).scalar_one()
        connection.execute(
            sa.update(SHOT).where(SHOT.c.run_id == run_id, SHOT.c.source_shot_id.is_(None))
            .values(state=ShotState.DONE, text="No.")
        )  # fmt: skip
        connection.execute(sa.update(RUN).where(RUN.c.id == run_id).values(state=RunState.DONE))
    item = services.labelling.item(services.labelling.ask(new, person="Anna"), person="Ben")
    assert sorted(answer.text for answer in item.answers) == ["1 of 2", "No."]
