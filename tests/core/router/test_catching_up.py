"""The worker beside the pages: new prompts get their vectors by themselves; a model that fails is said to be off."""

import time
from collections.abc import Callable, Iterator

import pytest

from core.errors import EmbeddingFailed
from core.router.catching_up import CatchingUp


class Pile:
    """Runs 1 to `top`, taken two at a time from the newest down; remembers which were read."""

    def __init__(self, top: int) -> None:
        self.top = top
        self.read: list[int] = []
        self.fails = 0

    def newest_run(self) -> int:
        return self.top

    def catch_up(self, *, most: int, above: int, below: int | None) -> int | None:
        if self.fails:
            self.fails -= 1
            raise EmbeddingFailed("It cannot be loaded.", detail="no weights")
        left = [run for run in range(self.top, above, -1) if below is None or run < below][:2]
        self.read += left
        return left[-1] if left else None


def until(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.fixture
def made() -> Iterator[Callable[..., CatchingUp]]:
    workers: list[CatchingUp] = []

    def make(pile: Pile, **more: object) -> CatchingUp:
        workers.append(CatchingUp(pile, first=0.0, look=0.01, breath=0.0, **more))  # type: ignore[arg-type]
        workers[-1].ensure()
        return workers[-1]

    yield make
    for worker in workers:
        worker.stop()


def test_all_prompts_are_read_once_the_newest_first_and_later_ones_too(
    made: Callable[..., CatchingUp],
) -> None:
    pile, rests = Pile(5), [0]
    worker = made(pile, rest=lambda: rests.__setitem__(0, rests[0] + 1))
    until(lambda: worker.status().state == "ready" and rests[0] > 1)
    assert pile.read == [5, 4, 3, 2, 1]
    pile.top = 7
    until(lambda: len(pile.read) == 7)
    assert pile.read[5:] == [7, 6]


def test_a_run_that_goes_is_left_alone(made: Callable[..., CatchingUp]) -> None:
    pile, asked = Pile(3), [0]

    def busy() -> bool:
        asked[0] += 1
        return True

    made(pile, busy=busy)
    until(lambda: asked[0] > 0)
    assert pile.read == []


def test_a_model_that_cannot_be_loaded_is_said_to_be_off_and_tried_again(made: Callable[..., CatchingUp]) -> None:
    pile = Pile(1)
    pile.fails = 2
    worker = made(pile)
    until(lambda: worker.status().state == "off" or pile.read != [])
    until(lambda: worker.status().state == "ready")
    assert pile.read == [1]
