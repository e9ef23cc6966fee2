"""The servers that the team named, wherever it named them: in the environment, on the page, or as OLLAMA_HOST."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from core.domain.endpoint import EndpointRecord
from core.domain.model import Connection, Place
from core.errors import BadAddress
from core.llm.credentials import Credentials
from core.llm.place import check_address, host_of, place_of
from core.settings import Settings

OLLAMA = "ollama_chat"
OLLAMA_ROW = "ollama"


class EndpointBook(Protocol):
    """Where the connections made on the page are kept."""

    def active(self) -> tuple[EndpointRecord, ...]:
        """Give those that were not removed."""
        ...


class NoEndpoints:
    """A book with nothing in it: for the demo and for tests."""

    def active(self) -> tuple[EndpointRecord, ...]:
        """Give none."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One named server. `name` begins the names of its models; `source` says where it was named."""

    name: str
    base_url: str
    place: Place
    source: str
    speaks_ollama: bool = False
    key: str | None = field(default=None, repr=False)

    @property
    def host(self) -> str:
        """Give the host its key is bound to."""
        return host_of(self.base_url)

    def connection(self, model: str, *, remote: bool = False) -> Connection:
        """Give the way to one of its models, named as the server itself names it. Raises BadAddress."""
        check_address(self.base_url, self.place)
        return Connection(
            model=f"{self.name}/{model}",
            adapter_model=f"{OLLAMA if self.speaks_ollama else 'hosted_vllm'}/{model}",
            place=self.place_of_model(model, remote=remote),
            provider=self.name,
            host=self.host,
            api_base=self.base_url,
            key=self.key,
            needs_key=self.key is not None,
        )

    def place_of_model(self, model: str, *, remote: bool = False) -> Place:
        """Give where a model runs: an Ollama also offers models that run on ollama.com, told by their tag."""
        passed_on = self.speaks_ollama and (remote or model.partition(":")[2].endswith("cloud"))
        return Place.CLOUD if passed_on else self.place


def named_servers(
    settings: Settings, credentials: Credentials, book: EndpointBook, environ: Mapping[str, str]
) -> tuple[Server, ...]:
    """Give every named server once: those of the environment first, then the page's, then Ollama.

    A server whose address cannot be understood is left out. Raises SettingsError where the keys cannot be read.
    """
    rows = book.active()
    servers = [*_from_environment(settings, credentials, environ), *_from_rows(rows, credentials)]
    if not any(server.speaks_ollama for server in servers):
        servers += _ollama(settings.ollama_host, source="OLLAMA_HOST")
    return tuple({server.name: server for server in reversed(servers)}.values())[::-1]


def _from_environment(settings: Settings, credentials: Credentials, environ: Mapping[str, str]) -> Iterable[Server]:
    for named in settings.endpoints:
        try:
            host, place = host_of(named.base_url), place_of(named.base_url, named.place)
        except BadAddress:
            continue
        key = environ.get(named.key_env) if named.key_env else credentials.key_for(named.name, host=host)
        yield Server(
            name=named.name, base_url=named.base_url, place=place, source="CLAUDEPROMPTER_ENDPOINTS", key=key or None
        )


def _from_rows(rows: Iterable[EndpointRecord], credentials: Credentials) -> Iterable[Server]:
    for row in rows:
        if row.provider == OLLAMA_ROW:
            yield from _ollama(row.base_url, source="page", declared=row.place)
        elif row.custom:
            try:
                host, place = host_of(row.base_url), place_of(row.base_url, row.place)
            except BadAddress:
                continue
            key = credentials.key_for(row.name, host=host)
            yield Server(name=row.name, base_url=row.base_url.rstrip("/"), place=place, source="page", key=key)


def _ollama(address: str, *, source: str, declared: Place | None = None) -> Iterable[Server]:
    try:
        place = place_of(address, declared)
    except BadAddress:
        return
    yield Server(name=OLLAMA, base_url=address.rstrip("/"), place=place, source=source, speaks_ollama=True)
