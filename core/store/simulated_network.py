"""The demo's network, which anybody may cut: what is made up to be out of reach."""

from dataclasses import dataclass
from typing import Final

from core.domain.model import Place
from core.store.database import Database
from core.store.preferences import Preferences

OUTSIDE: Final = "simulated_network_cut"
INSIDE: Final = "simulated_inside_off"

CUT: Final = "The network is cut (simulated)."
OFF: Final = "The models inside are switched off (simulated)."


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """What is out of reach: everything outside, what runs on this machine and our network, or both."""

    outside: bool = False
    inside: bool = False

    def why(self, place: Place) -> str:
        """Give why a model at this place cannot be reached, "" where it can."""
        if place.inside:
            return OFF if self.inside else ""
        return CUT if self.outside else ""

    def __bool__(self) -> bool:
        """Tell whether anything is out of reach."""
        return self.outside or self.inside


class SimulatedNetwork:
    """The demo's network; no real model is ever asked through it. Raises StoreError and its kinds."""

    def __init__(self, database: Database) -> None:
        """Read and write this database."""
        self._preferences = Preferences(database)

    def broken(self) -> Broken:
        """Give what is out of reach now."""
        kept = self._preferences.several((OUTSIDE, INSIDE))
        return Broken(outside=kept.get(OUTSIDE) is True, inside=kept.get(INSIDE) is True)

    def cut(self, *, person: str) -> None:
        """Put everything outside out of reach."""
        self._preferences.set(OUTSIDE, True, person=person)

    def switch_off_inside(self, *, person: str) -> None:
        """Put the models on this machine and our network out of reach."""
        self._preferences.set(INSIDE, True, person=person)

    def restore(self, *, person: str, outside: bool = True, inside: bool = True) -> None:
        """Put the network, the models inside, or both within reach again."""
        for key, wanted in ((OUTSIDE, outside), (INSIDE, inside)):
            if wanted:
                self._preferences.set(key, False, person=person)
