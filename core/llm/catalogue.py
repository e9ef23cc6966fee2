"""Every model that can be asked, and how: what is configured, what was discovered and what is known, joined.

Prices are joined elsewhere: a card is made FREE where it runs inside, and UNPRICED otherwise.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from time import monotonic

from core.domain.model import Connection, ModelCard, ModelStatus, Place, PriceState
from core.errors import MissingKey, UnknownModel
from core.llm.credentials import Credentials
from core.llm.discovery import Found, FoundModel, look_at_ollama, look_at_openai, look_at_well_known
from core.llm.litellm_map import chat_models, mapped
from core.llm.place import host_of, place_of
from core.llm.providers import Provider, known_providers, provider_of
from core.llm.servers import EndpointBook, NoEndpoints, Server, named_servers
from core.settings import Settings

SECONDS_BETWEEN_LISTS = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderState:
    """A provider that can be connected, and by what it is: a variable's name, `file`, or nothing."""

    provider: Provider
    connected_by: str

    @property
    def connected(self) -> bool:
        """Tell whether its models can be asked."""
        return bool(self.connected_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerState:
    """A named server as it was last seen. `reason` says why it is not up; both are empty before the first look."""

    name: str
    base_url: str
    place: Place
    source: str
    up: bool
    reason: str
    models: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A server that was found at a well-known address of this machine and is not used until somebody connects it."""

    label: str
    base_url: str
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Account:
    """A provider with what is needed to ask it."""

    provider: Provider
    host: str
    api_base: str | None
    place: Place
    connected_by: str
    key: str | None = field(default=None, repr=False)


class Catalogue:
    """What can be asked in one workspace. With `simulated` cards given (the demo) there is nothing else.

    `refresh` looks around; everything else answers at once from what it saw last. Safe to read from any thread.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        credentials: Credentials,
        environ: Mapping[str, str],
        book: EndpointBook | None = None,
        simulated: tuple[ModelCard, ...] = (),
    ) -> None:
        """Look at nothing yet."""
        self._settings = settings
        self._credentials = credentials
        self._environ = environ
        self._book = book or NoEndpoints()
        self._simulated = simulated
        self._seen: dict[str, Found] = {}
        self._offers: tuple[Offer, ...] = ()
        self._listed_at: dict[str, float] = {}

    async def refresh(self) -> None:
        """Ask every named server, and the well-known loopback ports, what they have; providers' own lists hourly."""
        if self._simulated:
            return
        servers = self._servers()
        accounts = [account for account in self._accounts() if self._list_is_due(account)]
        found, offers = await asyncio.gather(
            asyncio.gather(*(_look(server) for server in servers), *(_ask_for_list(account) for account in accounts)),
            look_at_well_known([server.base_url for server in servers]),
        )
        names = [server.name for server in servers] + [account.provider.id for account in accounts]
        self._seen = self._seen | {name: self._kept(name, seen) for name, seen in zip(names, found, strict=True)}
        self._offers = tuple(
            Offer(label=label, base_url=seen.base_url, models=tuple(model.name for model in seen.models))
            for label, seen in offers
        )

    def look(self) -> None:
        """Do the same as `refresh` from where no event loop runs."""
        asyncio.run(self.refresh())

    def remember(self, cards: Iterable[ModelCard]) -> None:
        """Take over what an earlier process saw, so that a server which is down now keeps its models on the list."""
        models: dict[str, list[FoundModel]] = {}
        for card in cards:
            if card.endpoint is not None and card.endpoint not in self._seen:
                short = card.name.removeprefix(f"{card.endpoint}/")
                models.setdefault(card.endpoint, []).append(
                    FoundModel(name=short, context_tokens=card.context_tokens, capabilities=card.capabilities)
                )
        known = {server.name: server for server in self._servers()}
        for name, remembered in models.items():
            if name in known:
                self._seen[name] = Found(
                    base_url=known[name].base_url, models=tuple(remembered), reason="Not looked at yet."
                )

    def cards(self) -> tuple[ModelCard, ...]:
        """Give the card of every model that can be asked, a server's that is down included. Raises SettingsError."""
        return tuple({card.name: card for card in self._cards()}.values())

    def card(self, name: str) -> ModelCard:
        """Give one model's card; of a connected provider also one that nobody lists. Raises UnknownModel."""
        for card in self._cards():
            if card.name == name:
                return card
        account = self._account_of(name)
        if account is not None and account.connected_by:
            return _mapped_card(name, account)
        raise UnknownModel(f"No connected provider or server has a model {name!r}.")

    def connection(self, name: str) -> Connection:
        """Give the way to a model. Asks nobody. Raises UnknownModel, MissingKey, SettingsError."""
        if self._simulated:
            return _simulated_connection(name, self._simulated)
        prefix, _, model = name.partition("/")
        for server in self._servers():
            if server.name == prefix and model:
                return server.connection(model)
        account = self._account_of(name)
        if account is None:
            raise UnknownModel(f"No connected provider or server has a model {name!r}.")
        if not account.connected_by:
            raise MissingKey(f"No key is known for {account.provider.label}.")
        return Connection(
            model=name,
            adapter_model=name,
            place=account.place,
            provider=account.provider.id,
            host=account.host,
            api_base=account.api_base,
            key=account.key,
            needs_key=True,
        )

    def providers(self) -> tuple[ProviderState, ...]:
        """Give the providers that can be connected, and those of the environment that the table does not name."""
        return tuple(
            ProviderState(provider=account.provider, connected_by=account.connected_by) for account in self._accounts()
        )

    def servers(self) -> tuple[ServerState, ...]:
        """Give the named servers as they were last seen."""
        states = []
        for server in self._servers():
            seen = self._seen.get(server.name)
            states.append(
                ServerState(
                    name=server.name,
                    base_url=server.base_url,
                    place=server.place,
                    source=server.source,
                    up=seen is not None and seen.up,
                    reason=seen.reason if seen is not None else "",
                    models=len(seen.models) if seen is not None else 0,
                )
            )
        return tuple(states)

    def offers(self) -> tuple[Offer, ...]:
        """Give what was found on this machine and is not connected."""
        return self._offers

    def _cards(self) -> Iterator[ModelCard]:
        if self._simulated:
            yield from self._simulated
            return
        for server in self._servers():
            seen = self._seen.get(server.name)
            if seen is not None:
                yield from (_server_card(server, seen, model) for model in seen.models)
        for account in self._accounts():
            if account.connected_by:
                yield from self._account_cards(account)

    def _account_cards(self, account: _Account) -> Iterator[ModelCard]:
        provider = account.provider
        for map_name in provider.map_names if provider.listed else ():
            for model in chat_models().get(map_name, ()):
                yield _mapped_card(model.name, account)
        listed = self._seen.get(provider.id)
        for found in listed.models if listed is not None else ():
            card = _mapped_card(f"{provider.id}/{found.name}", account)
            yield card if card.context_tokens else replace(card, context_tokens=found.context_tokens)

    def _servers(self) -> tuple[Server, ...]:
        return () if self._simulated else named_servers(self._settings, self._credentials, self._book, self._environ)

    def _accounts(self) -> Iterator[_Account]:
        table = known_providers()
        own = {provider.id for provider in table}
        others = [provider_of(name) for name in chat_models() if name and name not in own]
        named = [provider for provider in others if any(self._environ.get(name) for name in provider.key_names)]
        rows = {row.provider: row.base_url for row in self._book.active() if row.base_url and not row.custom}
        for provider in (*table, *named):
            yield self._account(provider, rows.get(provider.id))

    def _account(self, provider: Provider, typed: str | None) -> _Account:
        """Give a provider's account. A key of the environment goes only where the environment, or litellm, sends it."""
        base = typed or provider.base_from(self._environ)
        host = host_of(base) if base else provider.host
        variables = () if typed else provider.key_names
        key = self._credentials.key_for(provider.id, host=host, variables=variables)
        source = self._credentials.source_of(provider.id, variables=variables) if key else ""
        place = place_of(base) if base else Place.CLOUD
        return _Account(provider=provider, host=host, api_base=base, place=place, connected_by=source, key=key)

    def _account_of(self, name: str) -> _Account | None:
        prefix, _, model = name.partition("/")
        if not model or self._simulated:
            return None
        return next((account for account in self._accounts() if account.provider.id == prefix), None)

    def _list_is_due(self, account: _Account) -> bool:
        if not account.connected_by or not account.provider.models_url:
            return False
        last = self._listed_at.get(account.provider.id)
        due = last is None or monotonic() - last > SECONDS_BETWEEN_LISTS
        if due:
            self._listed_at[account.provider.id] = monotonic()
        return due

    def _kept(self, name: str, seen: Found) -> Found:
        """Keep the models that a server had when it was last up."""
        before = self._seen.get(name)
        return seen if seen.up or before is None else replace(seen, models=before.models)


