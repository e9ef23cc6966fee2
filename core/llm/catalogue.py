"""Every model that can be asked, and how: what is configured, what was discovered and what is known, joined.

Prices are joined elsewhere: a card is made FREE where it runs inside, and UNPRICED otherwise.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from time import monotonic

from core.domain.model import Connection, ModelCard, ModelStatus, Place, PriceState
from core.errors import UnknownModel
from core.llm.accounts import Account, accounts
from core.llm.credentials import Credentials
from core.llm.discovery import Found, FoundModel, look_at_ollama, look_at_openai, look_at_well_known
from core.llm.embedded import PROVIDER as LOCAL
from core.llm.litellm_map import chat_models, mapped
from core.llm.local_book import LocalBook, NoLocalModels, local_cards, local_connection
from core.llm.servers import EndpointBook, NoEndpoints, Server, named_servers
from core.settings import Settings

SECONDS_BETWEEN_LISTS = 3600.0


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
        local: LocalBook | None = None,
        simulated: tuple[ModelCard, ...] = (),
    ) -> None:
        """Look at nothing yet."""
        self._settings = settings
        self._credentials = credentials
        self._environ = environ
        self._book = book or NoEndpoints()
        self._local = local or NoLocalModels()
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
        if account is not None and account.connected:
            return _mapped_card(name, account)
        raise UnknownModel(f"No connected provider or server has a model {name!r}.")

    def connection(self, name: str) -> Connection:
        """Give the way to a model. Asks nobody. Raises UnknownModel, MissingKey, SettingsError."""
        if self._simulated:
            return _simulated_connection(name, self._simulated)
        prefix, _, model = name.partition("/")
        if prefix == LOCAL:
            return local_connection(self._local, name)
        for server in self._servers():
            if server.name == prefix and model:
                return server.connection(model, remote=self._is_remote(server, model))
        account = self._account_of(name)
        if account is None:
            raise UnknownModel(f"No connected provider or server has a model {name!r}.")
        return account.connection(name)

    def providers(self) -> tuple[Account, ...]:
        """Give the providers that can be connected, and those of the environment that the table does not name."""
        return tuple(self._accounts())

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
        yield from local_cards(self._local)
        for server in self._servers():
            seen = self._seen.get(server.name)
            if seen is not None:
                yield from (_server_card(server, seen, model) for model in seen.models)
        for account in self._accounts():
            if account.connected:
                yield from self._account_cards(account)

    def _account_cards(self, account: Account) -> Iterator[ModelCard]:
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

    def _accounts(self) -> Iterator[Account]:
        return iter(()) if self._simulated else accounts(self._credentials, self._book, self._environ)

    def _account_of(self, name: str) -> Account | None:
        prefix, _, model = name.partition("/")
        return next((account for account in self._accounts() if model and account.provider.id == prefix), None)

    def _is_remote(self, server: Server, model: str) -> bool:
        seen = self._seen.get(server.name)
        models = seen.models if seen is not None else ()
        return any(found.remote and found.name.removesuffix(":latest") == model for found in models)

    def _list_is_due(self, account: Account) -> bool:
        if not account.connected or not account.provider.models_url:
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


async def _ask_for_list(account: Account) -> Found:
    """Ask a provider for its list, at the address that somebody gave for it where there is one."""
    own = account.api_base
    url = own or account.provider.models_url.removesuffix("/models")
    return await look_at_openai(url, place=Place.PRIVATE if own else Place.CLOUD, key=account.key)


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


def _mapped_card(name: str, account: Account) -> ModelCard:
    known = mapped(name)
    return ModelCard(
        name=name,
        label=name.rpartition("/")[2],
        place=Place.CLOUD,
        provider=account.provider.id,
        host=account.host,
        context_tokens=known.context_tokens if known else None,
        max_output_tokens=known.max_output_tokens if known else None,
        capabilities=known.capabilities if known else frozenset(),
    )


def _simulated_connection(name: str, cards: tuple[ModelCard, ...]) -> Connection:
    card = next((card for card in cards if card.name == name), None)
    if card is None:
        raise UnknownModel(f"The demo has no model {name!r}.")
    return Connection(model=name, adapter_model=name, place=card.place, provider=card.provider, host=card.host)
