"""The one port through which every model is asked: a request goes in, typed events stream out.

An adapter raises only `core.errors.ModelError` and its kinds. It makes one request a call and never retries.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from core.domain.model import Connection
from core.domain.run import FinishReason
from core.domain.usage import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    """One request to one model. `timeout` bounds connecting and each wait for more, in seconds.

    `seed` tells shots of one run apart (run's id, shot index, attempt number); only the simulated models read it.
    """

    connection: Connection
    prompt: str
    system: str = ""
    temperature: float = 0.7
    max_tokens: int = 4000
    timeout: float = 60.0
    seed: str = ""
    shot_index: int = 1
    attempt_number: int = 1


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the answer; never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class ThinkingDelta:
    """The next piece of the model's thinking, which is no part of the answer; never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class UsageReport:
    """The provider's own count of what the request used; comes at most once."""

    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """The end of a stream that ended with a reason; always the last event."""

    reason: FinishReason
    response_model: str = ""
    request_id: str = ""


StreamEvent = TextDelta | ThinkingDelta | UsageReport | Finish


class LanguageModel(Protocol):
    """What can answer a request."""

    def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        """Stream the answer; raise a ModelError where there is none, CutStream where it ends without a reason."""
        ...
