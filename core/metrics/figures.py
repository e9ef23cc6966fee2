"""The figures of one workspace as metrics, read from the database: so they equal it, whatever was restarted.

Attempts happen in the engine's process and pages are served by another, and both may be killed. So nothing is counted
in memory: a scrape reads the sums that the settling transactions keep, a few dozen rows whatever the history's length.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from core.domain.money import from_pico
from core.metrics import names
from core.metrics.families import Attributes, Family, Spread, Value
from core.metrics.names import Instrument
from core.store.database import Database
from core.store.figures import ChunkRow, Snapshot, TotalRow, snapshot
from core.store.metric_tables import BUCKETS, SECOND_EDGES, TOKEN_EDGES

MODELS_AT_MOST = 200
"""Models with a series of their own: the first that were used. A label may not take any number of values."""
BUDGETS_AT_MOST = 100

STOPPED = ("cancelled", "interrupted")
"""States of an attempt that is over without an answer and without an error of the model's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetFigure:
    """How a budget stands, in USD; `name` says whose and for how long and is no person's."""

    name: str
    spent: Decimal
    left: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the figures are of."""

    workspace: str
    version: str


class Figures:
    """The figures of one workspace."""

    def __init__(self, database: Database, about: About, budgets: Callable[[], Sequence[BudgetFigure]] = tuple) -> None:
        """Read this database; `budgets` gives how the budgets stand."""
        self._database = database
        self.about = about
        self._budgets = budgets

    def families(self) -> list[Family]:
        """Give every metric as it stands now. Raises StoreError and its kinds."""
        now = datetime.now(UTC)
        found = snapshot(self._database)
        label = _Labels(found)
        return [
            *_of_attempts(found.totals, label),
            _of_pieces(found.chunks, label),
            *_of_the_moment(found, label, now),
            *_of_budgets(self._budgets()[:BUDGETS_AT_MOST]),
            *_of_sinks(found),
            Family(
                instrument=names.INFO,
                values=[
                    Value(
                        at=((names.WORKSPACE, self.about.workspace), ("service.version", self.about.version)), value=1
                    )
                ],
            ),
        ]


class _Labels:
    """The attributes that say which model: of the models beyond the first so many only that they are others."""

    def __init__(self, found: Snapshot) -> None:
        first: dict[str, int] = {}
        for row in found.totals:
            first[row.model] = min(first.get(row.model, row.first_id), row.first_id)
        self._known = set(sorted(first, key=first.__getitem__)[:MODELS_AT_MOST])

    def model(self, name: str) -> str:
        return name if name in self._known or len(self._known) < MODELS_AT_MOST else names.OTHER

    def of(self, row: TotalRow | ChunkRow) -> Attributes:
        return (
            (names.OPERATION, names.CHAT),
            (names.PROVIDER, names.PROVIDERS.get(row.provider, row.provider)),
            (names.MODEL, self.model(row.model)),
            (names.PLACE, row.place),
        )

    def error(self, row: TotalRow) -> Attributes:
        kind = row.error_kind or (row.state if row.state in STOPPED else "")
        return (*self.of(row), (names.ERROR_TYPE, kind)) if kind else self.of(row)


class _Sums:
    """Adds up what has the same attributes."""

    def __init__(self) -> None:
        self._sums: dict[Attributes, int] = defaultdict(int)

    def add(self, at: Attributes, value: int) -> None:
        self._sums[at] += value

    def family(self, instrument: Instrument, *, as_dollars: bool = False) -> Family:
        values = [
            Value(at=at, value=float(from_pico(value)) if as_dollars else value)
            for at, value in sorted(self._sums.items())
        ]
        return Family(instrument=instrument, values=values)


class _Spreads:
    """Adds up histograms that have the same attributes."""

    def __init__(self) -> None:
        self._counts: dict[Attributes, list[int]] = defaultdict(lambda: [0] * BUCKETS)
        self._totals: dict[Attributes, int] = defaultdict(int)

    def add(self, at: Attributes, counts: Iterable[tuple[int, int]], total: int) -> None:
        mine = self._counts[at]
        for bucket, count in counts:
            mine[bucket] += count
        self._totals[at] += total

    def family(self, instrument: Instrument, edges: Sequence[int], *, scale: float = 1) -> Family:
        spreads = [
            Spread(at=at, counts=tuple(counts), total=self._totals[at] / scale)
            for at, counts in sorted(self._counts.items())
            if any(counts)
        ]
        return Family(instrument=instrument, spreads=spreads, edges=tuple(edge / scale for edge in edges))


def _of_attempts(rows: Sequence[TotalRow], label: _Labels) -> list[Family]:
    counters = {
        names.INPUT_TOKENS: "input_tokens",
        names.OUTPUT_TOKENS: "output_tokens",
        names.CACHE_READ: "cached_tokens",
        names.CACHE_WRITE: "cache_write_tokens",
        names.REASONING: "thinking_tokens",
        names.COST: "amount",
        names.RETRIES: "retries",
    }
    sums = {instrument.name: _Sums() for instrument in (*counters, names.ATTEMPTS, names.TRUNCATIONS, names.UNPRICED)}
    duration, first, tokens = _Spreads(), _Spreads(), _Spreads()
    for row in rows:
        at = label.of(row)
        for instrument, column in counters.items():
            sums[instrument.name].add(at, row.sums[column])
        attempts = row.sums["attempts"]
        sums[names.ATTEMPTS.name].add((*at, (names.OUTCOME, row.state)), attempts)
        sums[names.TRUNCATIONS.name].add(at, attempts if row.state == "truncated" else 0)
        sums[names.UNPRICED.name].add(at, attempts if row.cost_state == "unpriced" else 0)
        with_error = label.error(row)
        duration.add(with_error, enumerate(row.histograms["total"]), row.sums["total_us"])
        first.add(at, enumerate(row.histograms["first"]), row.sums["first_us"])
        for kind in ("input", "output"):
            typed = (*at, (names.TOKEN_TYPE, kind))
            tokens.add(typed, enumerate(row.histograms[kind]), row.sums[f"{kind}_tokens"])
    plain = [*counters, names.ATTEMPTS, names.TRUNCATIONS, names.UNPRICED]
    return [
        duration.family(names.DURATION, SECOND_EDGES, scale=1e6),
        first.family(names.FIRST_CHUNK, SECOND_EDGES, scale=1e6),
        tokens.family(names.TOKEN_USAGE, TOKEN_EDGES),
        *(sums[each.name].family(each, as_dollars=each is names.COST) for each in plain),
    ]


def _of_pieces(rows: Sequence[ChunkRow], label: _Labels) -> Family:
    gaps = _Spreads()
    for row in rows:
        gaps.add(label.of(row), [(row.bucket, row.chunks)], row.gap_us)
    return gaps.family(names.OUTPUT_CHUNK, SECOND_EDGES, scale=1e6)


def _of_the_moment(found: Snapshot, label: _Labels, now: datetime) -> list[Family]:
    going = _Sums()
    for row in found.going:
        going.add(((names.MODEL, label.model(row.model)), (names.PLACE, row.place)), row.shots)
    # Models that failed are a few at a time; those beyond the limit share a series, which is open where one of them is.
    paused: dict[Attributes, int] = {}
    failures: dict[Attributes, int] = {}
    for model, count, until in found.breakers:
        at = ((names.MODEL, label.model(model)),)
        paused[at] = max(paused.get(at, 0), int(until is not None and until > now))
        failures[at] = max(failures.get(at, 0), count)
    return [
        going.family(names.IN_FLIGHT),
        Family(instrument=names.QUEUED, values=[Value(at=(), value=found.queued)]),
        Family(instrument=names.BREAKER, values=[Value(at=at, value=is_open) for at, is_open in paused.items()]),
        Family(instrument=names.BREAKER_FAILURES, values=[Value(at=at, value=n) for at, n in failures.items()]),
    ]


def _of_budgets(budgets: Sequence[BudgetFigure]) -> list[Family]:
    return [
        Family(
            instrument=names.BUDGET_SPENT,
            values=[Value(at=((names.BUDGET, each.name),), value=float(each.spent)) for each in budgets],
        ),
        Family(
            instrument=names.BUDGET_LEFT,
            values=[
                Value(at=((names.BUDGET, each.name),), value=float(each.left))
                for each in budgets
                if each.left is not None
            ],
        ),
    ]


def _of_sinks(found: Snapshot) -> list[Family]:
    def family(instrument: Instrument, values: Iterable[tuple[str, int]]) -> Family:
        return Family(instrument=instrument, values=[Value(at=((names.SINK, name),), value=n) for name, n in values])

    return [
        family(names.DELIVERED, ((sink.name, sink.delivered) for sink in found.sinks)),
        family(names.LOST, ((sink.name, sink.lost) for sink in found.sinks)),
        family(names.WAITING, ((sink.name, sink.waiting) for sink in found.sinks if sink.takes_events)),
    ]
