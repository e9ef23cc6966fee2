"""Whether a person may see a run: the one place that decides it for a single run."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.run import Visibility
from core.errors import NotFound
from core.store import tables
from core.store.database import table

RUN = table(tables.Run)
PERSON = table(tables.Person)


def find_run(connection: Connection, public_id: str, *, viewer: str, in_bin: bool = False) -> Any:
    """Give id, state and the times of deletion and erasure of a run that `viewer` may see.

    Raises NotFound where there is none, where it is its author's alone, and where it is in the bin unless `in_bin`.
    """
    row = connection.execute(
        sa.select(
            RUN.c.id, RUN.c.state, RUN.c.visibility, RUN.c.deleted_at, RUN.c.erased_at, PERSON.c.name.label("person")
        )
        .outerjoin(PERSON, PERSON.c.id == RUN.c.person_id)
        .where(RUN.c.public_id == public_id)
    ).one_or_none()
    check_visible(row, viewer, in_bin=in_bin)
    return row


def check_visible(row: Any, viewer: str, *, in_bin: bool = False) -> None:
    """Raise NotFound where a run's row (None where there is none) is not for this viewer."""
    if row is None:
        raise NotFound("There is no run under this link.", next_step="Check the link, or look for the run in History.")
    if row.visibility != Visibility.TEAM and (row.person or "") != viewer:
        raise NotFound(
            "Only the person who started this run may see it.",
            next_step="Ask them to show it to the team.",
        )
    if row.deleted_at is not None and not in_bin:
        raise NotFound("This run is in the bin.", next_step="It can be restored in History for 30 days.")
