from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import Connection

from core.demo.filling import write_history
from core.demo.history import History
from core.store.database import Database
from core.store.upgrade import upgrade

NOW = datetime(2026, 11, 19, 15, 30, tzinfo=UTC)


@pytest.fixture(scope="package")
def history() -> History:
    return History(now=NOW)


@pytest.fixture(scope="package")
def filled(history: History, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder: Path = tmp_path_factory.mktemp("demo")
    database = Database(f"sqlite:///{folder / 'demo.db'}")
    upgrade(database)
    write_history(database, history, progress=lambda _done: None)
    yield database
    database.close()


@pytest.fixture
def rows(filled: Database) -> Iterator[Connection]:
    with filled.read() as connection:
        yield connection
