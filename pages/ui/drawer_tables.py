"""The drawer's tables as Markdown: what each attempt cost and from which price, how fast it was, where it went."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from core.domain.money import Charge, CostState, PriceSource, TokenClass
from core.domain.run import AttemptRecord, AttemptState, RunRecord, ShotRecord
from pages.ui.answer_words import title_of
from pages.ui.palette import place_words
from pages.ui.text import safe_label
from pages.ui.words import (
    NO_CHARGE,
    NO_PRICE,
    NOTHING_YET,
    bytes_words,
    finish_words,
    money,
    seconds,
    speed,
    state_words,
)

TOKEN_WORDS = {
    TokenClass.INPUT: "in",
    TokenClass.CACHED_INPUT: "in, from the provider's cache",
    TokenClass.CACHE_WRITE_5M: "in, kept in the cache for 5 min",
    TokenClass.CACHE_WRITE_1H: "in, kept in the cache for 1 h",
    TokenClass.OUTPUT: "out",
    TokenClass.REASONING: "out, thinking",
    TokenClass.REQUEST: "per call",
}
SOURCE_WORDS = {
    PriceSource.OVERRIDE: "our own price",
    PriceSource.PROVIDER: "the provider's own sum",
    PriceSource.GENAI_PRICES: "price list genai-prices",
    PriceSource.LITELLM: "price list of litellm",
    PriceSource.SIMULATED: "made-up price of the demo",
    PriceSource.DECLARED_FREE: "declared free",
}

_STROKE = re.compile(r"(?<!\\)\|")
Attempts = Mapping[int, Sequence[AttemptRecord]]


def cost_table(record: RunRecord, attempts: Attempts, charges: Mapping[int, Sequence[Charge]]) -> str:
    """Give one row per attempt and kind of tokens: quantity, unit price per million, sum, and who says the price."""
    rows = []
    for shot in record.shots:
        for attempt in attempts.get(shot.id, ()):
            name = _attempt_name(shot, attempt)
            found = charges.get(attempt.id, ())
            if not found:
                rows.append((name, _tokens(attempt), "", _without_charges(attempt), ""))
            sources = [_source(charge) for charge in found]
            for place, charge in enumerate(found):
                repeated = place > 0 and sources[place] == sources[place - 1]
                rows.append((name if not place else "", *_charge_cells(charge), "" if repeated else sources[place]))
    return _table(("Answer", "Tokens", "Price per 1M", "Sum", "Price from"), rows, right=(2, 3))


def speed_table(record: RunRecord, attempts: Attempts) -> str:
    """Give one row per attempt: first word, whole time, tokens per second, how it ended."""
    rows = []
    for shot in record.shots:
        tried = attempts.get(shot.id, ())
        if not tried:
            rows.append(
                (safe_label(title_of(shot)), "", seconds(shot.total_ms), _speed_of(shot), safe_label(state_words(shot)))
            )
        for attempt in tried:
            last = attempt.number == max(each.number for each in tried)
            rows.append(
                (
                    _attempt_name(shot, attempt),
                    "" if attempt.ttft_ms is None else seconds(attempt.ttft_ms),
                    "" if attempt.total_ms is None else seconds(attempt.total_ms),
                    _speed_of(shot) if last else "",
                    _ending(attempt),
                )
            )
    return _table(("Answer", "First word", "Whole", "Tokens/s", "Ended"), rows, right=(1, 2, 3))


def way_table(record: RunRecord, attempts: Attempts) -> str:
    """Give one row per attempt: which place and host the prompt went to, and how many bytes."""
    rows = []
    for shot in record.shots:
        for attempt in attempts.get(shot.id, ()):
            host = safe_label(attempt.host) or "in this app"
            sent = bytes_words(attempt.request_bytes) if attempt.request_bytes else ""
            answered = safe_label(attempt.response_model)
            rows.append((_attempt_name(shot, attempt), place_words(attempt.place), host, sent, answered))
    return _table(("Answer", "Place", "Host", "Sent", "Answered by"), rows, right=(3,))


def per_million(price: Decimal) -> str:
    """Give the price of a million units in USD with all its digits: `$3.00`, `$0.075`."""
    text = f"{(price * 1_000_000).normalize():f}"
    whole, _, fraction = text.partition(".")
    return rf"\${whole}.{fraction.ljust(2, '0')}"


def exact_sum(amount: Decimal) -> str:
    """Give a charge with all the digits that matter, none lost to rounding."""
    text = f"{amount.normalize():f}"
    whole, _, fraction = text.partition(".")
    return rf"\${whole}.{fraction.ljust(4, '0')}"


def _source(charge: Charge) -> str:
    revision = f" {safe_label(charge.revision)}" if charge.revision else ""
    return f"{SOURCE_WORDS[charge.source]}{revision}"


def _charge_cells(charge: Charge) -> tuple[str, str, str]:
    free = charge.source is PriceSource.DECLARED_FREE
    per_call = charge.token_class is TokenClass.REQUEST
    price = per_million(charge.unit_price) if not per_call else exact_sum(charge.unit_price)
    return (
        f"{charge.quantity:,} {TOKEN_WORDS[charge.token_class]}",
        "" if free else f"{price}{' a call' if per_call else ''}",
        NO_CHARGE if free else exact_sum(charge.amount),
    )


def _without_charges(attempt: AttemptRecord) -> str:
    if attempt.cost_state is CostState.PENDING:
        return NOTHING_YET
    if attempt.cost_state is CostState.UNPRICED:
        return NO_PRICE if attempt.input_tokens or attempt.output_tokens else "nothing counted"
    return money(attempt.cost, attempt.cost_state).replace("$", r"\$").replace("~", r"\~")


def _tokens(attempt: AttemptRecord) -> str:
    if not attempt.input_tokens and not attempt.output_tokens:
        return ""
    return f"{attempt.input_tokens:,} in, {attempt.output_tokens:,} out"


def _attempt_name(shot: ShotRecord, attempt: AttemptRecord) -> str:
    again = f", attempt {attempt.number}" if shot.attempts > 1 or attempt.number > 1 else ""
    return safe_label(f"{title_of(shot)}{again}")


def _speed_of(shot: ShotRecord) -> str:
    return "" if shot.tokens_per_second is None else speed(shot.tokens_per_second)


def _ending(attempt: AttemptRecord) -> str:
    if attempt.state is AttemptState.DONE:
        return "done"
    if attempt.state is AttemptState.TRUNCATED:
        return finish_words(attempt.finish_reason) or "cut"
    words = {AttemptState.RUNNING: "going", AttemptState.CANCELLED: "stopped", AttemptState.INTERRUPTED: "interrupted"}
    return words.get(attempt.state) or safe_label(attempt.error_message) or "failed"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """Give a Markdown table; empty where there is nothing to tell."""
    if not rows:
        return ""
    marks = ["---:" if place in right else "---" for place in range(len(head))]
    lines = [head, marks, *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    """Give a cell whose strokes do not part it; an empty one keeps its place."""
    return _STROKE.sub(r"\|", text) or " "
