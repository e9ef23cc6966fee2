"""Which of the judged runs a filter lets through."""

import numpy as np
import sqlalchemy as sa

from core.router.layers import Rows
from core.store import tables
from core.store.among import among
from core.store.database import Database, table
from core.store.history_filter import HistoryFilter, conditions

RUN = table(tables.Run)


def places_of(database: Database, run_ids: Rows, wanted: HistoryFilter) -> Rows:
    """Give the places among `run_ids` of the runs that the filter lets through, in their order. Raises StoreError."""
    with database.read() as connection:
        chosen = among(connection, RUN.c.id, run_ids.tolist())
        found = connection.execute(sa.select(RUN.c.id).where(chosen, *conditions(connection, wanted))).scalars()
        seen = np.fromiter(found, dtype=np.intp)
    return np.flatnonzero(np.isin(run_ids, seen))
