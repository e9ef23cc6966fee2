from collections.abc import Callable
from typing import Any

import pytest

from core.domain.run import Origin
from core.domain.verdict import VerdictKind
from core.errors import InputError, NotFound
from core.store.database import Database
from core.store.history import History
from core.store.prompts import SavedPrompts
from core.store.verdicts import Verdicts

Plant = Callable[..., Any]


def test_a_prompt_is_kept_under_a_name(database: Database) -> None:
    prompts = SavedPrompts(database)
    kept = prompts.save(" Reply to  a complaint ", "Write our reply to {{name}}.", system="Be kind.", person="Anna")
    assert prompts.all() == (kept,)
    assert (kept.name, kept.text, kept.system, kept.person) == (
        "Reply to a complaint",
        "Write our reply to {{name}}.",
        "Be kind.",
        "Anna",
    )


def test_saving_under_the_same_name_replaces(database: Database) -> None:
    prompts = SavedPrompts(database)
    prompts.save("reply", "one")
    prompts.save("Dates", "dates")
    prompts.save("reply", "two")
    assert [(prompt.name, prompt.text) for prompt in prompts.all()] == [("Dates", "dates"), ("reply", "two")]


def test_a_saved_prompt_can_be_removed_once(database: Database) -> None:
    prompts = SavedPrompts(database)
    kept = prompts.save("reply", "one")
    prompts.remove(kept.id)
    assert prompts.all() == ()
    with pytest.raises(NotFound, match="gone already"):
        prompts.remove(kept.id)


@pytest.mark.parametrize(("name", "text", "words"), [("", "text", "needs a name"), ("name", " \n", "no text")])
def test_an_empty_prompt_is_not_saved(database: Database, name: str, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        SavedPrompts(database).save(name, text)
    assert SavedPrompts(database).all() == ()


def test_recent_prompts_are_ones_own_newest_first_each_once_with_the_winner(database: Database, plant: Plant) -> None:
    plant("Dates", person="Anna")
    first = plant("Reply", person="Anna")
    plant("Bens", person="Ben")
    plant("Imported", person="Anna", origin=Origin.IMPORT)
    gone = plant("Deleted", person="Anna")
    again = plant("Reply", person="Anna", settings={"system": "Be kind."})
    plant("Reply to 7", person="Anna", template="Reply to {{order}}")
    History(database).delete(gone.public_id, by="Anna")
    verdicts = Verdicts(database)
    verdicts.give(first.public_id, person="Anna", kind=VerdictKind.WINNER, shot=1, compared=(1, 2))
    verdicts.give(again.public_id, person="Ben", kind=VerdictKind.WINNER, shot=2, compared=(1, 2))
    recent = SavedPrompts(database).recent("Anna")
    assert [(prompt.text, prompt.system, prompt.winner) for prompt in recent] == [
        ("Reply to {{order}}", "", ""),
        ("Reply", "Be kind.", "Swift"),
        ("Dates", "", ""),
    ]
    assert recent[1].public_id == again.public_id
    assert [prompt.text for prompt in SavedPrompts(database).recent("Anna", limit=1)] == ["Reply to {{order}}"]
    assert SavedPrompts(database).recent("Carla") == ()


def test_someone_without_a_name_has_recent_prompts_too(database: Database, plant: Plant) -> None:
    plant("Mine", person="")
    plant("Annas", person="Anna")
    assert [prompt.text for prompt in SavedPrompts(database).recent("")] == ["Mine"]
