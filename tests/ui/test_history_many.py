"""History without a browser: filters and order in the link, saved views, and what is done with many runs at once."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from core.bootstrap import Services, build
from core.domain.money import CostState
from core.domain.run import Origin, RunPlan, RunState, ShotRecord, ShotState
from core.domain.verdict import VerdictKind
from core.domain.workspace import Workspace
from core.router.hashing import HashingEmbedder
from core.router.stored_embeddings import StoredEmbeddings
from core.settings import Settings
from core.store import tables
from core.store.database import table
from core.store.history_filter import HistoryFilter, Order
from core.store.recent import Recent
from core.store.vectors import PromptVectors
from pages.ui import services as shared
from pages.ui.history_address import address_of, moments
from pages.ui.history_compare import pairs

TODAY = datetime.now(UTC).date().isoformat()
RUN, SHOT = table(tables.Run), table(tables.Shot)


@pytest.fixture
def idle(settings: Settings) -> Iterator[Services]:
    """The services of the demo without an engine."""
    services = build(settings, Workspace.DEMO)
    yield services
    services.database.close()


def past(services: Services, prompt: str, *, cost: str = "0.5", days: int = 0, **changes: Any) -> str:
    plan = RunPlan(prompt=prompt, models=("simulated/sage", "simulated/swift"), origin=Origin.DEMO)
    public_id = services.runs.start(replace(plan, **changes))
    then = datetime.now(UTC) - timedelta(days=days)
    with services.database.write() as connection:
        run_id = connection.execute(sa.select(RUN.c.id).where(RUN.c.public_id == public_id)).scalar_one()
        done = {"state": ShotState.DONE, "text": f"An answer to {prompt}", "finished_at": then}
        money = {"cost": Decimal(cost), "cost_state": CostState.PRICED}
        connection.execute(sa.update(SHOT).where(SHOT.c.run_id == run_id).values(**done, **money))
        ended = {"state": RunState.DONE, "finished_at": then, "created_at": then}
        connection.execute(sa.update(RUN).where(RUN.c.id == run_id).values(**ended))
    return public_id


def said(test: AppTest) -> str:
    parts = (*test.markdown, *test.caption, *test.error, *test.warning)
    return "\n".join(str(part.value) for part in parts)


def prompts(test: AppTest) -> list[str]:
    return list(test.dataframe[0].value["prompt"]) if test.dataframe else []


def button(test: AppTest, key: str) -> Any:
    return next(button for button in test.button if button.key == key)


def tick(test: AppTest, *runs: str) -> AppTest:
    test.session_state["_ticked_demo"] = list(runs)
    return test.run()


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"sort": "oldest first"}, ["Old", "Dear", "New"]),
        ({"sort": "dearest first"}, ["Dear", "New", "Old"]),
        ({"when": "Last 7 days"}, ["New", "Dear"]),
        ({"person": "Ben"}, ["Dear"]),
        ({"person": "someone"}, ["New", "Old"]),
        ({"tag": "x"}, ["Old"]),
        ({"team": "no team", "tag": "no tag"}, ["New", "Dear"]),
        ({"model": "Sage", "place": "outside", "state": "done"}, ["New", "Dear", "Old"]),
        ({"model": "simulated/sage", "judged": "Judged"}, ["New"]),
        ({"model": "simulated/grand"}, []),
        ({"days": TODAY}, ["New"]),
        ({"winner": "a tie"}, ["New"]),
        ({"cost_from": "5"}, ["Dear"]),
        ({"cost_to": "1", "words": "New"}, ["New"]),
        ({"sort": "sideways"}, ["New", "Dear", "Old"]),
    ],
)
def test_every_filter_and_the_order_stand_in_the_link(
    app: Callable[..., AppTest], idle: Services, parameters: dict[str, str], expected: list[str]
) -> None:
    past(idle, "Old", days=40, tags=("x",), cost="0.1")
    past(idle, "Dear", days=2, person="Ben", cost="5")
    new = past(idle, "New")
    idle.verdicts.give(new, person="Anna", kind=VerdictKind.TIE, compared=(1, 2))
    test = app("history", **parameters)
    assert not test.exception
    assert prompts(test) == expected


def test_a_search_by_meaning_finds_the_nearest_first(
    app: Callable[..., AppTest], idle: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    near, far = past(idle, "the parcel was damaged"), past(idle, "explain the dip in sales")
    embeddings = StoredEmbeddings(HashingEmbedder(), PromptVectors(idle.database))
    embeddings.catch_up()
    monkeypatch.setattr(shared, "build", lambda *_: replace(idle, embeddings=embeddings))
    test = app("history", words="a damaged parcel", by="meaning")
    assert not test.exception
    assert prompts(test) == ["the parcel was damaged"]
    assert "nearest first" in said(test)
    assert "has been read" not in said(test)
    past(idle, "something new")
    assert "Not every prompt has been read for its meaning yet" in said(test.run())
    assert {near, far} == set(idle.history.ids(HistoryFilter(words="the")))


def test_a_view_is_saved_opened_renamed_and_taken_off_the_list(app: Callable[..., AppTest], idle: Services) -> None:
    past(idle, "About apples")
    past(idle, "About pears")
    idle.views.save("Apples", HistoryFilter(words="apples", order=Order.OLDEST, recent=Recent.LAST_30_DAYS))
    test = app("history")
    test.session_state["saved_views"] = True  # the popover is open
    test.run()
    view = idle.views.all()[0]
    button(test, f"open_view_{view.id}").click().run()
    assert not test.exception
    assert prompts(test) == ["About apples"]
    assert test.session_state["sort"] == "oldest"
    assert test.session_state["when"] == "last 30 days"


def test_what_a_view_asks_for_comes_back_into_the_address() -> None:
    since, until = moments((datetime(2026, 5, 3).date(), datetime(2026, 5, 5).date()), zone=UTC)  # noqa: DTZ001
    wanted = HistoryFilter(
        meaning="late", persons=("", "Anna"), judged=False, cost_to=Decimal(2), since=since, until=until
    )
    found = address_of(wanted, zone=UTC)
    assert (found["words"], found["by"], found["person"]) == ("late", "meaning", ["someone", "Anna"])
    assert (found["judged"], found["cost_to"]) == ("Not judged", 2.0)
    assert [str(day) for day in found["days"]] == ["2026-05-03", "2026-05-05"]


def test_nothing_can_be_done_with_many_before_something_is_ticked(app: Callable[..., AppTest], idle: Services) -> None:
    run = past(idle, "About apples")
    test = app("history")
    assert not [button for button in test.button if str(button.key).startswith("bar_")]
    assert button(tick(test, run), "bar_compare").disabled


def test_two_ticked_runs_are_compared_in_the_link(app: Callable[..., AppTest], idle: Services) -> None:
    runs = past(idle, "About apples"), past(idle, "About pears", person="Ben")
    test = tick(app("history"), *runs)
    button(test, "bar_compare").click().run()
    assert test.query_params["compare"] == ",".join(runs)
    assert not test.exception
    assert "| Who | someone | Ben |" in said(test).replace("\\", "")
    assert "The same in both:" in said(test)
    button(test, "leave_compare").click().run()
    assert prompts(test)


def test_a_comparison_of_what_is_not_there_says_so(app: Callable[..., AppTest], idle: Services) -> None:
    run = past(idle, "About apples")
    test = app("history", compare=f"{run},nowhere")
    assert not test.exception
    assert test.error
    assert "tick two" in said(app("history", compare=run))


def test_ticked_runs_are_deleted_and_taken_back(app: Callable[..., AppTest], idle: Services) -> None:
    runs = [past(idle, f"Prompt {number}") for number in range(3)]
    test = tick(app("history"), *runs[:2])
    button(test, "bar_delete").click().run()
    assert prompts(test) == ["Prompt 2"]
    assert "2 runs are in the bin for 30 days" in said(test)
    button(test, "undo_delete").click().run()
    assert prompts(test) == ["Prompt 2", "Prompt 1", "Prompt 0"]
    assert "in the bin" not in said(test)


def test_all_of_a_view_is_meant_until_the_view_changes(app: Callable[..., AppTest], idle: Services) -> None:
    runs = [past(idle, f"Prompt {number}") for number in range(3)]
    test = tick(app("history"), runs[0])
    button(test, "bar_all").click().run()
    assert "**3 ticked**" in said(test)
    button(test, "bar_delete").click().run()
    assert "3 runs are in the bin" in said(test)
    button(test, "undo_delete").click().run()
    test.text_input(key="words").set_value("Prompt 1").run()
    assert "ticked**" not in said(test)


def test_the_bin_offers_only_the_way_back(app: Callable[..., AppTest], idle: Services) -> None:
    run = past(idle, "About apples")
    idle.history.delete(run, "")
    test = tick(app("history", bin="true"), run)
    assert not [button for button in test.button if button.key == "bar_delete"]
    button(test, "bar_restore").click().run()
    assert prompts(app("history")) == ["About apples"]


def test_runs_asked_again_stand_in_a_view_of_their_own(app: Callable[..., AppTest], idle: Services) -> None:
    run = past(idle, "About apples")
    past(idle, "About pears")
    grand = next(card for card in idle.known_models.all() if card.name == "simulated/grand")
    done = idle.reruns.start(idle.reruns.past([run], viewer=""), grand)
    test = app("history")
    test.session_state["_rerun"] = ("demo", done.tag, "Grand")
    test.session_state["_view_to_open"] = {"tag": [done.tag]}
    test.run()
    assert not test.exception
    assert prompts(test) == ["About apples"]
    assert "**1 prompt asked again of Grand**, 0 of 1 answered." in said(test)
    test = app("history", run=done.started[0])
    assert any("Sage, from " in expander.label for expander in test.expander)


def test_answers_are_set_beside_each_other_by_model_and_the_rest_stands_alone(
    app: Callable[..., AppTest], idle: Services
) -> None:
    first = idle.runs.record(past(idle, "A")).shots
    second = idle.runs.record(past(idle, "A", models=("simulated/grand", "simulated/swift"), shots_per_model=2)).shots

    def names(shots: tuple[ShotRecord | None, ...]) -> list[str]:
        return ["" if shot is None else f"{shot.label} {shot.shot_index}" for shot in shots]

    assert [names(pair) for pair in pairs(first, second)] == [
        ["Swift 1", "Swift 1"],
        ["", "Swift 2"],
        ["Sage 1", ""],
        ["", "Grand 1"],
        ["", "Grand 2"],
    ]


def test_the_drawer_shows_differences_picks_and_judges_apart(app: Callable[..., AppTest], idle: Services) -> None:
    run = past(idle, "About apples")
    idle.verdicts.give(run, person="Anna", kind=VerdictKind.WINNER, compared=(1, 2), shot=1)
    test = app("history", run=run)
    test.session_state["drawer_tab"] = "Picks"
    test.run()
    assert "**Anna** picked Sage, shot 1 · names seen" in said(test)
    assert "AI judge and checks" not in said(test)
    test.session_state["drawer_tab"] = "Differences"
    test.run()
    assert not test.exception
    assert "They are the same, word for word." in said(test)
    test.session_state["drawer_tab"] = "Why this model"
    test.run()
    assert "Someone chose Sage, Swift; the strategy was **hybrid**." in said(test)
