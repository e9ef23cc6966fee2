"""Who is in the demo: seven people, three teams, five projects. All are made up."""

from dataclasses import dataclass
from typing import Literal

TeamName = Literal["Marketing", "Support", "Data"]


@dataclass(frozen=True, slots=True)
class Member:
    """A made-up person with the team that their runs are booked to. `picks` says whether they ever judge."""

    name: str
    team: TeamName
    picks: bool = True


ANNA = Member("Anna", "Marketing")
BEN = Member("Ben", "Support")
CARA = Member("Cara", "Data")
DAVID = Member("David", "Data", picks=False)
ELIF = Member("Elif", "Support")
FEMI = Member("Femi", "Marketing")
GRACE = Member("Grace", "Data")
MEMBERS = (ANNA, BEN, CARA, DAVID, ELIF, FEMI, GRACE)

TEAMS: tuple[TeamName, ...] = ("Marketing", "Support", "Data")

CAMPAIGN, COMPLAINTS, REPORT, CONTRACTS, PEOPLE = (
    "Spring campaign",
    "Complaints",
    "Monthly report",
    "Supplier contracts",
    "People matters",
)
PROJECTS = (CAMPAIGN, COMPLAINTS, REPORT, CONTRACTS, PEOPLE)
INSIDE_ONLY = frozenset({PEOPLE})
