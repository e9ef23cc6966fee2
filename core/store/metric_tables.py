"""The tables that other systems are served from: sums over all attempts, the outbox, and who has taken what of it.

`attempt_total` holds what the attempts hold and nothing of its own: it can be thrown away and made anew. The limits of
its histograms are those of OpenTelemetry's conventions for generative AI.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, Column, String
from sqlalchemy import Table as SqlTable
from sqlmodel import Field

from core.store.cost_tables import count, part, slot
from core.store.fields import Table, key, long_text, moment

SECOND_EDGES: Final = tuple(10_000 * 2**power for power in range(14))
"""Upper limits of a duration's buckets in microseconds: 0.01 s, 0.02 s, ... 81.92 s."""
TOKEN_EDGES: Final = tuple(4**power for power in range(14))
"""Upper limits of a count of tokens: 1, 4, 16, ... 67,108,864."""
BUCKETS: Final = len(SECOND_EDGES) + 1
"""The last bucket holds what is above every limit."""

HISTOGRAMS: Final = {
    "total": ("total_us", SECOND_EDGES),
    "first": ("ttft_us", SECOND_EDGES),
    "input": ("input_tokens", TOKEN_EDGES),
    "output": ("output_tokens", TOKEN_EDGES),
}
"""Each histogram of `attempt_total`, with the column of `attempt` it counts and its limits."""

TOTAL_KEYS: Final = ("model", "provider", "place", "state", "error_kind", "cost_state")
TOTAL_SUMS: Final = (
    "attempts", "retries", "total_us", "first_us", "input_tokens", "output_tokens", "cached_tokens",
    "cache_write_tokens", "thinking_tokens", "amount",
)  # fmt: skip


def bucket_columns(histogram: str) -> tuple[str, ...]:
    """Give the names of a histogram's columns, smallest first: each counts its own bucket alone."""
    return tuple(f"{histogram}_{place:02}" for place in range(BUCKETS))


ATTEMPT_TOTAL = SqlTable(
    "attempt_total",
    Table.metadata,
    *(Column(name, String, primary_key=True) for name in TOTAL_KEYS),
    Column("first_id", BigInteger, nullable=False),
    *(
        Column(name, BigInteger, nullable=False)
        for name in (*TOTAL_SUMS, *(column for each in HISTOGRAMS for column in bucket_columns(each)))
    ),
)
"""All settled attempts that are alike, added up. `first_id` is the first attempt of them: the order of appearance."""


class ChunkTotal(Table, table=True):
    """Pieces of answers by the time since the piece before, counted as they came; no attempt keeps its pieces."""

    __tablename__ = "chunk_total"

    model: str = part()
    provider: str = part()
    place: str = part()
    bucket: int = slot()
    chunks: int = count()
    gap_us: int = count()


class OutboxEvent(Table, table=True):
    """An event that waits to be taken by every sink. A number is never given twice."""

    __tablename__ = "outbox_event"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy wants a dict here

    id: int | None = key()
    uid: str
    kind: str
    run: str = ""
    at: datetime = moment()
    data: str = long_text()


class Sink(Table, table=True):
    """Where figures or events go, how far it has come, and what was lost on the way.

    `position` is the number of the last event taken. `name` holds no password. Nothing is kept for one that is not
    `active`.
    """

    name: str = Field(primary_key=True)
    active: bool = True
    position: int = count()
    delivered: int = count()
    lost: int = count()
    last_error: str = long_text()
    failing_since: datetime | None = moment(nullable=True)
    delivered_at: datetime | None = moment(nullable=True)


class BudgetCrossing(Table, table=True):
    """That a budget's warning or stop was passed in a period: told once. `day` is the period's first, since 1970."""

    __tablename__ = "budget_crossing"

    budget_id: int = slot()
    day: int = slot()
    crossed: str = part()
    at: datetime = moment()
