"""The meaning of prompts: vectors kept by the text's hash, and the search for the nearest ones.

A prompt has a vector of its head and, where it is long, one of its tail; the better half counts. All have length one,
so that their product is the cosine. Vectors of another model or version are kept and never mixed. Without pgvector the
vectors of one model are read once and held as half floats (768 bytes for 384 dimensions; a cosine moves by less than
0.001), later ones are added as they come.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.run import Visibility
from core.store import tables
from core.store.columns import Vector
from core.store.database import Database, table
from core.store.upsert import insert_or_leave
from core.store.vector_columns import uses_pgvector

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

VECTOR = table(tables.PromptVector)
RUN = table(tables.Run)

ASKED_AT_ONCE = 500
READ_AT_ONCE = 16_384
SCORED_AT_ONCE = 2_048
NEWEST = 200
"""Prompts that are looked at to tell whether vectors are still missing."""
_FLOAT = "<f4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What a meaning is compared with: the vectors of a text under one model, as bytes of float32.

    `head` and `tail` are equal for a short text. `least` is the smallest cosine that counts as like.
    """

    model: str
    version: str
    head: bytes
    tail: bytes
    least: float = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A run whose prompt has no vector yet."""

    run_id: int
    sha256: str
    prompt: str


class PromptVectors:
    """The vectors of one workspace's prompts."""

    def __init__(self, database: Database) -> None:
        """Read and write this database; nothing is read before the first search."""
        self._database = database
        self._pgvector: bool | None = None
        self._loaded: dict[tuple[str, str], _Loaded] = {}
        self._lock = threading.Lock()

    def keep(self, vectors: "Mapping[str, Floats]", *, model: str, version: str) -> None:
        """Keep vectors, each (2, d) of length one, by the SHA-256 of their text; one that is there stays."""
        with self._database.write() as connection:
            pgvector = self._uses_pgvector(connection)
            for sha, halves in vectors.items():
                head, tail = (half.astype(_FLOAT) for half in halves)
                values: dict[str, Any] = {"head": _column(head, pgvector=pgvector), "tail": None}
                if head.tobytes() != tail.tobytes():
                    values["tail"] = _column(tail, pgvector=pgvector)
                insert_or_leave(connection, VECTOR, {"text_sha256": sha, "model": model, "version": version, **values})

    def known(self, hashes: Iterable[str], *, model: str, version: str) -> "dict[str, Floats]":
        """Give the vectors that are kept of these texts, each (2, d), by the text's hash."""
        wanted = list(dict.fromkeys(hashes))
        found: dict[str, Floats] = {}
        with self._database.read() as connection:
            asked = self._asked(connection).where(VECTOR.c.model == model, VECTOR.c.version == version)
            for start in range(0, len(wanted), ASKED_AT_ONCE):
                part = asked.where(VECTOR.c.text_sha256.in_(wanted[start : start + ASKED_AT_ONCE]))
                found |= {row.text_sha256: self._halves(row) for row in connection.execute(part)}
        return found

    def missing(
        self, *, model: str, version: str, limit: int, above: int = 0, below: int | None = None
    ) -> tuple[Unread, ...]:
        """Give runs whose prompt has no vector yet, the newest first; of those with keys `above` one and `below` one.

        Whoever goes through all of them moves `below` down, so that none is looked at twice.
        """
        there = sa.exists().where(
            VECTOR.c.text_sha256 == RUN.c.prompt_sha256, VECTOR.c.model == model, VECTOR.c.version == version
        )
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(RUN.c.id, RUN.c.prompt_sha256, RUN.c.prompt)
                .where(
                    RUN.c.id > above,
                    *([] if below is None else [RUN.c.id < below]),
                    RUN.c.prompt != "",
                    RUN.c.erased_at.is_(None),
                    RUN.c.visibility != Visibility.ASIDE,
                    ~there,
                )
                .order_by(RUN.c.id.desc())
                .limit(limit)
            ).all()
        return tuple(Unread(run_id=row.id, sha256=row.prompt_sha256, prompt=row.prompt) for row in rows)

    def newest_run(self) -> int:
        """Give the highest key of a run, 0 where there is none."""
        with self._database.read() as connection:
            return int(connection.execute(sa.select(sa.func.max(RUN.c.id))).scalar() or 0)

    def behind(self, *, model: str, version: str) -> int:
        """Give how many of the newest prompts have no vector yet; none means that the search by meaning is whole."""
        newest = (
            sa.select(RUN.c.prompt_sha256)
            .where(RUN.c.prompt != "", RUN.c.erased_at.is_(None))
            .order_by(RUN.c.id.desc())
            .limit(NEWEST)
            .subquery()
        )
        there = sa.exists().where(
            VECTOR.c.text_sha256 == newest.c.prompt_sha256, VECTOR.c.model == model, VECTOR.c.version == version
        )
        with self._database.read() as connection:
            asked = sa.select(sa.func.count()).select_from(newest).where(~there)
            return int(connection.execute(asked).scalar_one())

    def nearest(self, connection: Connection, like: Likeness, *, most: int | None) -> dict[str, float]:
        """Give the hashes of the nearest prompts with their cosine, best first; with None, of all that are like."""
        if self._uses_pgvector(connection):
            return _nearest_by_pgvector(connection, like, most)
        with self._lock:
            loaded = self._loaded.setdefault((like.model, like.version), _Loaded())
            # The names are wrapped, so that the key alone leads to the few new rows and not the index of all names.
            named = (
                sa.func.coalesce(VECTOR.c.model, "") == like.model,
                sa.func.coalesce(VECTOR.c.version, "") == like.version,
            )
            rows = connection.execute(
                self._asked(connection).where(VECTOR.c.id > loaded.last_id, *named).order_by(VECTOR.c.id)
            )
            while part := rows.fetchmany(READ_AT_ONCE):
                loaded.add(part)
            return loaded.nearest(like, most)

    def _uses_pgvector(self, connection: Connection) -> bool:
        if self._pgvector is None:
            self._pgvector = uses_pgvector(connection)
        return self._pgvector

    def _asked(self, connection: Connection) -> sa.Select[Any]:
        columns = [VECTOR.c.id, VECTOR.c.text_sha256]
        if self._uses_pgvector(connection):
            # Two numbers of two bytes, then float32, highest byte first.
            return sa.select(*columns, *(sa.func.vector_send(VECTOR.c[half]).label(half) for half in ("head", "tail")))
        return sa.select(*columns, VECTOR.c.head, VECTOR.c.tail)

    def _halves(self, row: Any) -> "Floats":
        import numpy as np  # noqa: PLC0415 - heavy, and only where meanings are compared

        skipped, kind = (4, ">f4") if self._pgvector else (0, _FLOAT)
        halves = [np.frombuffer(half[skipped:], dtype=kind) for half in (row.head, row.tail or row.head)]
        return np.stack(halves).astype(np.float32)


