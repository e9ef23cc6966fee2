"""Models inside the app: what a page asked for, and how far the engine has come with it."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.local_model import LocalModelRecord, LocalModelState
from core.errors import InputError, NotFound
from core.store import tables
from core.store.database import Database, table

LOCAL_MODEL = table(tables.LocalModel)
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?")


class LocalModels:
    """The models inside the app of one workspace."""

    def __init__(self, database: Database) -> None:
        """Read and write this database."""
        self._database = database

    def all(self) -> tuple[LocalModelRecord, ...]:
        """Give those that are not removed, by name."""
        return tuple(each for each in self._read() if each.state is not LocalModelState.REMOVED)

    def ready(self) -> tuple[LocalModelRecord, ...]:
        """Give those that can be asked."""
        return tuple(each for each in self._read() if each.state is LocalModelState.READY)

    def to_do(self) -> tuple[LocalModelRecord, ...]:
        """Give those for which the engine has something to do."""
        return tuple(each for each in self._read() if each.busy)

    def named(self, name: str) -> LocalModelRecord | None:
        """Give one by its name, None where it was never asked for or is removed."""
        return next((each for each in self.all() if each.name == name), None)

    def ask_size(self, hub_id: str, *, person: str = "") -> str:
        """Ask how large a model of the hub is, and give its name. Raises InputError for what is no hub id."""
        name = hub_id.strip().removeprefix("https://huggingface.co/").strip("/")
        if not HUB_ID.fullmatch(name):
            raise InputError(
                f"{hub_id!r} is no model's name.", next_step="Type it as owner/name, such as Qwen/Qwen3-0.6B."
            )
        self._put(name, person=person, state=LocalModelState.ASKED, fetched=True, folder="", received_bytes=0)
        return name

    def want(self, name: str, *, size_bytes: int | None = None, person: str = "") -> None:
        """Have a model fetched, whose size the person has seen."""
        self._put(name, person=person, state=LocalModelState.WANTED, fetched=True, size_bytes=size_bytes, folder="")

    def add_folder(self, path: str, *, context_tokens: int | None, person: str = "") -> str:
        """Use a folder of this machine that holds a model, and give the model's name."""
        name = Path(path).name
        if not HUB_ID.fullmatch(name):
            raise InputError(f"A folder named {name!r} cannot name a model.", next_step="Rename it without spaces.")
        self._put(
            name, person=person, state=LocalModelState.READY, fetched=False, folder=path, context_tokens=context_tokens
        )
        return name

    def remove(self, name: str) -> None:
        """Let a model go; what it was asked stays on record. Raises NotFound."""
        if self.named(name) is None:
            raise NotFound(f"There is no model {name} inside the app.", next_step="Reload the page.")
        self.note(name, state=LocalModelState.REMOVED)

    def note(self, name: str, **values: Any) -> None:
        """Write how far a model is: any of its columns."""
        with self._database.write() as connection:
            _change(connection, name, values)

    def forget(self, name: str) -> None:
        """Delete the row of a model whose files are gone."""
        with self._database.write() as connection:
            connection.execute(
                sa.delete(LOCAL_MODEL).where(LOCAL_MODEL.c.name == name, LOCAL_MODEL.c.state == LocalModelState.REMOVED)
            )

    def _put(self, name: str, *, person: str, **values: Any) -> None:
        clean = {"message": "", "next_step": "", "detail": "", **values}
        with self._database.write() as connection:
            if not _change(connection, name, clean):
                now = datetime.now(UTC)
                connection.execute(
                    sa.insert(LOCAL_MODEL).values(name=name, asked_by=person, asked_at=now, changed_at=now, **clean)
                )

    def _read(self) -> tuple[LocalModelRecord, ...]:
        with self._database.read() as connection:
            rows = connection.execute(sa.select(LOCAL_MODEL).order_by(LOCAL_MODEL.c.name)).all()
        return tuple(_record(row) for row in rows)


def _change(connection: Connection, name: str, values: dict[str, Any]) -> int:
    statement = sa.update(LOCAL_MODEL).where(LOCAL_MODEL.c.name == name)
    return int(connection.execute(statement.values(changed_at=datetime.now(UTC), **values)).rowcount)


def _record(row: Any) -> LocalModelRecord:
    return LocalModelRecord(
        name=row.name,
        state=LocalModelState(row.state),
        folder=row.folder,
        fetched=row.fetched,
        size_bytes=row.size_bytes,
        received_bytes=row.received_bytes,
        context_tokens=row.context_tokens,
        revision=row.revision,
        message=row.message,
        next_step=row.next_step,
        detail=row.detail,
    )
