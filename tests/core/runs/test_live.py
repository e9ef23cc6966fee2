"""Following a run: every viewer sees the same text, whenever they came."""

import itertools
import threading
import time

import pytest

from core.domain.run import FinishReason, RunState
from core.domain.usage import Usage
from core.errors import NotFound, ProviderFault
from core.llm.port import Finish, TextDelta, UsageReport

END = [UsageReport(Usage(input_tokens=5, output_tokens=5)), Finish(reason=FinishReason.STOP)]


def watch(follower):
    seen = [follower.view()]
    end = time.monotonic() + 15
    while not seen[-1].state.settled and time.monotonic() < end:
        view = follower.wait(0.5)
        if view is not None:
            seen.append(view)
    return seen


def test_the_text_grows_and_never_shrinks_or_repeats(bench):
    words = [f"{number} " for number in range(40)]
    one = bench(lambda _request: [step for word in words for step in (TextDelta(word), 0.01)] + END)
    seen = watch(one.live.follow(one.start()))
    texts = [view.shots[0].text for view in seen]
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(texts))
    assert texts[-1] == "".join(words)
    assert len(set(texts)) > 3


def test_a_second_viewer_who_comes_late_sees_all_of_it(bench):
    one = bench(lambda _request: [TextDelta("early "), 0.2, TextDelta("late"), *END])
    public_id = one.start()
    first = one.live.follow(public_id)
    while not (first.wait(1) or first.view()).shots[0].text:
        pass
    late = []
    thread = threading.Thread(target=lambda: late.extend(watch(one.live.follow(public_id))))
    thread.start()
    assert watch(first)[-1].shots[0].text == "early late"
    thread.join()
    assert late[0].shots[0].text.startswith("early ")
    assert late[-1].shots[0].text == "early late"


def test_an_attempt_that_starts_over_clears_what_the_viewer_had(bench):
    def script(request):
        if request.attempt_number == 1:
            return [TextDelta("wrong start"), 0.2, ProviderFault("broke")]
        return [TextDelta("right"), 0.2, *END]

    one = bench(script)
    texts = [view.shots[0].text for view in watch(one.live.follow(one.start()))]
    assert "wrong start" in texts
    assert "right" in texts
    assert not any("wrong" in text and "right" in text for text in texts)


def test_costs_tick_as_an_estimate_and_settle(bench):
    one = bench(lambda _request: [TextDelta("word " * 50), 0.3, *END])
    seen = watch(one.live.follow(one.start()))
    ticking = [view for view in seen if view.state is RunState.RUNNING and view.cost]
    assert ticking
    assert ticking[0].cost_is_estimate
    assert not seen[-1].cost_is_estimate


def test_waiting_gives_nothing_while_nothing_changes(bench):
    one = bench(lambda _request: [TextDelta("x"), *END])
    public_id = one.start()
    one.settled(public_id)
    follower = one.live.follow(public_id)
    follower.view()
    assert follower.wait(0.1) is None


def test_a_run_that_is_not_there_is_said_so(bench):
    one = bench(lambda _request: [])
    with pytest.raises(NotFound):
        one.live.follow("nothing")
