"""Turns what a library raises into the project's own errors: by cause and by status code, not by the class's name.

litellm gives an unreachable OpenAI as its `InternalServerError` with status 500, and an unfamiliar 401 as its
`BadRequestError`: so the chain of causes is asked first, then the status, then the provider's own words.
"""

import asyncio
import socket
import ssl
from collections.abc import Iterator

from core.domain.model import Connection
from core.errors import BrokenAnswer, CutStream, ModelError, Stalled, Unreachable
from core.llm.meaning import from_status
from core.llm.redact import redact

NO_CONNECTION = frozenset(
    {"ConnectError", "ConnectTimeout", "ConnectionTimeoutError", "ClientConnectorError", "ClientConnectorDNSError"}
)
SILENCE = frozenset(
    {"ReadTimeout", "WriteTimeout", "SocketTimeoutError", "ServerTimeoutError", "APITimeoutError", "Timeout"}
)
BROKEN_OFF = frozenset(
    {
        "RemoteProtocolError",
        "ReadError",
        "ServerDisconnectedError",
        "ClientPayloadError",
        "ClientOSError",
        "TransferEncodingError",
    }
)

Chain = tuple[BaseException, ...]


def classify(error: BaseException, connection: Connection, *, answered: bool = False) -> ModelError:
    """Give the project's error for whatever a call has raised; `answered` says that text had already come.

    The provider's own words are kept in `detail`, without secrets. A connection that breaks after the first text is a
    CutStream: what arrived is kept.
    """
    chain = tuple(causes(error))
    for link in chain:
        if isinstance(link, ModelError):
            return link
    detail = redact(_words(chain), connection.key)
    host = connection.host or connection.provider
    status = _status(chain)
    if answered and _broke_off(chain):
        found: ModelError = CutStream(f"{host} broke off the answer.", detail=detail)
    elif lost := _lost(chain):
        found = Unreachable(f"{host} cannot be reached: {lost}.", detail=detail)
    elif _silent(chain):
        found = Stalled(f"{host} stopped sending.", detail=detail)
    elif _broke_off(chain):
        found = Unreachable(f"{host} closed the connection without an answer.", detail=detail)
    elif status is not None:
        found = from_status(status, detail, connection, headers=_headers(chain))
    else:
        found = BrokenAnswer(f"{host} sent something that cannot be understood.", detail=detail)
    return found


def causes(error: BaseException) -> Iterator[BaseException]:
    """Give an error and all that it came from, nearest first."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        link = waiting.pop(0)
        if id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        original = getattr(link, "original_exception", None)
        waiting += [cause for cause in (original, link.__cause__, link.__context__) if isinstance(cause, BaseException)]


def _lost(chain: Chain) -> str:
    """Say why there was no connection at all; empty where there was one."""
    if any(isinstance(link, socket.gaierror) or type(link).__name__ == "ClientConnectorDNSError" for link in chain):
        return "no such name, or no network"
    if any(isinstance(link, ssl.SSLError) for link in chain):
        return "its certificate is not trusted"
    if any(isinstance(link, ConnectionRefusedError) for link in chain):
        return "nothing listens there"
    if any(type(link).__name__ in NO_CONNECTION for link in chain):
        return "no connection"
    return ""


def _silent(chain: Chain) -> bool:
    return any(isinstance(link, TimeoutError) or type(link).__name__ in SILENCE for link in chain)


def _broke_off(chain: Chain) -> bool:
    return any(
        type(link).__name__ in BROKEN_OFF or isinstance(link, ConnectionResetError | asyncio.IncompleteReadError)
        for link in chain
    )


def _status(chain: Chain) -> int | None:
    """Give the status of the answer that really came, before the one that a library has made up."""
    real = [getattr(getattr(link, "response", None), "status_code", None) for link in reversed(chain)]
    told = [getattr(link, "status_code", None) for link in chain]
    for status in (*real, *told):
        number = int(status) if isinstance(status, int) or (isinstance(status, str) and status.isdigit()) else 0
        if 300 <= number < 600:
            return number
    return None


def _headers(chain: Chain) -> dict[str, str]:
    """Give the answer's headers: litellm keeps them beside the exception, the OpenAI library in its response."""
    found: dict[str, str] = {}
    for link in chain:
        for headers in (
            getattr(link, "litellm_response_headers", None),
            getattr(link, "headers", None),
            getattr(getattr(link, "response", None), "headers", None),
        ):
            if headers is not None and hasattr(headers, "items"):
                found = {**{str(name): str(value) for name, value in headers.items()}, **found}
    return found


def _words(chain: Chain) -> str:
    """Give what the other side said: the nearest error's text, and the root's where it says something else."""
    nearest = str(chain[0]) or type(chain[0]).__name__
    root = str(chain[-1])
    return nearest if not root or root in nearest else f"{nearest} ({root})"
