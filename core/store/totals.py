"""Sums over all attempts ever settled, kept in the transaction that settles them, so that no scrape scans the ledger.

One definition of each sum serves what is added, what is taken out and what is made anew. An attempt counts from its end
on; a pending one is in no sum.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.store import tables
from core.store.database import table
from core.store.metric_tables import ATTEMPT_TOTAL, HISTOGRAMS, TOTAL_KEYS, bucket_columns
from core.store.upsert import insert_or_add

CHUNK_TOTAL = table(tables.ChunkTotal)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """Pieces of one answer that came so long after the piece before: how many, and their waits in microseconds."""

    model: str
    provider: str
    place: str
    bucket: int
    chunks: int
    gap_us: int


def add(connection: Connection, attempts: Sequence[int]) -> None:
    """Add settled attempts; they must not be in the sums yet."""
    _change(connection, attempts, "+")


def subtract(connection: Connection, attempts: Sequence[int]) -> None:
    """Take attempts out before they change."""
    _change(connection, attempts, "-")


def fill(connection: Connection) -> None:
    """Make the sums anew from all attempts; the counts of pieces stay, for no attempt keeps its pieces."""
    connection.execute(sa.delete(ATTEMPT_TOTAL))
    connection.execute(sa.text(_insert("")))


def add_pieces(connection: Connection, pieces: Iterable[Pieces]) -> None:
    """Count pieces of answers."""
    added: dict[tuple[str, str, str, int], list[int]] = {}
    for each in pieces:
        sums = added.setdefault((each.model, each.provider, each.place, each.bucket), [0, 0])
        sums[0] += each.chunks
        sums[1] += each.gap_us
    rows = [
        {"model": model, "provider": provider, "place": place, "bucket": bucket, "chunks": chunks, "gap_us": gap_us}
        for (model, provider, place, bucket), (chunks, gap_us) in sorted(added.items())
    ]
    if rows:
        insert_or_add(connection, CHUNK_TOTAL, rows, ("chunks", "gap_us"))


def _change(connection: Connection, attempts: Sequence[int], sign: str) -> None:
    if not attempts:
        return
    on_sqlite = connection.dialect.name == "sqlite"
    ids: Any = json.dumps(list(attempts)) if on_sqlite else list(attempts)
    connection.execute(_upsert(sign, on_sqlite=on_sqlite), {"ids": ids})


@cache
def _upsert(sign: str, *, on_sqlite: bool) -> sa.TextClause:
    # The ids come as one value, so that the statement is always the same text and prepared only once.
    chosen = "id IN (SELECT value FROM json_each(:ids))" if on_sqlite else "id = ANY(CAST(:ids AS BIGINT[]))"
    changed = ", ".join(f"{name} = attempt_total.{name} {sign} excluded.{name}" for name in _measures())
    keys = ", ".join(TOTAL_KEYS)
    return sa.text(f"{_insert(f' AND {chosen}')} ORDER BY {keys} ON CONFLICT ({keys}) DO UPDATE SET {changed}")


def _insert(also: str) -> str:
    keys, measures = ", ".join(TOTAL_KEYS), _measures()
    return (
        f"INSERT INTO attempt_total ({keys}, first_id, {', '.join(measures)})"  # noqa: S608 - names of our own columns
        f" SELECT {keys}, min(id), {', '.join(measures.values())} FROM attempt"
        f" WHERE cost_state <> 'pending'{also} GROUP BY {keys}"
    )


@cache
def _measures() -> dict[str, str]:
    """Give every sum's column and what it adds up."""
    found = dict(SUMS)
    for histogram, (column, edges) in HISTOGRAMS.items():
        used = f"{column} IS NOT NULL" if column.endswith("_us") else "input_tokens + output_tokens > 0"
        for place, name in enumerate(bucket_columns(histogram)):
            above = f" AND {column} > {edges[place - 1]}" if place else ""
            upto = f" AND {column} <= {edges[place]}" if place < len(edges) else ""
            found[name] = f"sum(CASE WHEN {used}{above}{upto} THEN 1 ELSE 0 END)"
    return found
