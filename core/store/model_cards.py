"""How a model's card stands in a JSON column; one place for writer and reader."""

from decimal import Decimal
from typing import Any

from core.domain.model import Capability, ModelCard, ModelStatus, Place, PriceState


def card_to_json(card: ModelCard) -> dict[str, Any]:
    """Give a card as an object for a JSON column; prices are text, so that no digit is lost."""
    return {
        "name": card.name,
        "label": card.label,
        "place": card.place,
        "provider": card.provider,
        "host": card.host,
        "endpoint": card.endpoint,
        "context_tokens": card.context_tokens,
        "max_output_tokens": card.max_output_tokens,
        "capabilities": sorted(card.capabilities),
        "price_state": card.price_state,
        "input_price": _text(card.input_price),
        "output_price": _text(card.output_price),
        "status": card.status,
        "status_reason": card.status_reason,
        "median_seconds": card.median_seconds,
    }


def card_from_json(value: dict[str, Any]) -> ModelCard:
    """Read a card; capabilities of a later version are left out. Raises KeyError and ValueError for anything else."""
    known = {capability.value for capability in Capability}
    return ModelCard(
        name=value["name"],
        label=value["label"],
        place=Place(value["place"]),
        provider=value["provider"],
        host=value["host"],
        endpoint=value["endpoint"],
        context_tokens=value["context_tokens"],
        max_output_tokens=value["max_output_tokens"],
        capabilities=frozenset(Capability(name) for name in value["capabilities"] if name in known),
        price_state=PriceState(value["price_state"]),
        input_price=_price(value["input_price"]),
        output_price=_price(value["output_price"]),
        status=ModelStatus(value["status"]),
        status_reason=value["status_reason"],
        median_seconds=value["median_seconds"],
    )


def _text(price: Decimal | None) -> str | None:
    return None if price is None else str(price)


def _price(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
