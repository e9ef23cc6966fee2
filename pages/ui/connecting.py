"""Connecting a model, step by step: keep key and address, wait until its models are seen, have one of them asked.

The pages never call a model or a server themselves: they write down what is to be connected, the engine looks and asks.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from core.bootstrap import Services
from core.domain.endpoint import CUSTOM_PROVIDER
from core.domain.model import ModelCard, ModelStatus, Place, PriceState
from core.errors import BadAddress, InputError, NotFound
from core.llm.place import check_address, host_of, place_of
from core.llm.providers import Provider, known_providers
from core.runs.probe import ProbeResult
from pages.ui.connections import IN_APP, models_among

START_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 6.0
ASK_SECONDS: Final = 95.0
STEP_SECONDS: Final = 0.2
UNLISTED: Final = "default"
TAKEN: Final = frozenset({"simulated", "local", "ollama", "ollama_chat", "hosted_vllm"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """How far a connection test has come: what is being done, and the result once there is one."""

    doing: str
    result: ProbeResult | None = None
    card: ModelCard | None = None


def connect_provider(services: Services, provider: Provider, *, key: str, person: str) -> str:
    """Keep a provider's key for its one host and give the connection's name. Raises InputError, StoreError.

    Without a key the one in the environment counts, or the one that is kept already.
    """
    if key.strip():
        services.credentials.save(provider.id, host=provider.host, key=key)
    elif not key_source(services, provider):
        raise InputError("There is no key yet.", next_step=f"Paste the key that {provider.label} gave you.")
    services.endpoints.add(provider.id, provider=provider.id, person=person)
    return provider.id


def connect_server(services: Services, *, name: str, address: str, place: Place, key: str, person: str) -> str:
    """Keep a server's address, and its key where it needs one; give the connection's name.

    Raises InputError and its kinds for a name or an address that cannot be used, StoreError.
    """
    tidy = "-".join(name.split()).lower()
    if not tidy or "/" in tidy:
        raise InputError("A server needs a short name without a slash.", next_step="Type one, such as lab.")
    if tidy in TAKEN | {provider.id for provider in known_providers()}:
        raise InputError(f"The name {tidy} is taken by a provider.", next_step="Choose another, such as lab.")
    where = place_of(address, place)
    url = check_address(address, where)
    if key.strip():
        services.credentials.save(tidy, host=host_of(url), key=key)
    # Last, for this is what makes the engine look: with the key in place.
    services.endpoints.add(tidy, provider=CUSTOM_PROVIDER, base_url=url, place=where, person=person)
    return tidy


def disconnect(services: Services, name: str) -> None:
    """Forget a connection and its pasted key, or a model inside the app. Raises SettingsError, StoreError."""
    if name.startswith(IN_APP):
        services.local_models.remove(name.removeprefix(IN_APP))
        return
    services.credentials.remove(name)
    with suppress(NotFound):  # a key may be kept without a row
        services.endpoints.remove(name)


def key_source(services: Services, provider: Provider) -> str:
    """Give where a provider's key comes from: a variable's name, `file`, or nothing. Raises SettingsError."""
    return services.credentials.source_of(provider.id, variables=provider.key_names)


def usual_place(address: str) -> Place | None:
    """Give where an address is by itself, None while it is no address yet."""
    try:
        return place_of(address)
    except BadAddress:
        return None


def usual_name(address: str) -> str:
    """Give a short name for a server from its address: its host's first word, `here` for this machine."""
    try:
        host = host_of(address).rpartition(":")[0] or host_of(address)
    except BadAddress:
        return ""
    if place_of(address) is Place.LOCAL:
        return "here"
    return host.partition(".")[0] if not host.replace(".", "").isdigit() else "lab"


def models_of(services: Services, name: str) -> tuple[ModelCard, ...]:
    """Give the models of a connection that the engine has seen. Raises StoreError."""
    return models_among(services.known_models.all(), name)


def first_to_ask(cards: tuple[ModelCard, ...]) -> ModelCard | None:
    """Give the model that a test asks: one that is up, and the cheapest of those whose price is known."""

    def order(card: ModelCard) -> tuple[bool, bool, Decimal, str]:
        price = (card.input_price or Decimal(0)) + (card.output_price or Decimal(0))
        return card.status is not ModelStatus.UP, card.price_state is PriceState.UNPRICED, price, card.name

    return min(cards, key=order, default=None)


def try_out(services: Services, name: str, *, model: str = "", person: str = "") -> Iterator[Looked]:
    """Wait until the connection's models are seen, have one asked, and say along the way what is being done.

    The last value holds the result. Raises StoreError.
    """
    yield from _until(lambda: services.engine.status().state == "ready", START_SECONDS, "Starting the engine")
    card = None
    if not model:
        yield from _until(lambda: models_of(services, name), LOOK_SECONDS, "Looking for its models")
        card = first_to_ask(models_of(services, name))
    # A server that lists nothing is asked all the same: its refusal says what is wrong, and some take any name.
    asked = model or (card.name if card else f"{name}/{UNLISTED}")
    number = services.probes.ask(asked, person=person)
    yield from _until(lambda: services.probes.answer(number).state != "pending", ASK_SECONDS, f"Asking {asked}")
    result = services.probes.answer(number)
    if result.state == "pending":
        result = _engine_silent(services, asked)
    card = next((seen for seen in services.known_models.all() if seen.name == asked), card)
    yield Looked(doing="", result=result, card=card)


def _until(met: Callable[[], object], longest: float, doing: str) -> Iterator[Looked]:
    until = time.monotonic() + longest
    while not met() and time.monotonic() < until:
        yield Looked(doing=doing)
        time.sleep(STEP_SECONDS)


def _engine_silent(services: Services, model: str) -> ProbeResult:
    engine = services.engine.status()
    return ProbeResult(
        model=model,
        state="failed",
        message=engine.message or "The test was not answered in time.",
        next_step=engine.next_step or "Try again in a moment.",
    )
