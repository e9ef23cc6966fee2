"""The demo's own engine while its network is cut, and after."""

import time
from collections.abc import Iterator

import pytest

from core.bootstrap import Services, build, build_engine
from core.domain.model import ModelStatus
from core.domain.run import RunPlan, RunRecord, RunState
from core.domain.workspace import Workspace
from core.settings import Settings

SAGE, FERN = "simulated/sage", "simulated/fern"


@pytest.fixture
def demo(settings: Settings) -> Iterator[Services]:
    fast = settings.model_copy(update={"simulated_speed": 200.0})
    services = build(fast, Workspace.DEMO)
    engine = build_engine(fast, Workspace.DEMO)
    engine.start()
    yield services
    engine.stop()
    services.database.close()


def settled(services: Services, *models: str, shots: int = 1) -> RunRecord:
    public_id = services.runs.start(RunPlan(prompt="Say hello.", models=models, shots_per_model=shots))
    end = time.monotonic() + 60
    while not (record := services.runs.record(public_id)).state.settled:
        assert time.monotonic() < end, "the run did not settle"
        time.sleep(0.02)
    return record


def test_what_failed_while_the_network_was_cut_is_forgotten_once_it_is_back(demo: Services) -> None:
    demo.network.cut(person="Cara")
    run = settled(demo, SAGE, FERN, shots=6)
    outside, inside = ([shot for shot in run.shots if shot.model == name] for name in (SAGE, FERN))
    assert {shot.state for shot in inside} == {"done"}
    assert {shot.error_kind for shot in outside} <= {"unreachable", "paused"}
    assert all(shot.error_message for shot in outside)
    demo.network.restore(person="Cara")
    end = time.monotonic() + 20
    while demo.runs.any_going() or any(card.status is not ModelStatus.UP for card in demo.known_models.all()):
        assert time.monotonic() < end, "a model is still paused"
        time.sleep(0.05)
    assert settled(demo, SAGE).state is RunState.DONE
