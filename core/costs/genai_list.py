"""Prices from genai-prices: the first list asked, because it knows what a model cost at an earlier time.

The package takes 0.2 s and 35 MB to import, so that happens at the first question and not before.
"""

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib.metadata import version
from typing import Any

from core.costs.ledger import EXACT
from core.costs.quote import bare_name, complete
from core.domain.money import PriceSource, TokenClass, UnitPrice

PROVIDERS = {
    "anthropic": "anthropic",
    "azure": "azure",
    "azure_ai": "azure",
    "baseten": "baseten",
    "bedrock": "aws",
    "bedrock_converse": "aws",
    "cerebras": "cerebras",
    "cloudflare": "cloudflare",
    "cohere": "cohere",
    "cohere_chat": "cohere",
    "databricks": "databricks",
    "deepseek": "deepseek",
    "fireworks_ai": "fireworks",
    "gemini": "google",
    "github_copilot": "github-copilot",
    "groq": "groq",
    "minimax": "minimax",
    "mistral": "mistral",
    "moonshot": "moonshotai",
    "novita": "novita",
    "openai": "openai",
    "openrouter": "openrouter",
    "ovhcloud": "ovhcloud",
    "perplexity": "perplexity",
    "together_ai": "together",
    "vertex_ai": "google",
    "xai": "x-ai",
    "zai": "zai",
}
"""litellm's name of a provider and this list's. Others are not asked for: the list would guess by the model's name."""

CLASSES: tuple[tuple[TokenClass, tuple[str, ...]], ...] = (
    (TokenClass.INPUT, ("input_mtok",)),
    (TokenClass.CACHED_INPUT, ("cache_read_mtok",)),
    (TokenClass.CACHE_WRITE_5M, ("cache_write_5m_mtok", "cache_write_mtok")),
    (TokenClass.CACHE_WRITE_1H, ("cache_write_1h_mtok",)),
    (TokenClass.OUTPUT, ("output_mtok",)),
    (TokenClass.REASONING, ("output_reasoning_mtok",)),
    (TokenClass.REQUEST, ("requests_kcount",)),
)
PER = {TokenClass.REQUEST: 1000}
PER_TOKEN = 1_000_000


class GenaiPrices:
    """The bundled genai-prices list; it makes no network call."""

    def unit_prices(
        self, model: str, provider: str, *, at: datetime, input_tokens: int
    ) -> tuple[UnitPrice, ...] | None:
        """Give the unit prices at that time for a request of that many input tokens, or None where unknown.

        A tier reprices the whole request: it counts from one token above its start.
        """
        info = _listed(model, provider)
        if info is None:
            return None
        listed = info.get_prices(at)
        revision = _revision()
        prices = tuple(
            UnitPrice(
                token_class=token_class,
                per_unit=EXACT.divide(amount, Decimal(PER.get(token_class, PER_TOKEN))),
                source=PriceSource.GENAI_PRICES,
                revision=revision,
            )
            for token_class, names in CLASSES
            if (amount := _first(listed, names, input_tokens)) is not None
        )
        return prices if complete(prices) else None

    def since(self, model: str, provider: str, *, at: datetime) -> date | None:
        """Give the day from which the prices hold that hold at a time; None where the list tells of no change."""
        info = _listed(model, provider)
        if info is None or not isinstance(info.prices, list):
            return None
        starts = [getattr(each.constraint, "start_date", None) for each in info.prices]
        return max((start for start in starts if isinstance(start, date) and start <= at.date()), default=None)


def _listed(model: str, provider: str) -> Any:
    """Give what the list knows of a model, or None."""
    if provider not in PROVIDERS:
        return None
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415 - heavy, and often not needed

    try:
        _, info = get_snapshot().find_provider_model(bare_name(model, provider), None, PROVIDERS[provider], None)
    except LookupError:
        return None
    return info


@cache
def _revision() -> str:
    return version("genai-prices")


def _first(listed: Any, names: tuple[str, ...], input_tokens: int) -> Decimal | None:
    for name in names:
        price = getattr(listed, name)
        if price is not None:
            return _tier(price, input_tokens)
    return None


def _tier(price: Any, input_tokens: int) -> Decimal:
    if isinstance(price, Decimal):
        return price
    reached = [tier.price for tier in price.tiers if input_tokens > tier.start]
    return Decimal(reached[-1] if reached else price.base)
