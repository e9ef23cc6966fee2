"""The waiting line: every run in turn, no provider over its limit."""

from decimal import Decimal

from core.domain.model import Place
from core.domain.money import CostState
from core.domain.run import ShotSettings
from core.runs.dispatch import Dispatch
from core.runs.limits import Limits
from core.store.shot_records import QueuedShot


def waiting(shot_id: int, run_id: int = 1, model: str = "lab/one") -> QueuedShot:
    return QueuedShot(
        shot_id=shot_id, run_id=run_id, model=model, place=Place.CLOUD, shot_index=1, settings=ShotSettings(),
        attempts=0, cost_before=Decimal(0), state_before=CostState.PENDING, public_id="x",
    )  # fmt: skip


def test_a_small_run_does_not_wait_behind_a_large_one():
    line = Dispatch(Limits(total=4, cloud=100))
    line.put([*(waiting(number, run_id=1) for number in range(1, 101)), waiting(200, run_id=2)])
    assert 200 in [shot.shot_id for shot in line.next()]


def test_a_busy_provider_does_not_block_another():
    line = Dispatch(Limits(cloud=4))
    line.put([*(waiting(number) for number in range(1, 50)), waiting(99, model="other/two")])
    handed = line.next()
    assert [shot.model for shot in handed].count("lab/one") == 5
    assert "other/two" in [shot.model for shot in handed]


def test_a_settled_shot_makes_room_for_the_next():
    line = Dispatch(Limits(total=1))
    line.put([waiting(1), waiting(2)])
    assert [shot.shot_id for shot in line.next()] == [1]
    assert not line.can_go
    line.done(1)
    assert [shot.shot_id for shot in line.next()] == [2]


def test_a_shot_that_could_not_be_claimed_waits_again():
    line = Dispatch(Limits(total=1))
    line.put([waiting(1)])
    (shot,) = line.next()
    line.give_back(shot)
    assert line.next() == (shot,)


def test_what_is_handed_out_is_not_read_as_waiting_again():
    line = Dispatch(Limits(total=1))
    line.put([waiting(1), waiting(2)])
    line.next()
    line.put([waiting(1), waiting(2)])
    assert line.waiting == 1


def test_the_line_is_stale_when_the_database_says_otherwise():
    line = Dispatch(Limits())
    line.put([waiting(1)])
    assert not line.is_stale(1, at_most=10)
    assert line.is_stale(2, at_most=10)
    assert line.is_stale(500, at_most=10)
