"""What an HTTP status means together with the provider's own words: several faults share the statuses 400 and 429."""

import email.utils
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from core.domain.model import Connection
from core.errors import (
    AccessDenied,
    ContentRefused,
    ContextTooLong,
    ModelError,
    ModelNotFound,
    NoCredit,
    ProviderFault,
    RateLimited,
    RequestRefused,
    Stalled,
    WrongKey,
)
from core.llm.redact import redact

OUT_OF_MONEY = re.compile(
    r"insufficient[_ ]quota|exceeded your current quota|credit balance|insufficient (?:credits?|balance|funds)|billing"
    r"|out of credits|payment required|purchase more credits",
    re.IGNORECASE,
)
BAD_KEY = re.compile(
    r"(?:incorrect|invalid|wrong|expired|not valid)[^.]{0,30}api[ _-]?key"
    r"|api[ _-]?key[^.]{0,40}(?:not valid|invalid|expired)",
    re.IGNORECASE,
)
TOO_LONG = re.compile(
    r"context[ _]length|maximum context|context window|context_length_exceeded|prompt is too long|too many tokens"
    r"|input is too long|exceeds? the (?:available )?context|n_ctx|max_model_len",
    re.IGNORECASE,
)
REFUSED_CONTENT = re.compile(
    r"content[_ ]policy|content[_ ]filter|safety system|content management policy|responsible ?ai|blocked by .*safety"
    r"|moderation",
    re.IGNORECASE,
)
BY_WORDS: tuple[tuple[frozenset[int], re.Pattern[str], type[ModelError]], ...] = (
    (frozenset({400, 403, 429}), OUT_OF_MONEY, NoCredit),
    (frozenset({400, 403}), BAD_KEY, WrongKey),
    (frozenset({400, 413, 422, 500}), TOO_LONG, ContextTooLong),
    (frozenset({400, 403, 422}), REFUSED_CONTENT, ContentRefused),
)
BY_STATUS: dict[int, type[ModelError]] = {
    401: WrongKey,
    402: NoCredit,
    403: AccessDenied,
    404: ModelNotFound,
    408: Stalled,
    409: ProviderFault,
    429: RateLimited,
}
MESSAGES: dict[type[ModelError], str] = {
    NoCredit: "The account with {who} has no credit left.",
    WrongKey: "{who} does not accept the key.",
    ContextTooLong: "Prompt and answer do not fit {model}.",
    ContentRefused: "{who} refuses the prompt by its content rules.",
    AccessDenied: "The key may not use {model} at {who}.",
    ModelNotFound: "{who} does not know {model}.",
    Stalled: "{who} gave up waiting.",
    RateLimited: "{who} asks for a pause.",
    ProviderFault: "{who} failed on its side (status {status}).",
    RequestRefused: "{who} refuses the request (status {status}).",
}


def from_status(
    status: int, words: str, connection: Connection, *, headers: Mapping[str, str] | None = None
) -> ModelError:
    """Give the error that a status and the provider's words stand for. `words` may hold secrets; `detail` will not."""
    detail = redact(words, connection.key)
    kind = _kind(status, detail)
    message = MESSAGES[kind].format(who=connection.host or connection.provider, model=connection.model, status=status)
    return kind(message, detail=detail, http_status=status, retry_after=retry_after(headers or {}))


def retry_after(headers: Mapping[str, str], *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> float | None:
    """Give the wait in seconds that a provider asks for: `retry-after-ms`, or `retry-after` in seconds or as a date."""
    lower = {str(name).lower(): str(value) for name, value in headers.items()}
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = lower.get(name) or lower.get(f"llm_provider-{name}")
        if value is None:
            continue
        try:
            return max(0.0, float(value) * unit)
        except ValueError:
            moment = email.utils.parsedate_tz(value)
            if moment is not None:
                return max(0.0, email.utils.mktime_tz(moment) - now().timestamp())
    return None


def _kind(status: int, words: str) -> type[ModelError]:
    for statuses, pattern, kind in BY_WORDS:
        if status in statuses and pattern.search(words):
            return kind
    return BY_STATUS.get(status, ProviderFault if status >= 500 else RequestRefused)
