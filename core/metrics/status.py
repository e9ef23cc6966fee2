"""What leaves a workspace, where to, and how far each destination is behind: for the page that says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from core.domain.workspace import Workspace
from core.llm.environment import environment
from core.metrics.exports import is_exported
from core.metrics.sinks import sink_name
from core.metrics.telemetry import ENDPOINT, METRICS, TRACES, wish
from core.settings import Settings
from core.store.database import Database
from core.store.figures import BusyHour, SinkRow, busy_hours, sinks

BUSY_FOR = timedelta(hours=24)
LATE_AFTER = timedelta(seconds=30)


class Standing(StrEnum):
    """How a destination is doing."""

    IDLE = "idle"
    WELL = "well"
    LATE = "late"
    FAILING = "failing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where events, metrics or traces go. `lost` is what was dropped because it was not taken in time."""

    what: str
    where: str
    standing: Standing
    delivered: int = 0
    lost: int = 0
    waiting: int = 0
    waiting_since: datetime | None = None
    error: str = ""
    delivered_at: datetime | None = None


class ExportStatus:
    """The destinations of one workspace. Raises StoreError and its kinds."""

    def __init__(self, database: Database, settings: Settings, workspace: Workspace) -> None:
        """Read this database; the settings say what is wanted."""
        self._database = database
        self._settings = settings
        self._workspace = workspace

    @property
    def exported(self) -> bool:
        """Tell whether this workspace may send anything at all; the demo sends only where it is all there is."""
        return is_exported(self._settings, self._workspace)

    def destinations(self, *, now: datetime | None = None) -> tuple[Destination, ...]:
        """Give every destination that is set or was used last, those that fail first."""
        moment = now or datetime.now(UTC)
        rows = {row.name: row for row in sinks(self._database)}
        addresses = _otlp_addresses(environment()) if self.exported else {}
        wanted = [sink_name(url) for url in self._settings.events] if self.exported else []
        names = dict.fromkeys([*wanted, *addresses, *rows])
        found = [_destination(name, rows.get(name), addresses.get(name, ""), moment) for name in names]
        return tuple(sorted(found, key=lambda each: each.standing is not Standing.FAILING))

    def busy_hours(self, *, now: datetime | None = None) -> tuple[BusyHour, ...]:
        """Give the hours of the last day in which requests were made."""
        return tuple(busy_hours(self._database, since=(now or datetime.now(UTC)) - BUSY_FOR))


def _otlp_addresses(environ: Mapping[str, str]) -> dict[str, str]:
    """Give the host each signal goes to, by the sink's name."""
    wanted = wish(environ)
    found = {}
    for name, signal, is_wanted in ((METRICS, "METRICS", wanted.metrics), (TRACES, "TRACES", wanted.traces)):
        if is_wanted:
            url = environ.get(f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT") or environ.get(ENDPOINT, "")
            parts = urlsplit(url)
            found[name] = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return found


def _destination(name: str, row: SinkRow | None, address: str, now: datetime) -> Destination:
    what = {METRICS: "Metrics", TRACES: "Traces"}.get(name, "Events")
    where = name if what == "Events" else address or "OpenTelemetry"
    if row is None:
        return Destination(what=what, where=where, standing=Standing.IDLE)
    return Destination(
        what=what,
        where=where,
        standing=_standing(row, now),
        delivered=row.delivered,
        lost=row.lost,
        waiting=row.waiting,
        waiting_since=row.waiting_since,
        error=row.last_error,
        delivered_at=row.delivered_at,
    )


def _standing(row: SinkRow, now: datetime) -> Standing:
    if row.failing_since is not None:
        return Standing.FAILING
    if row.waiting_since is not None and now - row.waiting_since > LATE_AFTER:
        return Standing.LATE
    return Standing.WELL if row.delivered else Standing.IDLE
