"""What was measured of attempts, added up by day, and an index of answers that came with their times from elsewhere.

The sums are made from the attempts after the step, by `daily_measures.fill_where_missing`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    counts = (
        "attempts", "answers", "runs", "done", "truncated", "failed", "stopped", "priced", "free", "unpriced",
        "input_tokens", "output_tokens", "amount",
    )  # fmt: skip
    op.create_table(
        "daily_measure",
        sa.Column("cut", sa.String(), nullable=False),
        sa.Column("day", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("piece", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("revision", sa.String(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in counts),
        sa.Column("faults", sa.JSON(), nullable=True),
        sa.Column("times", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("cut", "day", "piece", "model", "place", "revision", name="pk_daily_measure"),
    )
    elsewhere = sa.text("attempts = 0 AND total_us > 0")
    op.create_index(
        "ix_shot_elsewhere", "shot", ["run_id", "model"], sqlite_where=elsewhere, postgresql_where=elsewhere
    )
