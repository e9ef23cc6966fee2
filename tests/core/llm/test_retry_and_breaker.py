"""When a failed request is made again, and when a model is left alone."""

import pytest

from core.errors import CutStream, ModelPaused, ProviderFault, RateLimited, Unreachable, WrongKey
from core.llm.breaker import Breakers, BreakerState
from core.llm.retry import RetryPolicy

LONGEST = RetryPolicy(draw=lambda: 1.0)


def test_the_wait_doubles_up_to_a_cap_and_then_there_is_no_more() -> None:
    policy = RetryPolicy(attempts=7, draw=lambda: 1.0)
    waits = [policy.delay(made, ProviderFault("x")) for made in range(1, 8)]
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, None]


def test_the_wait_is_drawn_from_nothing_on() -> None:
    assert RetryPolicy(draw=lambda: 0.0).delay(1, Unreachable("x")) == 0.0


def test_what_cannot_be_helped_is_not_tried_again() -> None:
    assert LONGEST.delay(1, WrongKey("x")) is None


def test_a_cut_stream_is_tried_once_more() -> None:
    assert LONGEST.delay(1, CutStream("x")) is not None
    assert LONGEST.delay(2, CutStream("x")) is None


def test_a_provider_gets_the_pause_it_asks_for_unless_it_is_too_long() -> None:
    assert LONGEST.delay(1, RateLimited("x", retry_after=20)) == pytest.approx(20.25)
    assert LONGEST.delay(1, RateLimited("x", retry_after=61)) is None


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breakers(clock: Clock) -> Breakers:
    return Breakers(failures=3, pause=60.0, clock=clock)


def fail(breakers: Breakers, times: int, model: str = "m") -> None:
    for _ in range(times):
        breakers.failed(model, ProviderFault("down"))


def test_a_model_is_paused_after_failures_in_a_row_and_no_other(breakers: Breakers) -> None:
    fail(breakers, 2)
    breakers.check("m")
    fail(breakers, 1)
    with pytest.raises(ModelPaused, match="Paused after 3 failures, next try"):
        breakers.check("m")
    breakers.check("another")


def test_a_success_forgets_the_failures(breakers: Breakers) -> None:
    fail(breakers, 2)
    breakers.succeeded("m")
    fail(breakers, 2)
    breakers.check("m")


def test_all_failures_are_forgotten_once_their_cause_is_gone(breakers: Breakers) -> None:
    told: list[BreakerState] = []
    for model in ("lab/one", "lab/two"):
        for _ in range(5):
            breakers.failed(model, Unreachable("x"))
    breakers.changed = told.append
    breakers.forget()
    for model in ("lab/one", "lab/two"):
        breakers.check(model)
    assert [(state.model, state.failures, state.paused_until) for state in told] == [
        ("lab/one", 0, None),
        ("lab/two", 0, None),
    ]


def test_a_rate_limit_or_a_wrong_key_tells_nothing_of_a_models_health(breakers: Breakers) -> None:
    for _ in range(9):
        breakers.failed("m", RateLimited("slow down"))
        breakers.failed("m", WrongKey("who are you"))
    breakers.check("m")


def test_after_the_pause_one_request_tries(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, 3)
    clock.now += 60
    breakers.check("m")
    with pytest.raises(ModelPaused):
        breakers.check("m")
    breakers.succeeded("m")
    breakers.check("m")
    breakers.check("m")


def test_a_try_that_fails_pauses_again(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, 3)
    clock.now += 60
    breakers.check("m")
    fail(breakers, 1)
    with pytest.raises(ModelPaused, match="4 failures"):
        breakers.check("m")


def test_a_try_that_was_stopped_may_be_made_again(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, 3)
    clock.now += 60
    breakers.check("m")
    breakers.released("m")
    breakers.check("m")


def test_changes_are_told(breakers: Breakers) -> None:
    told: list[BreakerState] = []
    breakers.changed = told.append
    fail(breakers, 3)
    breakers.succeeded("m")
    assert [state.failures for state in told] == [1, 2, 3, 0]
    assert told[2].paused_until is not None
    assert told[3].paused_until is None