async def _look(server: Server) -> Found:
    if server.speaks_ollama:
        return await look_at_ollama(server.base_url, place=server.place)
    return await look_at_openai(server.base_url, place=server.place, key=server.key)


async def _ask_for_list(account: _Account) -> Found:
    """Ask a provider for its list; at an address of the environment's where there is one, for there the key belongs."""
    url = account.api_base or account.provider.models_url.removesuffix("/models")
    return await look_at_openai(url, place=account.place, key=account.key)


def _server_card(server: Server, seen: Found, model: FoundModel) -> ModelCard:
    short = model.name.removesuffix(":latest") if server.speaks_ollama else model.name
    place = server.place_of_model(model.name, remote=model.remote)
    return ModelCard(
        name=f"{server.name}/{short}",
        label=short.rpartition("/")[2],
        place=place,
        provider=server.name,
        host=server.host,
        endpoint=server.name,
        context_tokens=model.context_tokens,
        capabilities=model.capabilities,
        price_state=PriceState.FREE if place.inside else PriceState.UNPRICED,
        status=ModelStatus.UP if seen.up else ModelStatus.DOWN,
        status_reason=seen.reason,
    )


def _mapped_card(name: str, account: _Account) -> ModelCard:
    known = mapped(name)
    return ModelCard(
        name=name,
        label=name.rpartition("/")[2],
        place=account.place,
        provider=account.provider.id,
        host=account.host,
        context_tokens=known.context_tokens if known else None,
        max_output_tokens=known.max_output_tokens if known else None,
        capabilities=known.capabilities if known else frozenset(),
        price_state=PriceState.FREE if account.place.inside else PriceState.UNPRICED,
    )


def _simulated_connection(name: str, cards: tuple[ModelCard, ...]) -> Connection:
    card = next((card for card in cards if card.name == name), None)
    if card is None:
        raise UnknownModel(f"The demo has no model {name!r}.")
    return Connection(model=name, adapter_model=name, place=card.place, provider=card.provider, host=card.host)
