"""Models that run inside the app: asked for on a page, fetched by the engine, kept in a folder."""

from dataclasses import dataclass
from enum import StrEnum


class LocalModelState(StrEnum):
    """How far a model is. `ASKED` is that of its size; nothing is fetched before somebody has seen it: `WANTED`."""

    ASKED = "asked"
    SIZED = "sized"
    WANTED = "wanted"
    FETCHING = "fetching"
    READY = "ready"
    FAILED = "failed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalModelRecord:
    """One model inside the app. `name` is its hub id or its folder's name; sizes are in bytes.

    `fetched` tells a model of the hub from a folder that was there before, which is never deleted.
    """

    name: str
    state: LocalModelState
    folder: str = ""
    fetched: bool = True
    size_bytes: int | None = None
    received_bytes: int = 0
    context_tokens: int | None = None
    revision: str = ""
    message: str = ""
    next_step: str = ""
    detail: str = ""

    @property
    def busy(self) -> bool:
        """Tell whether the engine has something to do for it."""
        return self.state in (
            LocalModelState.ASKED, LocalModelState.WANTED, LocalModelState.FETCHING, LocalModelState.REMOVED,
        )  # fmt: skip
