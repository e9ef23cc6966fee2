"""Fetching a bill from a provider with an admin key, page by page; only when somebody asks for it.

The key goes to the provider's own host and nowhere else: no redirect is followed.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from core.costs.bills.lines import BilledLine, BillSource
from core.costs.bills.reading import pages_lines
from core.errors import (
    AccessDenied,
    BrokenAnswer,
    ModelError,
    ProviderFault,
    RateLimited,
    RequestRefused,
    Unreachable,
    WrongKey,
)

if TYPE_CHECKING:
    import httpx

SECONDS = 30.0
MOST_PAGES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingApi:
    """Where a provider tells its bill, which variable holds the admin key, and how both are sent."""

    source: BillSource
    label: str
    host: str
    path: str
    key_name: str
    headers: Callable[[str], Mapping[str, str]]
    query: Callable[[date, date], list[tuple[str, str]]]
    paged: bool = True


def _bearer(key: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {key}"}


def _anthropic_headers(key: str) -> Mapping[str, str]:
    return {"x-api-key": key, "anthropic-version": "2023-06-01"}


def _openai_query(first: date, last: date) -> list[tuple[str, str]]:
    start, end = _midnight(first), _midnight(last + timedelta(days=1))
    return [
        ("start_time", str(int(start.timestamp()))), ("end_time", str(int(end.timestamp()))), ("bucket_width", "1d"),
        ("group_by[]", "line_item"), ("group_by[]", "project_id"), ("limit", "180"),
    ]  # fmt: skip


def _anthropic_query(first: date, last: date) -> list[tuple[str, str]]:
    return [
        ("starting_at", f"{first.isoformat()}T00:00:00Z"),
        ("ending_at", f"{(last + timedelta(days=1)).isoformat()}T00:00:00Z"), ("bucket_width", "1d"),
        ("group_by[]", "workspace_id"), ("group_by[]", "description"), ("limit", "31"),
    ]  # fmt: skip


APIS = {
    "openai": BillingApi(
        source=BillSource.OPENAI, label="OpenAI", host="https://api.openai.com", path="/v1/organization/costs",
        key_name="OPENAI_ADMIN_KEY", headers=_bearer, query=_openai_query,
    ),
    "anthropic": BillingApi(
        source=BillSource.ANTHROPIC, label="Anthropic", host="https://api.anthropic.com",
        path="/v1/organizations/cost_report", key_name="ANTHROPIC_ADMIN_KEY", headers=_anthropic_headers,
        query=_anthropic_query,
    ),
    "openrouter": BillingApi(
        source=BillSource.OPENROUTER, label="OpenRouter", host="https://openrouter.ai", path="/api/v1/activity",
        key_name="OPENROUTER_MANAGEMENT_KEY", headers=_bearer, query=lambda _first, _last: [], paged=False,
    ),
}  # fmt: skip


def fetch_bill(provider: str, key: str, *, first: date, last: date, host: str | None = None) -> tuple[BilledLine, ...]:
    """Fetch what a provider (a name of `APIS`) billed from `first` to `last`, UTC days, both in.

    `host` stands in for the provider's own address in tests. Raises WrongKey, AccessDenied, RateLimited, Unreachable,
    ProviderFault, RequestRefused, BrokenAnswer, or UnreadableFile where the answer is not of the provider's form.
    """
    api = APIS[provider]
    found = pages_lines(list(_pages(api, key, first, last, host or api.host)))
    return tuple(line for line in found if first <= line.day <= last)


def _pages(api: BillingApi, key: str, first: date, last: date, host: str) -> Iterator[Any]:
    import httpx  # noqa: PLC0415 - pages load this module, and few ever fetch

    page: str | None = None
    with httpx.Client(
        timeout=SECONDS, follow_redirects=False, headers=dict(api.headers(key)), trust_env=False
    ) as client:
        for _ in range(MOST_PAGES):
            query: list[tuple[str, str | int | float | bool | None]] = [*api.query(first, last)]
            query += [("page", page)] if page else []
            try:
                answer = client.get(f"{host}{api.path}", params=query)
            except httpx.HTTPError as error:
                raise Unreachable(
                    f"{api.label} cannot be reached for its bill.", detail=type(error).__name__
                ) from error
            found = _body(api, answer)
            yield found
            page = found.get("next_page") if api.paged and found.get("has_more") else None
            if not page:
                return
    raise BrokenAnswer(f"{api.label}'s bill has more than {MOST_PAGES} pages.", next_step="Fetch a shorter period.")


def _body(api: BillingApi, answer: "httpx.Response") -> Mapping[str, Any]:
    if answer.status_code != 200:
        raise _refused(api, answer.status_code)
    try:
        found = json.loads(answer.text, parse_float=Decimal)
    except json.JSONDecodeError as error:
        raise BrokenAnswer(f"{api.label} sent no JSON for its bill.", detail=str(error)) from error
    if not isinstance(found, Mapping):
        raise BrokenAnswer(f"{api.label} sent something unexpected for its bill.")
    return found


def _refused(api: BillingApi, status: int) -> ModelError:
    step = f"An admin key is needed ({api.key_name}); one for asking models is not enough."
    if status == 401:
        return WrongKey(f"{api.label} does not accept the key.", next_step=step, http_status=status)
    if status == 403:
        return AccessDenied(f"The key may not read {api.label}'s bill.", next_step=step, http_status=status)
    if status == 429:
        return RateLimited(f"{api.label} asks for a pause.", next_step="Try again in a minute.", http_status=status)
    if status >= 500:
        return ProviderFault(f"{api.label} failed on its side ({status}).", http_status=status)
    return RequestRefused(f"{api.label} refused to tell its bill ({status}).", next_step=step, http_status=status)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
