from typing import Any

import pytest

from core.errors import NotFound
from core.store.database import Database
from core.store.preferences import Preferences


def test_a_setting_nobody_has_changed_has_its_default(database: Database) -> None:
    assert Preferences(database).get("shots", default=2) == 2
    assert Preferences(database).get("shots") is None


@pytest.mark.parametrize("value", [3, "three", 0.1, None, False, [], ["a", {"b": None}], {"unset": True}, "ü\x00"])
def test_any_value_json_holds_comes_back_as_it_was(database: Database, value: Any) -> None:
    preferences = Preferences(database)
    preferences.set("key", value, person="Anna")
    assert preferences.get("key", default="default") == value


def test_settings_of_one_person_are_not_those_of_another(database: Database) -> None:
    preferences = Preferences(database)
    preferences.set("shots", 5, person="Anna", scope="person:Anna")
    preferences.set("shots", 3, person="Ben")
    assert preferences.get("shots", scope="person:Anna") == 5
    assert preferences.get("shots", scope="person:Ben", default=2) == 2
    assert preferences.get("shots") == 3


def test_every_change_is_kept_with_who_made_it_and_what_it_was(database: Database) -> None:
    preferences = Preferences(database)
    preferences.set("limit", 10, person="Anna")
    preferences.set("limit", 20, person="Ben")
    preferences.set("limit", 20, person="Carla")
    newest, oldest = preferences.history("limit")
    assert (newest.person, newest.was, newest.value) == ("Ben", 10, 20)
    assert (oldest.person, oldest.was, oldest.value) == ("Anna", None, 10)
    assert preferences.history("limit", limit=1) == (newest,)
    assert newest.changed_at >= oldest.changed_at


def test_a_change_can_be_undone_and_the_undoing_too(database: Database) -> None:
    preferences = Preferences(database)
    preferences.set("limit", 10, person="Anna")
    preferences.set("limit", 20, person="Ben")
    assert preferences.undo("limit", person="Anna") == 10
    assert preferences.get("limit") == 10
    assert preferences.undo("limit", person="Anna") == 20
    assert [change.value for change in preferences.history("limit")] == [20, 10, 20, 10]


def test_undoing_the_first_change_brings_the_default_back(database: Database) -> None:
    preferences = Preferences(database)
    preferences.set("limit", 10, person="Anna")
    assert preferences.undo("limit", person="Ben") is None
    assert preferences.get("limit", default=7) == 7
    assert [(change.value, change.was) for change in preferences.history("limit")] == [(None, 10), (10, None)]


def test_what_was_never_changed_cannot_be_undone(database: Database) -> None:
    with pytest.raises(NotFound, match="never changed"):
        Preferences(database).undo("limit", person="Anna")
