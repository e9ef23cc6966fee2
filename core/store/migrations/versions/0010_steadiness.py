"""How the several answers of a model to one prompt agree."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "steadiness",
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("shots", sa.Integer(), nullable=False),
        sa.Column("compared_by", sa.String(), nullable=False),
        sa.Column("agreement", sa.Float(), nullable=True),
        sa.Column("vote_share", sa.Float(), nullable=True),
        sa.Column("odd_shot_id", KEY, nullable=True),
        sa.Column("updated_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_steadiness_run_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["odd_shot_id"], ["shot.id"], name="fk_steadiness_odd_shot_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("run_id", "model", name="pk_steadiness"),
    )
    op.create_index("ix_steadiness_odd_shot_id", "steadiness", ["odd_shot_id"])
