"""That a rule spoke: of which run, or of what was refused and so is none; counted for the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.model import ModelCard
from core.domain.route import Rule, RuleSpoke
from core.domain.run import RunPlan
from core.store import people, tables
from core.store.database import Database, table

HIT = table(tables.RuleHit)
RUN = table(tables.Run)
PERSON = table(tables.Person)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """How often a part of a rule spoke in a period, and how often it refused something."""

    rule: Rule
    name: str
    times: int
    refused: int


class RuleHits:
    """What the rules of one workspace said. Raises StoreError and its kinds."""

    def __init__(self, database: Database) -> None:
        """Read and write this database."""
        self._database = database

    def spoken(self, *, since: datetime, until: datetime | None = None) -> tuple[Spoken, ...]:
        """Give how often each part of each rule spoke, in the rules' order, the most frequent part first."""
        wanted: list[sa.ColumnElement[bool]] = [HIT.c.at >= since]
        if until is not None:
            wanted.append(HIT.c.at < until)
        refused = sa.func.sum(sa.case((HIT.c.refused, 1), else_=0))
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(HIT.c.rule, HIT.c.name, sa.func.count().label("times"), refused.label("refused"))
                .where(*wanted)
                .group_by(HIT.c.rule, HIT.c.name)
            ).all()
        order = {rule: place for place, rule in enumerate(Rule)}
        found = [
            Spoken(rule=Rule(row.rule), name=row.name, times=row.times, refused=int(row.refused or 0)) for row in rows
        ]
        return tuple(sorted(found, key=lambda each: (order[each.rule], -each.times, each.name)))

    def refuse(self, plan: RunPlan, cards: Sequence[ModelCard], *, name: str, reason: str, at: datetime) -> None:
        """Note that something was not sent: no run was made of it, so that this is all that is left of it."""
        outside = [card for card in cards if not card.place.inside]
        with self._database.write() as connection:
            connection.execute(
                sa.insert(HIT).values(
                    at=at,
                    rule=Rule.INSIDE,
                    name=name,
                    reason=reason,
                    person_id=people.person_id(connection, plan.person),
                    project_id=people.project_id(connection, plan.project),
                    strategy=plan.strategy,
                    models=[card.label for card in outside],
                    hosts=sorted({card.host or card.provider for card in outside}),
                    bytes=request_bytes(plan.prompt, plan.settings.system),
                    refused=True,
                )
            )


def note_rules(connection: Connection, run_id: int, spoke: Sequence[RuleSpoke], plan: RunPlan, *, at: datetime) -> None:
    """Note with a run which rules spoke of it."""
    if not spoke:
        return
    person, project = people.person_id(connection, plan.person), people.project_id(connection, plan.project)
    rows = [
        {
            "at": at,
            "rule": each.rule,
            "name": each.name,
            "reason": each.reason,
            "run_id": run_id,
            "person_id": person,
            "project_id": project,
            "strategy": plan.strategy,
            "models": None,
            "hosts": None,
            "bytes": 0,
            "refused": False,
        }
        for each in spoke
    ]
    connection.execute(sa.insert(HIT), rows)


def request_bytes(prompt: str, system: str) -> int:
    """Give the bytes of text that a request carries."""
    return len(prompt.encode("utf-8", "surrogatepass")) + len(system.encode("utf-8", "surrogatepass"))
