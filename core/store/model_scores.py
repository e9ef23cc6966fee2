"""How each model has fared over all judged runs: the ground a route stands on before anything is known of a prompt."""

from dataclasses import dataclass

import sqlalchemy as sa

from core.store import tables
from core.store.database import Database, table

QUALITY = table(tables.ShotQuality)
SHOT = table(tables.Shot)
RUN = table(tables.Run)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelScore:
    """One model's mean quality in [0, 1] over all judged runs, and how many runs these are."""

    model: str
    quality: float
    runs: int


def model_scores(database: Database) -> dict[str, ModelScore]:
    """Give the scores of all models that were ever judged, by the model's name. Runs in the bin do not count."""
    weight = sa.func.sum(QUALITY.c.weight)
    with database.read() as connection:
        rows = connection.execute(
            sa.select(
                SHOT.c.model,
                (sa.func.sum(QUALITY.c.quality * QUALITY.c.weight) / weight).label("quality"),
                sa.func.count(sa.distinct(QUALITY.c.run_id)).label("runs"),
            )
            .join(SHOT, SHOT.c.id == QUALITY.c.shot_id)
            .join(RUN, RUN.c.id == QUALITY.c.run_id)
            .where(QUALITY.c.quality.is_not(None), QUALITY.c.weight > 0, RUN.c.deleted_at.is_(None))
            .group_by(SHOT.c.model)
        ).all()
    return {row.model: ModelScore(model=row.model, quality=float(row.quality), runs=row.runs) for row in rows}
