"""What other systems are served from: sums over all attempts, the outbox of events, and its sinks.

The sums are filled from the attempts that are there.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")
SECONDS = [10_000 * 2**power for power in range(14)]
TOKENS = [4**power for power in range(14)]
HISTOGRAMS = {
    "total": ("total_us", SECONDS),
    "first": ("ttft_us", SECONDS),
    "input": ("input_tokens", TOKENS),
    "output": ("output_tokens", TOKENS),
}
KEYS = ["model", "provider", "place", "state", "error_kind", "cost_state"]
SUMS = {
    "attempts": "count(*)",
    "retries": "sum(CASE WHEN number > 1 THEN 1 ELSE 0 END)",
    "total_us": "coalesce(sum(total_us), 0)",
    "first_us": "coalesce(sum(ttft_us), 0)",
    "input_tokens": "sum(input_tokens)",
    "output_tokens": "sum(output_tokens)",
    "cached_tokens": "sum(cached_input_tokens)",
    "cache_write_tokens": "sum(cache_write_5m_tokens + cache_write_1h_tokens)",
    "thinking_tokens": "sum(thinking_tokens)",
    "amount": "coalesce(sum(cost), 0)",
}


def upgrade() -> None:
    add_totals()
    fill_totals()
    add_outbox()


def buckets() -> dict[str, str]:
    found = {}
    for histogram, (column, edges) in HISTOGRAMS.items():
        used = f"{column} IS NOT NULL" if column.endswith("_us") else "input_tokens + output_tokens > 0"
        for place in range(len(edges) + 1):
            above = f" AND {column} > {edges[place - 1]}" if place else ""
            upto = f" AND {column} <= {edges[place]}" if place < len(edges) else ""
            found[f"{histogram}_{place:02}"] = f"sum(CASE WHEN {used}{above}{upto} THEN 1 ELSE 0 END)"
    return found


def add_totals() -> None:
    op.create_table(
        "attempt_total",
        *(sa.Column(name, sa.String(), nullable=False) for name in KEYS),
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in (*SUMS, *buckets())),
        sa.PrimaryKeyConstraint(*KEYS, name="pk_attempt_total"),
    )
    op.create_table(
        "chunk_total",
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("bucket", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chunks", sa.BigInteger(), nullable=False),
        sa.Column("gap_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("model", "provider", "place", "bucket", name="pk_chunk_total"),
    )


def fill_totals() -> None:
    keys, sums = ", ".join(KEYS), SUMS | buckets()
    op.execute(
        sa.text(
            f"INSERT INTO attempt_total ({keys}, first_id, {', '.join(sums)})"
            f" SELECT {keys}, min(id), {', '.join(sums.values())} FROM attempt"
            f" WHERE cost_state <> 'pending' GROUP BY {keys}"
        )
    )


def add_outbox() -> None:
    op.create_table(
        "outbox_event",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox_event"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sink",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("delivered", sa.BigInteger(), nullable=False),
        sa.Column("lost", sa.BigInteger(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("failing_since", TIME, nullable=True),
        sa.Column("delivered_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_sink"),
    )
    op.create_table(
        "budget_crossing",
        sa.Column("budget_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("crossed", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("budget_id", "day", "crossed", name="pk_budget_crossing"),
    )
