"""litellm, imported once, late and tamed: no call home, no retry, no redirect, no log of its own.

Importing takes seconds and 160 MB, so that only the process which calls models does it, and only through here.
"""

import asyncio
import contextlib
import threading
import warnings
from typing import Any
from weakref import WeakKeyDictionary

from core.llm.environment import prepare_environment

NOBODY = "http://127.0.0.1:9"
"""An address of this machine where nothing listens."""

_importing = threading.Lock()
_handlers: "WeakKeyDictionary[asyncio.AbstractEventLoop, Any]" = WeakKeyDictionary()
_litellm: Any = None


def loaded() -> Any:
    """Give the litellm module where it is imported and tamed already, else None."""
    return _litellm


def load_litellm() -> Any:
    """Give the litellm module, importing and taming it at the first call. Safe from any thread."""
    global _litellm  # noqa: PLW0603 - one import a process
    with _importing:
        if _litellm is None:
            prepare_environment()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of litellm's own dependencies, at import
                import litellm  # noqa: PLC0415

                _tame(litellm)
                _rehearse(litellm)
            prepare_environment()  # whatever the import has put back
            _litellm = litellm
        return _litellm


def http_handler(litellm: Any) -> Any:
    """Give the running loop's HTTP handler, made at the first call: it follows no redirect.

    It is handed to litellm for servers that the team named, and is what the OpenAI library uses under litellm.
    """
    loop = asyncio.get_running_loop()
    handler = _handlers.get(loop)
    if handler is None:
        from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler  # noqa: PLC0415

        handler = _handlers[loop] = AsyncHTTPHandler(follow_redirects=False)
    litellm.aclient_session = handler.client
    return handler


async def close_handlers() -> None:
    """Close the running loop's connections."""
    handler = _handlers.pop(asyncio.get_running_loop(), None)
    if handler is None:
        return
    litellm = load_litellm()
    litellm.aclient_session = None
    await handler.close()
    await litellm.close_litellm_async_clients()


def _tame(litellm: Any) -> None:
    from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler  # noqa: PLC0415
    from openai._models import FinalRequestOptions  # noqa: PLC0415

    litellm.suppress_debug_info = True
    litellm.disable_streaming_logging = True
    litellm.turn_off_message_logging = True
    litellm.telemetry = False
    litellm.num_retries = 0
    litellm.callbacks = []
    # Two places repeat a request behind the caller's back, whatever max_retries says: litellm's own client after a lost
    # connection, and the OpenAI library for those providers to which litellm does not pass the setting on (measured:
    # deepinfra, nvidia_nim, sambanova, zai). The engine alone decides on a second request.
    AsyncHTTPHandler.single_connection_post_request = _no_second_request
    setattr(FinalRequestOptions, "get_max_retries", _never)  # noqa: B010 - mypy forbids to assign a method


def _rehearse(litellm: Any) -> None:
    """Import what litellm leaves to the first calls (5 s, measured), so that they do not hold up the event loop.

    Calls that find nothing listening import it all, and less than litellm's own mock does (60 MB, measured).
    """

    async def call() -> None:
        for model in ("hosted_vllm/x", "ollama_chat/x", "openai/x"):
            with contextlib.suppress(Exception):
                await litellm.acompletion(
                    model=model, messages=[{"role": "user", "content": "x"}], api_base=NOBODY, api_key="x",
                    stream=True, max_retries=0, num_retries=0, timeout=1,
                )  # fmt: skip
        await litellm.close_litellm_async_clients()

    rehearsal = threading.Thread(target=asyncio.run, args=(call(),), name="litellm rehearsal")
    rehearsal.start()
    rehearsal.join()


async def _no_second_request(*_: Any, **__: Any) -> Any:
    """Stand where litellm would repeat a request: raise again what is being handled."""
    raise  # noqa: PLE0704 - called only while an exception is handled


def _never(*_: Any) -> int:
    return 0
