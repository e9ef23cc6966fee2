"""What is connected: by a pasted key, by the environment, or by the address of a server."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from core.bootstrap import Services
from core.domain.model import ModelCard, Place

FILE: Final = "file"
PAGE: Final = "page"
IN_APP: Final = "inside the app: "
"""Begins the names of connections that are models inside the app, which no other connection's can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One connection as Settings shows it. `removable` is false for what the environment says."""

    name: str
    label: str
    place: Place
    address: str
    key: str
    models: int
    removable: bool


def connections_of(team: Services) -> tuple[Connection, ...]:
    """Give everything that is connected. Raises SettingsError, StoreError."""
    cards = team.known_models.all()
    return (*_providers(team, cards), *_servers(team, cards), *_in_app(team))


def models_among(cards: tuple[ModelCard, ...], name: str) -> tuple[ModelCard, ...]:
    """Give the models of one connection."""
    return tuple(card for card in cards if name in (card.endpoint, card.provider))


def _providers(team: Services, cards: tuple[ModelCard, ...]) -> Iterator[Connection]:
    rows = {record.provider for record in team.endpoints.active()}
    for state in team.catalogue.providers():
        provider = state.provider
        if state.connected or provider.id in rows:
            source = state.connected_by
            yield Connection(
                name=provider.id,
                label=provider.label,
                place=Place.CLOUD,
                address=provider.host,
                key={"": "no key", FILE: "key kept here"}.get(source, f"key in {source}"),
                models=len(models_among(cards, provider.id)),
                removable=source in ("", FILE),
            )


def _servers(team: Services, cards: tuple[ModelCard, ...]) -> Iterator[Connection]:
    kept = team.credentials.names()
    for server in team.catalogue.servers():
        seen = models_among(cards, server.name)
        if not seen and server.source == "OLLAMA_HOST":
            continue  # the address where an Ollama would be, if there were one
        yield Connection(
            name=server.name,
            label="Ollama" if server.name.startswith("ollama") else server.name,
            place=server.place,
            address=server.base_url,
            key="key kept here" if server.name in kept else "",
            models=len(seen),
            removable=server.source == PAGE,
        )


def _in_app(team: Services) -> Iterator[Connection]:
    for each in team.local_models.ready():
        yield Connection(
            name=f"{IN_APP}{each.name}",
            label=each.name,
            place=Place.LOCAL,
            address=each.folder,
            key="inside the app",
            models=1,
            removable=True,
        )
