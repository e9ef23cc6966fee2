"""The five made-up models of the demo: their names, where they pretend to run, how fast and how dear they are."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from core.domain.model import Capability, Connection, ModelCard, ModelStatus, Place, PriceState
from core.domain.money import PriceSource, TokenClass, UnitPrice
from core.errors import UnknownModel
from core.settings import ROOT

PROVIDER = "simulated"
DEMO_FILES = ROOT / "data" / "demo"
MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPrice:
    """What a model costs in USD per million tokens, and which price list says so."""

    input: Decimal
    output: Decimal
    revision: str

    def unit_prices(self) -> tuple[UnitPrice, ...]:
        """Give the price of one token of each class."""
        return tuple(
            UnitPrice(
                token_class=token_class, per_unit=price / MILLION, source=PriceSource.SIMULATED, revision=self.revision
            )
            for token_class, price in ((TokenClass.INPUT, self.input), (TokenClass.OUTPUT, self.output))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedModel:
    """One made-up model. `first_word` is in seconds; `price` is None where nothing is charged."""

    name: str
    label: str
    line: str
    place: Place
    host: str
    context_tokens: int
    max_output_tokens: int
    thinking: bool
    first_word: float
    slow_first_word: float | None
    tokens_per_second: float
    median_seconds: float
    price: ListPrice | None
    earlier_price: ListPrice | None

    @property
    def full_name(self) -> str:
        """Give the name by which runs know the model."""
        return f"{PROVIDER}/{self.name}"


@cache
def simulated_models(path: Path = DEMO_FILES / "models.toml") -> tuple[SimulatedModel, ...]:
    """Give the made-up models in the order of the file."""
    with path.open("rb") as file:
        return tuple(_model(entry) for entry in tomllib.load(file)["model"])


def simulated_model(name: str) -> SimulatedModel:
    """Give one model by `sage` or `simulated/sage`. Raises UnknownModel."""
    short = name.removeprefix(f"{PROVIDER}/")
    for model in simulated_models():
        if model.name == short:
            return model
    raise UnknownModel(f"No simulated model is called {name!r}.")


def simulated_prices(name: str) -> tuple[UnitPrice, ...] | None:
    """Give today's price of one input and one output token in USD; None where the model is declared free.

    Raises UnknownModel.
    """
    price = simulated_model(name).price
    return price.unit_prices() if price else None


def connection_for(name: str) -> Connection:
    """Give the way to a simulated model: no address and no key, as nothing is called. Raises UnknownModel."""
    model = simulated_model(name)
    return Connection(
        model=model.full_name, adapter_model=model.name, place=model.place, provider=PROVIDER, host=model.host
    )


def simulated_cards() -> tuple[ModelCard, ...]:
    """Give what the picker shows of each simulated model; they are always up."""
    return tuple(_card(model) for model in simulated_models())


def _card(model: SimulatedModel) -> ModelCard:
    return ModelCard(
        name=model.full_name,
        label=model.label,
        place=model.place,
        provider=PROVIDER,
        host=model.host,
        context_tokens=model.context_tokens,
        max_output_tokens=model.max_output_tokens,
        capabilities=frozenset({Capability.THINKING} if model.thinking else ()),
        price_state=PriceState.PRICED if model.price else PriceState.FREE,
        input_price=model.price.input if model.price else None,
        output_price=model.price.output if model.price else None,
        status=ModelStatus.UP,
        median_seconds=model.median_seconds,
    )


def _model(entry: Mapping[str, Any]) -> SimulatedModel:
    return SimulatedModel(
        name=entry["name"],
        label=entry["label"],
        line=entry["line"],
        place=Place(entry["place"]),
        host=entry["host"],
        context_tokens=entry["context_tokens"],
        max_output_tokens=entry["max_output_tokens"],
        thinking=entry.get("thinking", False),
        first_word=entry["first_word"],
        slow_first_word=entry.get("slow_first_word"),
        tokens_per_second=entry["tokens_per_second"],
        median_seconds=entry["median_seconds"],
        price=_price(entry),
        earlier_price=_price(entry.get("earlier_price", {})),
    )


def _price(entry: Mapping[str, Any]) -> ListPrice | None:
    if "input_price" not in entry:
        return None
    return ListPrice(
        input=Decimal(entry["input_price"]), output=Decimal(entry["output_price"]), revision=entry["revision"]
    )
