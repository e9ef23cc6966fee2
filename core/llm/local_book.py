"""The models inside the app as the catalogue sees them: their cards, and the way to each."""

from collections.abc import Iterable
from typing import Protocol

from core.domain.local_model import LocalModelRecord
from core.domain.model import Connection, ModelCard, ModelStatus, Place, PriceState
from core.errors import UnknownModel
from core.llm.embedded import PROVIDER

HOST = "inside the app"


class LocalBook(Protocol):
    """Where the models inside the app are kept."""

    def ready(self) -> tuple[LocalModelRecord, ...]:
        """Give those that can be asked."""
        ...


class NoLocalModels:
    """A book with nothing in it: for the demo and for tests."""

    def ready(self) -> tuple[LocalModelRecord, ...]:
        """Give none."""
        return ()


def local_cards(book: LocalBook) -> Iterable[ModelCard]:
    """Give the card of each model inside the app: on this machine, without charge, up."""
    for each in book.ready():
        yield ModelCard(
            name=f"{PROVIDER}/{each.name}",
            label=each.name.rpartition("/")[2],
            place=Place.LOCAL,
            provider=PROVIDER,
            host=HOST,
            context_tokens=each.context_tokens,
            price_state=PriceState.FREE,
            status=ModelStatus.UP,
        )


def local_connection(book: LocalBook, name: str) -> Connection:
    """Give the way to a model inside the app: its folder. Raises UnknownModel."""
    for each in book.ready():
        if name == f"{PROVIDER}/{each.name}":
            return Connection(model=name, adapter_model=each.folder, place=Place.LOCAL, provider=PROVIDER, host=HOST)
    raise UnknownModel(
        f"The model {name!r} is not inside the app.", next_step="Fetch it under Settings, Models and keys."
    )
