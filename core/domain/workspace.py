"""Which database a person works in: simulated or the team's own."""

from enum import StrEnum


class Workspace(StrEnum):
    """`DEMO` holds simulated models and made-up history; `TEAM` holds nothing that is not real."""

    DEMO = "demo"
    TEAM = "team"
