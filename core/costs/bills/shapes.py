"""The forms in which providers tell what they billed, each with its own units.

OpenAI gives dollars as a number, Anthropic **cents as a decimal string** ("123.45" is $1.23), OpenRouter dollars as a
number. All are read as decimals, never as floats. Whatever is not as it should be is named by its place in the file.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from core.costs.bills.lines import GROUPED_BY, BilledLine, BillSource
from core.domain.money import TokenClass
from core.errors import UnreadableFile

OPENAI_CLASSES = {
    "input_tokens": TokenClass.INPUT, "input": TokenClass.INPUT, "cached_input_tokens": TokenClass.CACHED_INPUT,
    "cached input": TokenClass.CACHED_INPUT, "input_cached_tokens": TokenClass.CACHED_INPUT,
    "output_tokens": TokenClass.OUTPUT, "output": TokenClass.OUTPUT,
}  # fmt: skip
OPENAI_UNITS = {"tokens": 1, "1000_tokens": 1000}
ANTHROPIC_CLASSES = {
    "uncached_input_tokens": TokenClass.INPUT, "cache_read_input_tokens": TokenClass.CACHED_INPUT,
    "cache_creation.ephemeral_5m_input_tokens": TokenClass.CACHE_WRITE_5M,
    "cache_creation.ephemeral_1h_input_tokens": TokenClass.CACHE_WRITE_1H, "output_tokens": TokenClass.OUTPUT,
}  # fmt: skip
CENTS = Decimal(100)


def openai_lines(page: Mapping[str, Any]) -> Iterator[BilledLine]:
    """Read a page of OpenAI's organization/costs. Raises UnreadableFile."""
    for place, bucket in _items(page, "data", "data"):
        day = _unix_day(_get(bucket, "start_time", f"{place}.start_time"), f"{place}.start_time")
        days = max(1, (_unix_day(_get(bucket, "end_time", place), f"{place}.end_time") - day).days)
        for at, found in _items(bucket, "results", f"{place}.results"):
            amount = _get(found, "amount", f"{at}.amount")
            item = str(found.get("line_item") or "")
            model, _, kind = item.rpartition(", ")
            scale = OPENAI_UNITS.get(str(found.get("quantity_unit")))
            quantity = found.get("quantity")
            yield BilledLine(
                source=BillSource.OPENAI,
                provider="openai",
                day=day,
                days=days,
                model=f"openai/{model}" if model else "",
                token_class=OPENAI_CLASSES.get(kind) if model else None,
                quantity=None if scale is None or quantity is None else int(_money(quantity, at) * scale),
                amount=_money(_get(amount, "value", f"{at}.amount.value"), f"{at}.amount.value"),
                currency=str(amount.get("currency") or "usd").upper(),
                what=item,
                key=_key(found, *GROUPED_BY[BillSource.OPENAI]),
                raw=found,
            )


def anthropic_lines(page: Mapping[str, Any]) -> Iterator[BilledLine]:
    """Read a page of Anthropic's cost_report; amounts are cents. Raises UnreadableFile."""
    for place, bucket in _items(page, "data", "data"):
        day = _day(_get(bucket, "starting_at", f"{place}.starting_at"), f"{place}.starting_at")
        days = max(1, (_day(_get(bucket, "ending_at", place), f"{place}.ending_at") - day).days)
        for at, found in _items(bucket, "results", f"{place}.results"):
            model, kind = str(found.get("model") or ""), str(found.get("token_type") or "")
            yield BilledLine(
                source=BillSource.ANTHROPIC,
                provider="anthropic",
                day=day,
                days=days,
                model=f"anthropic/{model}" if model else "",
                token_class=ANTHROPIC_CLASSES.get(kind),
                amount=_money(_get(found, "amount", f"{at}.amount"), f"{at}.amount") / CENTS,
                currency=str(found.get("currency") or "USD").upper(),
                what=str(found.get("description") or found.get("cost_type") or ""),
                key=_key(found, *GROUPED_BY[BillSource.ANTHROPIC]),
                raw=found,
            )  # fmt: skip


def openrouter_lines(page: Mapping[str, Any]) -> Iterator[BilledLine]:
    """Read OpenRouter's activity; what an own key paid upstream is no part of it. Raises UnreadableFile."""
    for at, found in _items(page, "data", "data"):
        model = str(_get(found, "model", f"{at}.model"))
        tokens = [found.get("prompt_tokens"), found.get("completion_tokens")]
        yield BilledLine(
            source=BillSource.OPENROUTER,
            provider="openrouter",
            day=_day(_get(found, "date", f"{at}.date"), f"{at}.date"),
            model=f"openrouter/{model}",
            quantity=None if None in tokens else sum(int(each or 0) for each in tokens),
            amount=_money(_get(found, "usage", f"{at}.usage"), f"{at}.usage"),
            what=f"{model} at {found.get('provider_name') or 'any provider'}",
            key=_key(found, "model", "model_permaslug", "endpoint_id", "provider_name"),
            raw=found,
        )


SHAPES: Mapping[BillSource, Callable[[Mapping[str, Any]], Iterator[BilledLine]]] = {
    BillSource.OPENAI: openai_lines,
    BillSource.ANTHROPIC: anthropic_lines,
    BillSource.OPENROUTER: openrouter_lines,
}


def shape_of(page: Any) -> BillSource | None:
    """Tell whose form a JSON page has by its first entry; None where it is nobody's."""
    entries = page.get("data") if isinstance(page, Mapping) else None
    first = entries[0] if isinstance(entries, list) and entries else None
    if not isinstance(first, Mapping):
        return None
    if "starting_at" in first:
        return BillSource.ANTHROPIC
    if "start_time" in first:
        return BillSource.OPENAI
    return BillSource.OPENROUTER if "date" in first and "usage" in first else None


def _items(holder: Mapping[str, Any], name: str, place: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    entries = _get(holder, name, place)
    if not isinstance(entries, list):
        raise _wrong(place, "is no list")
    for number, entry in enumerate(entries):
        if not isinstance(entry, Mapping):
            raise _wrong(f"{place}[{number}]", "is no object")
        yield f"{place}[{number}]", entry


def _get(holder: Any, name: str, place: str) -> Any:
    if not isinstance(holder, Mapping) or holder.get(name) is None:
        raise _wrong(place, "is missing")
    return holder[name]


def _money(value: Any, place: str) -> Decimal:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise _wrong(place, f"is no number: {value!r}") from None
    if not amount.is_finite():
        raise _wrong(place, f"is no number: {value!r}")
    return amount


def _unix_day(value: Any, place: str) -> date:
    try:
        return datetime.fromtimestamp(int(value), tz=UTC).date()
    except (ValueError, TypeError, OverflowError, OSError):
        raise _wrong(place, f"is no time: {value!r}") from None


def _day(value: Any, place: str) -> date:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise _wrong(place, f"is no time: {value!r}") from None
    return (moment.astimezone(UTC) if moment.tzinfo else moment).date()


def _key(found: Mapping[str, Any], *names: str) -> tuple[str, ...]:
    return tuple("" if found.get(name) is None else str(found[name]) for name in names)


def _wrong(place: str, why: str) -> UnreadableFile:
    return UnreadableFile(
        f"The bill cannot be read: {place} {why}.", next_step="Nothing was changed. Fetch or export the bill again."
    )
