"""Finds the models that are reachable: asks only loopback addresses and what the team named, and waits briefly.

Nothing here raises for a server that is down: that it is down, and why, is what was found out.
"""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.domain.model import Capability, Place
from core.errors import BadAddress
from core.llm.place import check_address, check_resolved, host_of, is_ip, is_loopback

if TYPE_CHECKING:
    import httpx

LOOPBACK_SECONDS = 1.0
"""To connect on this machine, where a closed port says so at once; more would only wait for a server that hangs."""
ANSWER_SECONDS = 3.0
LARGEST_LIST = 8_000_000

WELL_KNOWN = (
    ("LM Studio", "http://127.0.0.1:1234/v1"),
    ("vLLM", "http://127.0.0.1:8000/v1"),
    ("llamafile", "http://127.0.0.1:8080/v1"),
)
"""Where servers of this kind listen unless told otherwise: asked so that they can be offered, never used unasked."""

OLLAMA_ABILITIES = {"thinking": Capability.THINKING, "vision": Capability.VISION, "tools": Capability.TOOLS}


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundModel:
    """One model that a server lists. `remote` is true where the server only passes requests on to somebody else's."""

    name: str
    context_tokens: int | None = None
    capabilities: frozenset[Capability] = frozenset()
    remote: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one server answered. `reason` says in plain words why there is no answer; empty where there is one."""

    base_url: str
    models: tuple[FoundModel, ...] = ()
    reason: str = ""

    @property
    def up(self) -> bool:
        """Tell whether the server answered as it should."""
        return not self.reason


async def look_at_openai(base_url: str, *, place: Place, key: str | None = None) -> Found:
    """Ask an OpenAI-compatible server for its models (`/models`); the key, if any, goes to this address alone."""
    headers = {"authorization": f"Bearer {key}"} if key else {}
    listed, reason = await _get(base_url, "/models", place=place, headers=headers)
    if reason:
        return Found(base_url=base_url, reason=reason)
    rows = listed.get("data") if isinstance(listed, dict) else listed
    if not isinstance(rows, list):
        return Found(base_url=base_url, reason="It answers, but not with a list of models.")
    models = [_listed_model(row) for row in rows if isinstance(row, dict) and row.get("id")]
    return Found(base_url=base_url, models=tuple(models))


async def look_at_ollama(base_url: str, *, place: Place) -> Found:
    """Ask an Ollama for its models, and each of them for its context size and abilities."""
    listed, reason = await _get(base_url, "/api/tags", place=place)
    if reason:
        return Found(base_url=base_url, reason=reason)
    rows = listed.get("models") if isinstance(listed, dict) else None
    if not isinstance(rows, list):
        return Found(base_url=base_url, reason="It answers, but not as Ollama does.")
    named = [row for row in rows if isinstance(row, dict) and row.get("name")]
    limit = asyncio.Semaphore(4)
    models = await asyncio.gather(*(_ollama_model(base_url, row, place=place, limit=limit) for row in named))
    return Found(base_url=base_url, models=tuple(models))


async def look_at_well_known(but_not: Sequence[str] = ()) -> tuple[tuple[str, Found], ...]:
    """Give the servers found at well-known loopback ports, each with what it is called; known addresses left out."""
    taken = {host_of(url) for url in but_not} | {host_of(url).replace("localhost", "127.0.0.1") for url in but_not}
    asked = [(label, url) for label, url in WELL_KNOWN if host_of(url) not in taken]
    found = await asyncio.gather(*(look_at_openai(url, place=Place.LOCAL) for _, url in asked))
    return tuple((label, answer) for (label, _), answer in zip(asked, found, strict=True) if answer.models)


async def _get(
    base_url: str, path: str, *, place: Place, headers: dict[str, str] | None = None, body: Any = None
) -> tuple[Any, str]:
    """Give the JSON at an address and an empty reason, or nothing and the reason why not."""
    import httpx  # noqa: PLC0415 - 0.1 s that no page should wait for

    try:
        url = check_address(base_url, place) + path
        await _check_name(base_url, place)
        here = is_loopback(host_of(base_url))
        timeout = httpx.Timeout(ANSWER_SECONDS, connect=LOOPBACK_SECONDS if here else ANSWER_SECONDS)
        async with (
            httpx.AsyncClient(timeout=timeout, follow_redirects=False, trust_env=not here) as client,
            client.stream("GET" if body is None else "POST", url, headers=headers, json=body) as response,
        ):
            return await _answer(response)
    except BadAddress as error:
        return None, error.message
    except socket.gaierror:
        return None, "No such name, or no network."
    except httpx.ConnectError:
        return None, "Nothing listens there."
    except httpx.TimeoutException:
        return None, "It does not answer in time."
    except (httpx.HTTPError, ValueError, OSError) as error:
        return None, f"It answers with something unexpected ({type(error).__name__})."


async def _answer(response: "httpx.Response") -> tuple[Any, str]:
    if response.status_code in (401, 403):
        return None, "It does not accept the key."
    if response.status_code != 200:
        return None, f"It answers with status {response.status_code}."
    content = b""
    async for block in response.aiter_bytes():
        content += block
        if len(content) > LARGEST_LIST:
            return None, "Its list of models is too long to be one."
    import json  # noqa: PLC0415 - beside its only use

    return json.loads(content), ""


async def _check_name(base_url: str, place: Place) -> None:
    host = host_of(base_url)
    if is_ip(host) or is_loopback(host):
        return
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    found = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM)
    check_resolved(name, (str(entry[4][0]) for entry in found), place)


def _listed_model(row: dict[str, Any]) -> FoundModel:
    """Read one row of /models; vLLM, llama.cpp and OpenRouter each say the context size in a field of their own."""
    meta = row.get("meta")
    context = row.get("max_model_len") or row.get("context_length") or row.get("context_window")
    if not context and isinstance(meta, dict):
        context = meta.get("n_ctx") or meta.get("n_ctx_train")
    return FoundModel(name=str(row["id"]), context_tokens=int(context) if isinstance(context, int) else None)


async def _ollama_model(base_url: str, row: dict[str, Any], *, place: Place, limit: asyncio.Semaphore) -> FoundModel:
    name = str(row["name"])
    async with limit:
        shown, _ = await _get(base_url, "/api/show", place=place, body={"model": name})
    shown = shown if isinstance(shown, dict) else {}
    info = shown.get("model_info") or {}
    context = next((value for field, value in info.items() if field.endswith(".context_length")), None)
    abilities = shown.get("capabilities") or ()
    return FoundModel(
        name=name,
        context_tokens=context if isinstance(context, int) else None,
        capabilities=frozenset(OLLAMA_ABILITIES[word] for word in abilities if word in OLLAMA_ABILITIES),
        remote=bool(row.get("remote_host") or row.get("remote_model")) or name.partition(":")[2].endswith("cloud"),
    )
