"""What is believed of the models on one prompt, and by whom: the port between the router and what it has learned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from core.domain.model import ModelCard
from core.domain.route import UNCLASSIFIED, Classified, Neighbour, RouteRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """What is believed of one model on a prompt: quality in [0, 1] with about a 90 % interval, and what is behind it.

    `picks` are judged runs with this model, `similar` those like this prompt, `won_or_tied` those of them it won or
    tied.
    """

    quality: float
    low: float
    high: float
    picks: int = 0
    similar: int = 0
    won_or_tied: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that is believed of one prompt. `similar` counts the judged runs like it.

    `price` is λ in quality per USD as calibrated for the wanted share of the best quality, None where nothing is
    learned yet. `best_single` is the model with the best record over all, `dominated` are those that no setting of the
    slider would choose. `early` says that too few runs were judged in all. `ready` is false where what was learned
    could not be asked in time.
    """

    models: Mapping[str, Belief]
    classified: Classified = UNCLASSIFIED
    neighbours: tuple[Neighbour, ...] = ()
    similar: int = 0
    price: float | None = None
    best_single: str | None = None
    dominated: frozenset[str] = field(default_factory=frozenset)
    early: bool = False
    ready: bool = True


class Reader(Protocol):
    """Who can say what is believed of a prompt."""

    def read(self, request: RouteRequest, cards: Sequence[ModelCard], *, keep: float) -> Reading:
        """Give what is believed of these models on this prompt, at once and without the network; never raises."""
        ...

    @property
    def tasks(self) -> tuple[str, ...]:
        """The kinds of prompt that this workspace's runs tell apart; empty where nothing is learned yet."""

    def representative(self, count: int) -> tuple[str, ...]:
        """Give the public ids of past judged runs that differ most in what they ask."""
        ...

    def wait(self, seconds: float = 60.0) -> bool:
        """Wait until what was learned is loaded; tells whether anything was."""
        ...
