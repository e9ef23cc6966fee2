"""What the engine does for models inside the app: ask their size, fetch them, let them go. All of it on a click."""

import asyncio
import contextlib
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from time import monotonic
from typing import Any

from core.domain.local_model import LocalModelRecord, LocalModelState
from core.inference.frames import LENGTH, BrokenFrame, decoded
from core.runs.engine import Engine, Errand
from core.settings import ROOT
from core.store.local_models import LocalModels

PROGRAM = (sys.executable, "-m", "core.inference")
NOTED_EVERY_SECONDS = 0.5
NO_NETWORK = ("ConnectError", "ConnectTimeout", "LocalEntryNotFoundError", "OfflineModeIsEnabled", "ReadTimeout")
NOT_THERE = ("RepositoryNotFoundError", "GatedRepoError", "HTTPStatusError", "HfHubHTTPError", "RevisionNotFoundError")


def looking_after_models(models: LocalModels, root: Path, *, program: Sequence[str] = PROGRAM) -> Errand:
    """Give the errand that does what pages asked for models inside the app; they are kept below `root`."""

    async def once(engine: Engine) -> None:
        for model in await asyncio.to_thread(models.to_do):
            await _do(models, model, root, tuple(program))
        engine.database_changed.clear()
        await engine.database_changed.wait()

    return once


async def _do(models: LocalModels, model: LocalModelRecord, root: Path, program: tuple[str, ...]) -> None:
    if model.state is LocalModelState.REMOVED:
        folder = folder_of(root, model.name)
        if model.fetched and folder.is_dir():
            await asyncio.to_thread(shutil.rmtree, folder)
        await asyncio.to_thread(models.forget, model.name)
    elif model.state is LocalModelState.ASKED:
        await _follow(models, model, [*program, "--fetch", model.name])
    else:
        into = folder_of(root, model.name)
        await asyncio.to_thread(models.note, model.name, state=LocalModelState.FETCHING)
        await _follow(models, model, [*program, "--fetch", model.name, "--into", str(into)])


def folder_of(root: Path, name: str) -> Path:
    """Give where a model of the hub is kept."""
    return root / name.replace("/", "--")


async def _follow(models: LocalModels, model: LocalModelRecord, command: Sequence[str]) -> None:
    """Run the child that asks or fetches, and write down what it says; end it where the model was removed."""
    child = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    noted = 0.0
    final = {
        "state": LocalModelState.FAILED,
        "message": "Fetching the model was broken off.",
        "next_step": "Try again: it goes on where it was.",
    }
    try:
        async for frame in _frames(child):
            if "received" in frame and monotonic() - noted < NOTED_EVERY_SECONDS:
                continue
            noted = monotonic()
            if not await _still_wanted(models, model.name):
                return
            values = _values(frame, model)
            if "state" in values:
                final = values
            else:
                await asyncio.to_thread(models.note, model.name, **values)
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.communicate()  # reads the pipe to its end, without which it stays open
    await asyncio.to_thread(models.note, model.name, **final)


async def _still_wanted(models: LocalModels, name: str) -> bool:
    return await asyncio.to_thread(models.named, name) is not None


async def _frames(child: asyncio.subprocess.Process) -> AsyncIterator[dict[str, Any]]:
    pipe = child.stdout
    if pipe is None:
        return
    with contextlib.suppress(asyncio.IncompleteReadError, BrokenFrame):
        while True:
            (length,) = LENGTH.unpack(await pipe.readexactly(LENGTH.size))
            header, size = decoded(await pipe.readexactly(length))
            await pipe.readexactly(size)
            yield header


def _values(frame: dict[str, Any], model: LocalModelRecord) -> dict[str, Any]:
    if "error" in frame:
        return {"state": LocalModelState.FAILED, **_why(str(frame["error"]), str(frame.get("detail", "")), model.name)}
    if "size" in frame:
        found: dict[str, Any] = {"size_bytes": int(frame["size"]), "revision": str(frame.get("revision", ""))}
        return found | ({"state": LocalModelState.SIZED} if model.state is LocalModelState.ASKED else {})
    if "folder" in frame:
        return {
            "state": LocalModelState.READY,
            "folder": str(frame["folder"]),
            "context_tokens": frame.get("context_tokens"),
        }
    return {"received_bytes": int(frame["received"])}


def _why(kind: str, detail: str, name: str) -> dict[str, str]:
    if kind in NO_NETWORK:
        message, step = "The hub cannot be reached.", "Check the network, or HF_ENDPOINT where a mirror is used."
    elif kind in NOT_THERE:
        message, step = f"The hub has no open model {name}.", "Check its name; models behind a gate cannot be fetched."
    elif kind == "OSError" and "more room" in detail:
        message, step = detail, "Make room on the disk, then try again."
    elif kind == "FileNotFoundError":
        message, step = detail, "Choose a model with safetensors weights."
    else:
        message, step = "Fetching the model failed.", "Try again: it goes on where it was."
    return {"message": message, "next_step": step, "detail": f"{kind}: {detail}"}
