"""Models inside the app are sized and fetched by the engine when a page asked for it, and not before."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from core.domain.local_model import LocalModelRecord, LocalModelState
from core.errors import InputError
from core.llm.local_book import local_cards, local_connection
from core.runs.engine import Engine
from core.runs.local_models import folder_of, looking_after_models
from core.store.database import Database
from core.store.local_models import LocalModels
from tests.servers.hub_server import HubServer

NAME = "tiny/random"


async def work(models: LocalModels, root: Path) -> None:
    """Let the errand do what there is to do once."""
    changed = asyncio.Event()
    engine = cast(Engine, SimpleNamespace(database_changed=changed))
    errand = asyncio.create_task(looking_after_models(models, root)(engine))  # type: ignore[arg-type]
    while models.to_do():  # noqa: ASYNC110 - what it waits for is a row
        await asyncio.sleep(0.05)
    errand.cancel()
    await asyncio.gather(errand, return_exceptions=True)


def size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


def now(models: LocalModels, name: str = NAME) -> LocalModelRecord:
    found = models.named(name)
    assert found is not None
    return found


async def test_its_size_is_known_before_anything_is_fetched_and_then_it_can_be_asked(
    sqlite_database: Database,
    tmp_path: Path,
    hub: HubServer,
    tiny_model: Path,
) -> None:
    models = LocalModels(sqlite_database)
    models.ask_size(NAME, person="Anna")
    await work(models, tmp_path)
    size = size_of(tiny_model)
    assert (now(models).state, now(models).size_bytes) == (LocalModelState.SIZED, size)
    assert not folder_of(tmp_path, NAME).exists()
    assert not [each for each in hub.requests if each.method == "GET" and each.path.endswith(".safetensors")]
    models.want(NAME, size_bytes=size)
    await work(models, tmp_path)
    assert now(models).state is LocalModelState.READY
    (card,) = local_cards(models)
    assert (card.name, card.context_tokens, card.place.inside) == ("local/tiny/random", 128, True)
    assert local_connection(models, card.name).adapter_model == str(folder_of(tmp_path, NAME))


async def test_a_fetch_that_broke_off_says_so_and_goes_on_when_asked_again(
    sqlite_database: Database,
    tmp_path: Path,
    hub: HubServer,
) -> None:
    models, hub.cut = LocalModels(sqlite_database), True
    models.want(NAME)
    await work(models, tmp_path)
    assert now(models).state is LocalModelState.FAILED
    assert "Try again" in now(models).next_step
    hub.cut = False
    models.want(NAME)
    await work(models, tmp_path)
    assert now(models).state is LocalModelState.READY


async def test_a_model_the_hub_does_not_have_is_said_to_be_missing(
    sqlite_database: Database,
    tmp_path: Path,
    hub: HubServer,
) -> None:
    models = LocalModels(sqlite_database)
    models.ask_size("nobody/nothing")
    await work(models, tmp_path)
    assert now(models, "nobody/nothing").message == "The hub has no open model nobody/nothing."


async def test_without_a_network_the_hub_is_said_to_be_out_of_reach(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    models = LocalModels(sqlite_database)
    models.ask_size(NAME)
    await work(models, tmp_path)
    assert now(models).message == "The hub cannot be reached."


async def test_removing_a_fetched_model_deletes_its_files_and_never_a_folder_that_was_there_before(
    sqlite_database: Database,
    tmp_path: Path,
    hub: HubServer,
    tiny_model: Path,
) -> None:
    models = LocalModels(sqlite_database)
    models.want(NAME)
    models.add_folder(str(tiny_model), context_tokens=128)
    await work(models, tmp_path)
    models.remove(NAME)
    models.remove("tiny")
    await work(models, tmp_path)
    assert models.all() == ()
    assert not folder_of(tmp_path, NAME).exists()
    assert (tiny_model / "config.json").exists()


@pytest.mark.parametrize("typed", ["", "../secrets", "a b", "https://elsewhere.example/x/y"])
def test_what_is_no_hub_id_is_refused(sqlite_database: Database, typed: str) -> None:
    with pytest.raises(InputError):
        LocalModels(sqlite_database).ask_size(typed)
