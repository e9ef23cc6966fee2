"""How long the engine waits, how much it does at once, and when it looks for work."""

from dataclasses import dataclass

from core.domain.model import Place
from core.llm.embedded import PROVIDER as EMBEDDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a shot may take, in seconds.

    `total` counts from the first attempt of a shot; `first_*` is the wait for the first piece of text, longer inside,
    where a model may have to be loaded first; `stall` is the wait between two pieces.
    """

    total: float = 600.0
    first_cloud: float = 60.0
    first_inside: float = 180.0
    stall: float = 20.0

    def wait(self, place: Place, *, started: bool) -> float:
        """Give how long silence is borne, before or after the first piece."""
        if started:
            return self.stall
        return self.first_inside if place.inside else self.first_cloud


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many requests may be open at once: in all, and for one provider or server.

    An own machine answers one after the other anyway: more at once only makes each slower. A model inside the app
    writes one answer at a time.
    """

    total: int = 64
    cloud: int = 16
    private: int = 16
    local: int = 4
    embedded: int = 1

    def of(self, provider: str, place: Place) -> int:
        """Give the limit of one provider, by its place."""
        if provider == EMBEDDED:
            return self.embedded
        return {Place.CLOUD: self.cloud, Place.PRIVATE: self.private, Place.LOCAL: self.local}[place]