class _Loaded:
    """The vectors of one model in memory: one line for each half that differs, and whose it is."""

    def __init__(self) -> None:
        self.last_id = 0
        self._hashes: list[str] = []
        self._blocks: list[Any] = []
        self._owners: list[Any] = []

    def add(self, rows: Sequence[Any]) -> None:
        import numpy as np  # noqa: PLC0415

        lines: list[bytes] = []
        owners: list[int] = []
        for number, row in enumerate(rows, start=len(self._hashes)):
            halves = [row.head] if row.tail is None else [row.head, row.tail]
            lines += halves
            owners += [number] * len(halves)
        self._hashes += [row.text_sha256 for row in rows]
        block = np.frombuffer(b"".join(lines), dtype=_FLOAT).reshape(len(lines), -1).astype(np.float16)
        self._blocks.append(block)
        self._owners.append(np.array(owners))
        self.last_id = rows[-1].id
        if (
            len(self._blocks) > 2 and len(self._blocks[-2]) < SCORED_AT_ONCE
        ):  # few at a time must not become many blocks
            self._blocks[-2:] = [np.concatenate(self._blocks[-2:])]
            self._owners[-2:] = [np.concatenate(self._owners[-2:])]

    def nearest(self, like: Likeness, most: int | None) -> dict[str, float]:
        import numpy as np  # noqa: PLC0415

        asked = [np.frombuffer(half, dtype=_FLOAT) for half in dict.fromkeys((like.head, like.tail))]
        best = np.full(len(self._hashes), -1.0, dtype=np.float32)
        for block, owners in zip(self._blocks, self._owners, strict=True):
            for start in range(0, len(block), SCORED_AT_ONCE):
                part = block[start : start + SCORED_AT_ONCE].astype(np.float32)
                for half in asked:  # a matrix times one vector is faster than times a matrix of one column
                    np.maximum.at(best, owners[start : start + SCORED_AT_ONCE], part @ half)
        able = np.flatnonzero(best >= like.least)
        if most is not None and most < len(able):
            able = able[np.argpartition(-best[able], most)[:most]]
        order = able[np.argsort(-best[able], kind="stable")]
        return {self._hashes[number]: float(best[number]) for number in order.tolist()}


def _column(half: "Floats", *, pgvector: bool) -> Any:
    if not pgvector:
        return half.tobytes()
    return sa.cast(sa.literal(_as_text(half.tolist())), Vector())


def _as_text(values: Iterable[float]) -> str:
    return "[" + ",".join(f"{value!r}" for value in values) + "]"


def _nearest_by_pgvector(connection: Connection, like: Likeness, most: int | None) -> dict[str, float]:
    import numpy as np  # noqa: PLC0415

    halves = dict.fromkeys((like.head, like.tail))
    asked = {f"q{number}": _as_text(np.frombuffer(half, dtype=_FLOAT).tolist()) for number, half in enumerate(halves)}
    # <#> is the negative product, by which pgvector orders.
    parts = [f"-({half} <#> CAST(:{name} AS vector))" for name in asked for half in ("head", "tail")]
    rows = connection.execute(
        sa.text(
            f"SELECT text_sha256, score FROM (SELECT text_sha256, greatest({', '.join(parts)}) AS score "  # noqa: S608
            "FROM prompt_vector WHERE model = :model AND version = :version) AS scored "
            "WHERE score >= :least ORDER BY score DESC LIMIT :most"
        ),
        {**asked, "model": like.model, "version": like.version, "least": like.least, "most": most},
    )
    return {row.text_sha256: float(row.score) for row in rows}
