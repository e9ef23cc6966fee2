from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from core.domain.run import RunState, Visibility
from core.errors import InputError
from core.store.database import Database
from core.store.history import History
from core.store.history_filter import HistoryFilter
from core.store.many_runs import Done, ManyRuns
from core.store.people import People
from core.store.run_reads import read_run

Plant = Callable[..., Any]
NOON = datetime(2026, 11, 12, 12, 0, tzinfo=UTC)


def shown(database: Database, **wanted: Any) -> set[str]:
    return {row.public_id for row in History(database).page(HistoryFilter(**wanted), limit=5_000).rows}


def tags(database: Database, public_id: str) -> tuple[str, ...]:
    with database.read() as connection:
        return read_run(connection, public_id).tags


def test_many_runs_are_tagged_at_once_and_only_what_changed_is_told(database: Database, plant: Plant) -> None:
    for name in ("a", "b", "c"):
        plant(public_id=name)
    many = ManyRuns(database)
    assert many.tag(["a"], ["complaint"], by="Anna") == Done(changed=("a",), left=0)
    assert many.tag(["b", "a", "x"], [" complaint ", "complaint"], by="Anna") == Done(changed=("b",), left=1)
    assert many.tag(["a"], ["urgent", "complaint"], by="Anna").changed == ("a",)
    assert tags(database, "a") == ("complaint", "urgent")
    assert many.untag(["a", "b", "c"], ["complaint", "unknown"], by="Anna") == Done(changed=("a", "b"), left=0)
    assert (tags(database, "a"), tags(database, "b")) == (("urgent",), ())
    with pytest.raises(InputError):
        many.tag(["a"], [" "], by="Anna")
    assert People(database).tags() == ("complaint", "urgent")


def test_many_runs_go_into_the_bin_and_come_back(database: Database, plant: Plant) -> None:
    plant(public_id="done")
    plant(public_id="going", state=RunState.RUNNING)
    plant(public_id="hers", person="Ben", visibility=Visibility.ME)
    plant(public_id="erased", deleted_at=NOON, erased_at=NOON)
    many = ManyRuns(database)
    done = many.delete(["done", "going", "hers", "erased"], by="Anna")
    assert done == Done(changed=("done",), left=3)
    assert shown(database) == {"going"}
    assert shown(database, in_bin=True) == {"done"}
    assert many.restore([*done.changed, "erased"], by="Anna") == Done(changed=("done",), left=1)
    assert shown(database) == {"going", "done"}
    assert many.delete(["hers"], by="Ben").changed == ("hers",)


def test_thousands_are_changed_in_one_go(database: Database, plant: Plant) -> None:
    for number in range(1_200):
        plant(public_id=f"{number}", models=("simulated/sage",))
    many, everything = ManyRuns(database), History(database).ids(HistoryFilter())
    assert len(everything) == 1_200
    assert len(many.tag(everything, ["all"], by="Anna").changed) == 1_200
    assert len(many.delete([*everything, *(f"no {number}" for number in range(70_000))], by="Anna").changed) == 1_200
    assert shown(database) == set()
