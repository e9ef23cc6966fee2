"""Who was told of budgets; who took a price back; who asked for a connection test or read a bill."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "budget_notice",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("budget_id", KEY, nullable=False),
        sa.Column("period_start", TIME, nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("calls", sa.Text(), nullable=False),
        sa.Column("told_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["budget_id"], ["budget.id"], name="fk_budget_notice_budget_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_budget_notice"),
        sa.UniqueConstraint("budget_id", "period_start", "person", "kind", name="uq_budget_notice_once"),
    )
    for table in ("price_override", "server_price"):
        op.add_column(table, sa.Column("undone_at", TIME, nullable=True))
        op.add_column(table, sa.Column("undone_by", sa.String(), nullable=True))
    op.add_column("discount", sa.Column("undone_by", sa.String(), nullable=True))
    op.add_column("probe", sa.Column("person", sa.String(), nullable=True))
    op.add_column("billed", sa.Column("read_by", sa.String(), nullable=True))
