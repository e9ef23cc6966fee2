"""The providers as this installation can use them: where each is asked, with which key, and who says so."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from core.domain.model import Connection, Place
from core.errors import MissingKey
from core.llm.credentials import Credentials
from core.llm.litellm_map import chat_models
from core.llm.place import host_of
from core.llm.providers import Provider, known_providers, provider_of
from core.llm.servers import EndpointBook


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A provider with what is needed to ask it. `connected_by` is a variable's name, `file`, or nothing.

    `api_base` is None where litellm knows the address. A gateway on this machine leads outside all the same, so that
    a provider's models are never taken for inside ones.
    """

    provider: Provider
    host: str
    api_base: str | None
    connected_by: str
    key: str | None = field(default=None, repr=False)

    @property
    def connected(self) -> bool:
        """Tell whether its models can be asked."""
        return bool(self.connected_by)

    def connection(self, name: str) -> Connection:
        """Give the way to one of its models, by its full name. Raises MissingKey."""
        if not self.connected:
            raise MissingKey(f"No key is known for {self.provider.label}.")
        return Connection(
            model=name,
            adapter_model=name,
            place=Place.CLOUD,
            provider=self.provider.id,
            host=self.host,
            api_base=self.api_base,
            key=self.key,
            needs_key=True,
        )


def accounts(credentials: Credentials, book: EndpointBook, environ: Mapping[str, str]) -> Iterator[Account]:
    """Give every provider of the table, then those that litellm knows and the environment has a key for.

    Raises SettingsError where the keys cannot be read.
    """
    table = known_providers()
    own = {provider.id for provider in table}
    others = [provider_of(name) for name in chat_models() if name and name not in own]
    named = [provider for provider in others if any(environ.get(name) for name in provider.key_names)]
    typed = {row.provider: row.base_url for row in book.active() if row.base_url and not row.custom}
    for provider in (*table, *named):
        yield _account(provider, credentials, environ, typed=typed.get(provider.id))


def _account(provider: Provider, credentials: Credentials, environ: Mapping[str, str], *, typed: str | None) -> Account:
    """Give one account. A key of the environment goes only where the environment, or litellm itself, sends it."""
    base = typed or provider.base_from(environ)
    host = host_of(base) if base else provider.host
    variables = () if typed else provider.key_names
    key = credentials.key_for(provider.id, host=host, variables=variables)
    source = credentials.source_of(provider.id, variables=variables) if key else ""
    return Account(provider=provider, host=host, api_base=base, connected_by=source, key=key)
