"""What a test server does when it is asked for a model: one script a name, the same for every protocol.

`stream-<pieces>-<milliseconds>` streams that many pieces at that pace, so that a test or a benchmark needs no new name.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

ANSWER = "Dear Ms Okafor, thank you for writing. You were charged twice on 3 May; the second charge is on its way back."
THOUGHTS = ("The customer was charged twice. ", "Say sorry first, ", "then say when the money is back.")

Ending = Literal["finish", "cut", "cut-after-done", "abort", "bad-json", "error-event"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An answer that is an error: its status, its words and its headers."""

    status: int
    message: str
    kind: str = "invalid_request_error"
    code: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """How a model answers. Delays are seconds; `stall_after` pieces nothing more comes, 0 meaning not even the head.

    `refusals` are given to the first requests for a prompt, one each; `refuse_always` to every request.
    """

    pieces: tuple[str, ...] = tuple(re.findall(r"\S+\s*", ANSWER))
    thinking: tuple[str, ...] = ()
    first_delay: float = 0.0
    delay: float = 0.0
    stall_after: int | None = None
    ending: Ending = "finish"
    finish: str = "stop"
    usage: bool = True
    cached_tokens: int = 0
    cost: float | None = None
    refusals: tuple[Refusal, ...] = ()
    refuse_always: Refusal | None = None

    @property
    def text(self) -> str:
        """Give the whole answer."""
        return "".join(self.pieces)


BUSY = Refusal(status=429, message="Rate limit reached.", kind="rate_limit_error", headers=(("retry-after", "0.2"),))
BROKEN = Refusal(status=500, message="The server had an error.", kind="server_error")
HALF = Script().pieces[:5]

SCRIPTS: dict[str, Script] = {
    "good": Script(),
    "status-400": Script(refuse_always=Refusal(status=400, message="Invalid value for 'temperature'.")),
    "status-401": Script(
        refuse_always=Refusal(status=401, message="Incorrect API key provided: sk-abcdefghijklmnop1234567890.")
    ),
    "status-402": Script(refuse_always=Refusal(status=402, message="Insufficient credits.")),
    "status-403": Script(refuse_always=Refusal(status=403, message="You may not use this model.")),
    "status-404": Script(
        refuse_always=Refusal(status=404, message="The model does not exist.", code="model_not_found")
    ),
    "status-422": Script(refuse_always=Refusal(status=422, message="Unprocessable.")),
    "status-503": Script(refuse_always=Refusal(status=503, message="Overloaded.", kind="server_error")),
    "rate-limit-once": Script(refusals=(BUSY,)),
    "rate-limit-always": Script(refuse_always=BUSY),
    "no-credit": Script(
        refuse_always=Refusal(
            status=429,
            message="You exceeded your current quota, please check your plan and billing details.",
            kind="insufficient_quota",
            code="insufficient_quota",
        )
    ),
    "fail-once": Script(refusals=(BROKEN,)),
    "fail-always": Script(refuse_always=BROKEN),
    "context-too-long": Script(
        refuse_always=Refusal(
            status=400,
            message="This model's maximum context length is 4096 tokens. Your messages resulted in 9000 tokens.",
            code="context_length_exceeded",
        )
    ),
    "content-refused": Script(
        refuse_always=Refusal(
            status=400,
            message="Your request was rejected as a result of our safety system: content_policy_violation.",
            code="content_policy_violation",
        )
    ),
    "redirect": Script(refuse_always=Refusal(status=307, message="", headers=(("location", "http://127.0.0.1:9/v1"),))),
    "stall-first": Script(stall_after=0),
    "stall-inside": Script(stall_after=5),
    "cut": Script(pieces=HALF, ending="cut"),
    "cut-after-done": Script(pieces=HALF, ending="cut-after-done"),
    "abort": Script(pieces=HALF, ending="abort"),
    "bad-json": Script(pieces=HALF, ending="bad-json"),
    "error-event": Script(pieces=HALF, ending="error-event"),
    "no-usage": Script(usage=False),
    "cached": Script(cached_tokens=3),
    "reports-cost": Script(cost=0.00123),
    "large": Script(pieces=("All work and no play makes a dull answer. 1234567.\n" * 40,) * 1024),
    "tiny": Script(pieces=("a", "b", "c ", "d") * 2500),
    "same": Script(pieces=("ha ",) * 500),
    "reasoning": Script(thinking=THOUGHTS),
    "think-tags": Script(pieces=("<thi", "nk>", *THOUGHTS, "</th", "ink>\n\n", *Script().pieces)),
    "length": Script(pieces=HALF, finish="length"),
    "filtered": Script(pieces=HALF, finish="content_filter"),
    "empty": Script(pieces=()),
    "slow": Script(first_delay=0.3, delay=0.1),
}


@lru_cache(maxsize=64)
def script_for(model: str) -> Script | None:
    """Give the script of a model's name, or None where no such model is served."""
    if timed := re.fullmatch(r"stream-(\d+)-(\d+(?:\.\d+)?)", model):
        pieces = tuple(f"word{number % 10} " for number in range(int(timed[1])))
        return Script(pieces=pieces, delay=float(timed[2]) / 1000)
    return SCRIPTS.get(model.removesuffix(":latest"))


def paced(script: Script, *, delay: float) -> Script:
    """Give the same script at another pace."""
    return replace(script, delay=delay)
