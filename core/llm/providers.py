"""The providers whose models come with a key: their names, which variable holds the key, and where it may go."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.settings import ROOT

PROVIDERS_FILE = ROOT / "data" / "providers.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One provider. `id` is litellm's name and begins the names of its models; `host` is the one its key is bound to.

    `map_names` are the names under which litellm's bundled map lists its models; `listed` is false where those are not
    the account's own. `models_url` lists them where the map knows too few.
    """

    id: str
    label: str
    host: str = ""
    key_names: tuple[str, ...] = ()
    map_names: tuple[str, ...] = ()
    page: str = ""
    listed: bool = True
    models_url: str = ""

    @property
    def base_names(self) -> tuple[str, ...]:
        """Give the variables that send its models to another address, as litellm names them."""
        name = self.id.upper()
        return f"{name}_API_BASE", f"{name}_BASE_URL"

    def base_from(self, environ: Mapping[str, str]) -> str | None:
        """Give the address that the environment sends this provider's models to, if any."""
        return next((environ[name].rstrip("/") for name in self.base_names if environ.get(name)), None)


@cache
def known_providers(path: Path = PROVIDERS_FILE) -> tuple[Provider, ...]:
    """Give the providers of the table, in its order."""
    with path.open("rb") as file:
        return tuple(_provider(entry) for entry in tomllib.load(file)["provider"])


def provider_of(name: str) -> Provider:
    """Give a provider by its id. One that is not in the table has the key variable that its id suggests."""
    for provider in known_providers():
        if provider.id == name:
            return provider
    variable = f"{name.upper().replace('-', '_')}_API_KEY"
    return Provider(id=name, label=name, key_names=(variable,), map_names=(name,))


def _provider(entry: Mapping[str, Any]) -> Provider:
    return Provider(
        id=entry["id"],
        label=entry["label"],
        host=entry["host"],
        key_names=tuple(entry["keys"]),
        map_names=tuple(entry.get("map", (entry["id"],))),
        page=entry["page"],
        listed=entry.get("listed", True),
        models_url=entry.get("models_url", ""),
    )
