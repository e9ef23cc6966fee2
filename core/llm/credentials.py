"""Keys: from the environment, or pasted and kept in one file that only its owner may read, each bound to one host.

A key is never in the database, a log, an export or a repr. The file is read again whenever it has changed, since pages
write it and the engine reads it.
"""

import os
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import BadKey, SettingsError, StoreError

OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """A pasted key and the one host it may be sent to."""

    host: str
    key: str = field(repr=False)


class Credentials:
    """The keys of this installation. `environ` wins over the file."""

    def __init__(self, path: Path, environ: Mapping[str, str]) -> None:
        """Read nothing yet."""
        self.path = path
        self._environ = environ
        self._stamp: tuple[int, int] | None = None
        self._stored: dict[str, StoredKey] = {}

    def __repr__(self) -> str:
        return f"Credentials({str(self.path)!r})"

    def key_for(self, name: str, *, host: str, variables: tuple[str, ...] = ()) -> str | None:
        """Give the key of a provider or endpoint for one host; None where there is none, or it is for another host.

        Raises SettingsError where the file cannot be read.
        """
        for variable in variables:
            if value := self._environ.get(variable, "").strip():
                return value
        stored = self._read().get(name)
        return stored.key if stored is not None and stored.host == host else None

    def source_of(self, name: str, *, variables: tuple[str, ...] = ()) -> str:
        """Say where a key comes from: the variable's name, `file`, or nothing at all."""
        for variable in variables:
            if self._environ.get(variable, "").strip():
                return variable
        return "file" if name in self._read() else ""

    def names(self) -> tuple[str, ...]:
        """Give the names under which keys were pasted."""
        return tuple(self._read())

    def save(self, name: str, *, host: str, key: str) -> None:
        """Keep a key for one host, replacing an earlier one. Raises BadKey, SettingsError, StoreError."""
        cleaned = key.strip()
        if not cleaned or not cleaned.isascii() or not cleaned.isprintable() or " " in cleaned:
            raise BadKey("This is no key: a key is one word of plain letters, figures and signs.")
        self._write({**self._read(), name: StoredKey(host=host, key=cleaned)})

    def remove(self, name: str) -> None:
        """Forget a pasted key. Raises SettingsError, StoreError."""
        stored = self._read()
        if name in stored:
            self._write({other: value for other, value in stored.items() if other != name})

    def _read(self) -> dict[str, StoredKey]:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            self._stamp, self._stored = None, {}
            return self._stored
        except OSError as error:
            raise self._unreadable(error) from error
        stamp = (status.st_mtime_ns, status.st_ino)
        if stamp != self._stamp:
            self._stored = self._parse()
            self._stamp = stamp
            if status.st_mode & 0o077:
                self.path.chmod(OWNER_ONLY)
        return self._stored

    def _parse(self) -> dict[str, StoredKey]:
        try:
            entries: dict[str, Any] = tomllib.loads(self.path.read_text(encoding="utf-8"))
            return {name: StoredKey(host=entry["host"], key=entry["key"]) for name, entry in entries.items()}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise self._unreadable(error) from None  # the cause could quote a key

    def _unreadable(self, error: Exception) -> SettingsError:
        return SettingsError(
            f"The keys in {self.path} cannot be read.",
            next_step="Correct the file, or move it away and paste the keys again under Settings.",
            detail=type(error).__name__,
        )

    def _write(self, stored: Mapping[str, StoredKey]) -> None:
        """Replace the file whole: written beside it, readable by its owner alone from the first byte on."""
        import tomli_w  # noqa: PLC0415 - only who saves a key needs it

        content = tomli_w.dumps({name: {"host": value.host, "key": value.key} for name, value in stored.items()})
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle, beside = tempfile.mkstemp(dir=self.path.parent, prefix=".credentials-")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(beside, self.path)
            except OSError:
                Path(beside).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise StoreError(
                f"The key could not be saved to {self.path}.",
                next_step="Give the app the right to write there, and room on the disk.",
                detail=str(error),
            ) from error
        self._stamp = None
