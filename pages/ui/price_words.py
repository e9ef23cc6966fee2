"""Prices in a person's words: per million tokens, who says so, from when. Pure text."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from core.costs.price_view import PriceRow
from core.domain.model import PriceState
from core.domain.money import PriceSource, TokenClass
from pages.ui.words import NO_CHARGE, NO_PRICE

MILLION: Final = Decimal(1_000_000)
CLASS_WORDS: Final = {
    TokenClass.INPUT: "input",
    TokenClass.CACHED_INPUT: "cached input",
    TokenClass.CACHE_WRITE_5M: "cache write, 5 min",
    TokenClass.CACHE_WRITE_1H: "cache write, 1 h",
    TokenClass.OUTPUT: "output",
    TokenClass.REASONING: "thinking",
    TokenClass.REQUEST: "each call",
    TokenClass.MACHINE_TIME: "machine time",
}
_SOURCES: Final = {
    PriceSource.OVERRIDE: "entered here",
    PriceSource.PROVIDER: "the provider",
    PriceSource.GENAI_PRICES: "genai-prices",
    PriceSource.LITELLM: "litellm's list",
    PriceSource.SIMULATED: "made up",
    PriceSource.DISCOUNT: "discount",
    PriceSource.DECLARED_FREE: "own machine",
}


def per_million(per_unit: Decimal, token_class: TokenClass = TokenClass.INPUT) -> str:
    """Give a unit price as people compare it: USD per million tokens, or per call; all its digits, at least cents."""
    amount = per_unit if token_class is TokenClass.REQUEST else per_unit * MILLION
    text = f"{amount.normalize():f}"
    whole, _, fraction = text.partition(".")
    return f"${whole}.{fraction.ljust(2, '0')}"


def class_words(token_class: str) -> str:
    """Give the word for a token class by its name in the ledger."""
    return CLASS_WORDS[TokenClass(token_class)] if token_class else ""


def source_words(source: PriceSource | None, revision: str) -> str:
    """Give who says what a token costs: `genai-prices 0.2.3`, `discount 4 off genai-prices 0.2.3`."""
    if source is None:
        return ""
    if source is PriceSource.DISCOUNT:
        number, _, of = revision.removeprefix("discount-").partition(" of ")
        return f"discount {number} off {of}"
    if source is PriceSource.OVERRIDE:
        return f"{_SOURCES[source]} ({revision})"
    return f"{_SOURCES[source]} {revision}".strip()


def since_words(moment: datetime | None) -> str:
    """Give the UTC day from which a price holds; empty where nobody knows."""
    return f"{moment.day} {moment:%b %Y}" if moment else ""


def row_of_model(rows: Sequence[PriceRow]) -> dict[str, str]:
    """Give one line of the table of prices from a model's rows: its classes side by side, and who says so."""
    first = rows[0]
    found = {"Model": first.label, "Input": "", "Cached input": "", "Output": "", "Others": ""}
    if first.state is PriceState.UNPRICED:
        found |= {"Input": NO_PRICE, "Output": NO_PRICE}
    elif first.state is PriceState.FREE:
        found |= {"Input": NO_CHARGE, "Output": NO_CHARGE}
    else:
        found |= _priced(rows)
    sources = dict.fromkeys(source_words(row.source, row.revision) for row in rows if row.source is not None)
    days = dict.fromkeys(since_words(row.valid_from) for row in rows if row.valid_from is not None)
    return found | {"Says who": ", ".join(sources), "Holds from": ", ".join(days)}


def _priced(rows: Sequence[PriceRow]) -> dict[str, str]:
    shown, others = {}, []
    heads = {TokenClass.INPUT: "Input", TokenClass.CACHED_INPUT: "Cached input", TokenClass.OUTPUT: "Output"}
    for row in rows:
        token_class = TokenClass(row.token_class)
        if row.per_unit is None or (row.per_hour is not None and not row.per_unit):
            continue
        words = per_million(row.per_unit, token_class)
        if token_class in heads:
            shown[heads[token_class]] = words
        else:
            others.append(f"{CLASS_WORDS[token_class]} {words}")
    if rows[0].per_hour is not None:
        others.append(f"${rows[0].per_hour.normalize():f} an hour")
    return shown | {"Others": ", ".join(others)}
