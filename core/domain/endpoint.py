"""Who serves models to this team: a provider that was connected, or a server that was named, with its place."""

from dataclasses import dataclass

from core.domain.model import Place

CUSTOM_PROVIDER = "openai-compatible"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRecord:
    """One connection a person made on the page. Its key, where it has one, stands in the credentials file.

    `provider` is a provider's id (`openai`), with `base_url` empty where litellm knows the address, or
    `CUSTOM_PROVIDER` for a server of the team's own; models of the latter are named `<name>/<model>`.
    """

    id: int
    name: str
    provider: str
    base_url: str = ""
    place: Place = Place.CLOUD

    @property
    def custom(self) -> bool:
        """Tell whether this is a server of the team's own and not one of a known provider."""
        return self.provider == CUSTOM_PROVIDER
