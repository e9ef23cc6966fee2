from datetime import UTC, datetime
from decimal import Decimal

import pytest

from core.domain.model import Place
from core.domain.run import RunState
from core.errors import InputError, NotFound
from core.store.database import Database
from core.store.history_filter import HistoryFilter, Order
from core.store.recent import Recent
from core.store.saved_views import SavedViews, filter_from_json, filter_to_json

FULL = HistoryFilter(
    words='"pay the bill" now*',
    models=("simulated/sage",),
    places=(Place.LOCAL,),
    states=(RunState.DONE, RunState.FAILED),
    persons=("Anna", ""),
    teams=("Marketing",),
    projects=("Spring",),
    tags=("complaint",),
    tasks=("reply",),
    since=datetime(2026, 11, 1, tzinfo=UTC),
    until=datetime(2026, 12, 1, tzinfo=UTC),
    cost_from=Decimal("0.000001"),
    cost_to=Decimal("12.5"),
    judged=False,
    winners=("tie",),
    meaning="a bill that is late",
    recent=Recent.LAST_7_DAYS,
    zone="Europe/Berlin",
    order=Order.DEAREST,
)


def test_a_view_comes_back_as_it_was_saved(database: Database) -> None:
    views = SavedViews(database)
    saved = views.save("  Complaints  of November ", FULL, person="Anna")
    assert views.all() == (saved,)
    assert (saved.name, saved.wanted, saved.person) == ("Complaints of November", FULL, "Anna")


def test_one_name_has_one_view(database: Database) -> None:
    views = SavedViews(database)
    views.save("b", FULL)
    second = views.save("b", HistoryFilter(judged=True))
    first = views.save("A", HistoryFilter())
    assert views.all() == (first, second)
    views.remove(first.id)
    assert views.all() == (second,)
    with pytest.raises(NotFound):
        views.remove(first.id)
    with pytest.raises(InputError):
        views.save(" ", FULL)


def test_a_view_can_be_given_another_name(database: Database) -> None:
    views = SavedViews(database)
    saved = views.save("Complaints", FULL, person="Anna")
    views.save("Old", HistoryFilter(judged=True))
    renamed = views.rename(saved.id, " Old ")
    assert [(view.name, view.wanted, view.person) for view in views.all()] == [("Old", FULL, "Anna")]
    assert views.rename(renamed.id, "Old") == renamed
    with pytest.raises(NotFound):
        views.rename(saved.id, "x")


def test_who_looks_is_no_part_of_a_view() -> None:
    assert filter_to_json(HistoryFilter(viewer="Anna", in_bin=True)) == {}
    assert filter_from_json({}, viewer="Ben") == HistoryFilter(viewer="Ben")


def test_what_makes_no_sense_is_left_out_of_a_view() -> None:
    broken = {
        "words": 7,
        "models": "sage",
        "states": ["done", "exploded", 3, {}],
        "places": None,
        "since": "yesterday",
        "until": 5,
        "cost_from": "much",
        "cost_to": "NaN",
        "judged": "yes",
        "recent": "the day after",
        "order": 7,
        "later": True,
    }
    assert filter_from_json(broken) == HistoryFilter(words="7", states=(RunState.DONE,))
