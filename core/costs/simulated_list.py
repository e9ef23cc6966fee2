"""Prices of the demo's made-up models, from the file that describes them."""

from datetime import datetime

from core.domain.money import UnitPrice
from core.errors import UnknownModel
from core.llm.simulated_models import PROVIDER, simulated_prices


class SimulatedPrices:
    """The made-up price list; it knows no other models."""

    def unit_prices(
        self, model: str, provider: str, *, at: datetime, input_tokens: int
    ) -> tuple[UnitPrice, ...] | None:
        """Give today's prices of a made-up model, or None where it is free or not one of them."""
        if provider != PROVIDER:
            return None
        try:
            return simulated_prices(model)
        except UnknownModel:
            return None
