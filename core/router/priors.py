"""What is believed of a model before anything is known of the prompt: its price's rank, then its own record."""

import math
from collections.abc import Callable, Mapping, Sequence

from core.domain.model import ModelCard
from core.domain.route import RouteRequest
from core.router.lately import Lately
from core.router.reading import Belief, Reading
from core.store.model_scores import ModelScore

CHEAPEST, DEAREST, UNKNOWN = 0.45, 0.70, 0.50
"""Quality that the price alone suggests: of the cheapest, the dearest, and one without a price."""

MASS = 4.0
"""Judged runs that the price's suggestion counts for."""

NINETY = 1.645


def prior_of(card: ModelCard, cards: Sequence[ModelCard]) -> float:
    """Give the quality that a model's price suggests among these: providers ask more for what they hold for better."""
    prices = sorted({each.output_price for each in cards if each.output_price is not None})
    if card.output_price is None or not card.output_price:
        return UNKNOWN
    if len(prices) < 2:
        return DEAREST
    return CHEAPEST + (DEAREST - CHEAPEST) * prices.index(card.output_price) / (len(prices) - 1)


def belief_of(card: ModelCard, cards: Sequence[ModelCard], score: ModelScore | None) -> Belief:
    """Give what the price and the model's own record come to, with the interval of a share seen that often."""
    runs = score.runs if score else 0
    total = MASS * prior_of(card, cards) + (score.quality * runs if score else 0.0)
    quality = total / (MASS + runs)
    spread = NINETY * math.sqrt(quality * (1 - quality) / (1 + MASS + runs))
    return Belief(quality=quality, low=max(0.0, quality - spread), high=min(1.0, quality + spread), picks=runs)


class PriorReader:
    """A Reader that knows no prompt: every model's record over all judged runs, read at most twice a minute."""

    def __init__(self, scores: Callable[[], Mapping[str, ModelScore]]) -> None:
        """Keep who gives the records; nothing is read before the first question."""
        self._scores = Lately(scores)

    def read(self, request: RouteRequest, cards: Sequence[ModelCard], *, keep: float) -> Reading:
        """Give what is believed of these models whatever the prompt."""
        known = self._scores()
        return Reading(models={card.name: belief_of(card, cards, known.get(card.name)) for card in cards})

    @property
    def tasks(self) -> tuple[str, ...]:
        """Know no kinds."""
        return ()

    def representative(self, count: int) -> tuple[str, ...]:
        """Know no runs."""
        return ()

    def wait(self, seconds: float = 60.0) -> bool:
        """Have nothing to wait for."""
        return False
