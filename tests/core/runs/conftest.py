"""An engine in a thread on a scripted model, for one test."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from core.costs.estimate import Estimates
from core.costs.prices import Prices
from core.domain.model import Connection, ModelCard, ModelStatus, Place, PriceState
from core.domain.money import PriceSource, TokenClass, UnitPrice
from core.domain.run import RunPlan, RunRecord
from core.llm.port import ModelRequest
from core.llm.retry import RetryPolicy
from core.llm.scripted import Scripted, Step
from core.runs.engine import Engine, EngineParts
from core.runs.limits import Limits, Patience
from core.runs.live import LiveRuns
from core.runs.service import RunRules, Runs
from core.store.database import Database

QUICK = RetryPolicy(first=0.01, longest=0.02, draw=lambda: 1.0)
CALM = Patience(total=60.0, first_cloud=20.0, first_inside=20.0, stall=20.0)
HASTY = Patience(total=20.0, first_cloud=0.4, first_inside=0.8, stall=0.4)
"""Little patience: only for tests of silence, since a busy machine is silent too."""


class OneDollarAMillion:
    """A price list on which every token of a cloud model costs a millionth of a dollar, but not of `lab/unpriced`."""

    def unit_prices(self, model: str, provider: str, *, at: object, input_tokens: int) -> tuple[UnitPrice, ...] | None:
        if model.endswith("unpriced"):
            return None
        return tuple(
            UnitPrice(token_class=kind, per_unit=Decimal("0.000001"), source=PriceSource.GENAI_PRICES, revision="test")
            for kind in (TokenClass.INPUT, TokenClass.OUTPUT)
        )


def card(name: str, place: Place = Place.CLOUD, context_tokens: int | None = None) -> ModelCard:
    provider, _, rest = name.partition("/")
    state = PriceState.FREE if place.inside else PriceState.PRICED
    return ModelCard(
        name=name, label=rest.capitalize(), place=place, provider=provider, price_state=state,
        status=ModelStatus.UP, context_tokens=context_tokens,
    )  # fmt: skip


CARDS = {
    each.name: each
    for each in (
        card("lab/one"),
        card("lab/two"),
        card("other/three"),
        card("lab/unpriced"),
        card("home/small", Place.LOCAL, context_tokens=1000),
    )
}


def connect(name: str) -> Connection:
    known = CARDS[name]
    return Connection(model=name, adapter_model=name, place=known.place, provider=known.provider, host="127.0.0.1")


@dataclass
class Bench:
    """The engine and the services that meet it in one database."""

    database: Database
    model: Scripted
    runs: Runs
    live: LiveRuns
    parts: EngineParts
    engines: list[Engine] = field(default_factory=list)

    def start_engine(self) -> Engine:
        engine = Engine(self.parts)
        self.engines.append(engine)
        engine.start()
        return engine

    def start(self, *models: str, prompt: str = "Say something.", **plan: object) -> str:
        return self.runs.start(RunPlan(prompt=prompt, models=models or ("lab/one",), **plan))  # type: ignore[arg-type]

    def settled(self, public_id: str, *, seconds: float = 15.0) -> RunRecord:
        return self.until(public_id, lambda run: run.state.settled, seconds=seconds)

    def until(self, public_id: str, reached: Callable[[RunRecord], bool], *, seconds: float = 15.0) -> RunRecord:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            run = self.runs.record(public_id)
            if reached(run):
                return run
            time.sleep(0.01)
        raise AssertionError(f"not reached in {seconds} s: {self.runs.record(public_id)}")


@pytest.fixture
def hasty() -> Patience:
    return HASTY


MakeBench = Callable[..., Bench]


@pytest.fixture
def bench(database: Database) -> Iterator[MakeBench]:
    made: list[Bench] = []

    def make(
        script: Callable[[ModelRequest], Iterable[Step]],
        *,
        limits: Limits | None = None,
        patience: Patience = CALM,
        retry: RetryPolicy = QUICK,
        engine: bool = True,
    ) -> Bench:
        prices = Prices(database, lists=(OneDollarAMillion(),))
        count = Estimates(database).tokens_of
        model = Scripted(script)
        parts = EngineParts(
            database=database, model=model, connect=connect, book=prices, count=count,
            limits=limits or Limits(), patience=patience, retry=retry,
        )  # fmt: skip
        rules = RunRules(cards=lambda: CARDS, count=count, estimate=lambda _plan, _cards: Decimal("0.01"))
        one = Bench(database, model, Runs(database, rules), LiveRuns(database), parts)
        made.append(one)
        if engine:
            one.start_engine()
        return one

    yield make
    for one in made:
        for engine in one.engines:
            engine.stop()
