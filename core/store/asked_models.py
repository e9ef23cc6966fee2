"""How often each model was asked here, from the sums over all attempts."""

import sqlalchemy as sa

from core.store.database import Database
from core.store.metric_tables import ATTEMPT_TOTAL


def asked_models(database: Database) -> dict[str, int]:
    """Give the settled attempts by model's name. Raises StoreError."""
    with database.read() as connection:
        rows = connection.execute(
            sa.select(ATTEMPT_TOTAL.c.model, sa.func.sum(ATTEMPT_TOTAL.c.attempts).label("n")).group_by(
                ATTEMPT_TOTAL.c.model
            )
        ).all()
    return {row.model: int(row.n) for row in rows}
