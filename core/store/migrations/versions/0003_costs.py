"""Money beside the ledger: its sums by day and hour, budgets, closed months, decisions, discounts, rates, bills.

The sums are filled from the attempts and charges that are there.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")
ACTIVE: dict[str, Any] = {
    "sqlite_where": sa.text("undone_at IS NULL"),
    "postgresql_where": sa.text("undone_at IS NULL"),
}


def upgrade() -> None:
    add_sums()
    fill_sums()
    add_budgets()
    add_months()
    add_prices_and_bills()


def add_sums() -> None:
    op.create_table(
        "daily_call",
        sa.Column("day", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("team_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("project_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cost_state", sa.String(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("answers", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("silent", sa.BigInteger(), nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "day",
            "model",
            "provider",
            "place",
            "person_id",
            "team_id",
            "project_id",
            "cost_state",
            name="pk_daily_call",
        ),
    )
    op.create_table(
        "daily_cost",
        sa.Column("day", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("team_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("project_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cost_state", sa.String(), nullable=False),
        sa.Column("token_class", sa.String(), nullable=False),
        sa.Column("charges", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "day",
            "model",
            "provider",
            "place",
            "team_id",
            "project_id",
            "cost_state",
            "token_class",
            name="pk_daily_cost",
        ),
    )
    op.create_table(
        "daily_tag",
        sa.Column("day", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tag_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("cost_state", sa.String(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("answers", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "tag_id", "model", "place", "cost_state", name="pk_daily_tag"),
    )
    op.create_table(
        "hourly_cost",
        sa.Column("hour", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("retries", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "model", name="pk_hourly_cost"),
    )


def fill_sums() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    day, hour = (
        f"a.started_at / {seconds * 1_000_000}" if on_sqlite
        else f"CAST(floor(extract(epoch FROM a.started_at) / {seconds}) AS BIGINT)"
        for seconds in (86_400, 3_600)
    )  # fmt: skip
    booked = "coalesce(r.team_id, 0), coalesce(r.project_id, 0)"
    counted = "count(*), sum(CASE WHEN a.number = 1 THEN 1 ELSE 0 END)"
    used = "sum(CASE WHEN a.input_tokens + a.output_tokens > 0 THEN 1 ELSE 0 END)"
    failed = "sum(CASE WHEN a.state = 'failed' THEN 1 ELSE 0 END)"
    silent = (
        "sum(CASE WHEN a.cost_state = 'estimated' AND NOT a.usage_known AND a.input_tokens + a.output_tokens = 0"
        " THEN 1 ELSE 0 END)"
    )
    spent = "sum(a.input_tokens), sum(a.output_tokens), coalesce(sum(a.cost), 0)"
    over = "a.cost_state <> 'pending'"
    for statement in (
        (
            f"INSERT INTO daily_call SELECT {day}, a.model, a.provider, a.place, coalesce(r.person_id, 0), {booked},"
            f" a.cost_state, {counted}, {failed}, {used}, {silent}, {spent}"
            f" FROM attempt a JOIN run r ON r.id = a.run_id WHERE {over} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8"
        ),
        (
            f"INSERT INTO daily_cost SELECT {day}, a.model, a.provider, a.place, {booked}, a.cost_state, c.token_class,"
            " count(*), sum(c.quantity), sum(c.amount)"
            " FROM charge c JOIN attempt a ON a.id = c.attempt_id JOIN run r ON r.id = a.run_id"
            f" WHERE {over} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8"
        ),
        (
            f"INSERT INTO daily_tag SELECT {day}, t.tag_id, a.model, a.place, a.cost_state, {counted}, {used}, {spent}"
            f" FROM attempt a JOIN run_tag t ON t.run_id = a.run_id WHERE {over} GROUP BY 1, 2, 3, 4, 5"
        ),
        (
            f"INSERT INTO hourly_cost SELECT {hour}, a.model, count(*), sum(CASE WHEN a.number > 1 THEN 1 ELSE 0 END),"
            f" {failed}, coalesce(sum(a.cost), 0) FROM attempt a WHERE {over} GROUP BY 1, 2"
        ),
    ):
        op.execute(sa.text(statement))


def add_budgets() -> None:
    op.create_table(
        "budget",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("scope_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("warn_at", sa.BigInteger(), nullable=True),
        sa.Column("stop_at", sa.BigInteger(), nullable=True),
        sa.Column("then", sa.String(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("undone_at", TIME, nullable=True),
        sa.Column("undone_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_budget"),
    )
    op.create_index("uq_budget_active", "budget", ["scope", "scope_id", "period"], unique=True, **ACTIVE)
    op.create_table(
        "reservation",
        sa.Column("shot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_reservation_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shot_id", name="pk_reservation"),
    )
    op.create_index("ix_reservation_run_id", "reservation", ["run_id"])


def add_months() -> None:
    op.create_table(
        "closed_month",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=True),
        sa.Column("closed_at", TIME, nullable=False),
        sa.Column("closed_by", sa.String(), nullable=False),
        sa.Column("undone_at", TIME, nullable=True),
        sa.Column("undone_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_closed_month"),
    )
    op.create_index("uq_closed_month_active", "closed_month", ["month"], unique=True, **ACTIVE)
    op.create_table(
        "adjustment",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("arrived_at", TIME, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_adjustment"),
    )
    op.create_index("ix_adjustment_arrived", "adjustment", ["arrived_at"])
    op.create_index("ix_adjustment_month", "adjustment", ["month"])
    op.create_table(
        "decision",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("until", TIME, nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("ended_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_decision"),
    )
    op.create_index("ix_decision_month", "decision", ["month"])
    op.create_table(
        "review_note",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("written_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_review_note"),
    )
    op.create_index("ix_review_note_month", "review_note", ["month", "section", "id"])


def add_prices_and_bills() -> None:
    op.create_table(
        "discount",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("basis_points", sa.Integer(), nullable=False),
        sa.Column("valid_from", TIME, nullable=False),
        sa.Column("valid_until", TIME, nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("undone_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_discount"),
    )
    op.create_index("ix_discount_provider", "discount", ["provider"])
    op.create_table(
        "server_price",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("per_hour", sa.BigInteger(), nullable=True),
        sa.Column("valid_from", TIME, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_server_price"),
    )
    op.create_index("ix_server_price_model", "server_price", ["model"])
    op.create_table(
        "fx_rate",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("usd", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("entered_at", TIME, nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_fx_rate"),
        sa.UniqueConstraint("currency", "day", name="uq_fx_rate_day"),
    )
    op.create_table(
        "billed",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("token_class", sa.String(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("raw", sa.JSON(), nullable=True),
        sa.Column("read_at", TIME, nullable=False),
        sa.Column("read_from", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_billed"),
        sa.UniqueConstraint("line", name="uq_billed_line"),
    )
    op.create_index("ix_billed_day_provider", "billed", ["day", "provider"])
