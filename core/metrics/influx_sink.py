"""The sink that writes events to InfluxDB as points of its line protocol, over HTTP (`/write`, which 1.x to 3.x serve).

Tags are what one groups by: model, provider, place, state. A run's id is a field, so that no series is made for it.
An event delivered twice writes the same point twice, which InfluxDB keeps once.
"""

import json
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx

from core.domain.event import EventKind, Json, WrittenEvent
from core.metrics.sinks import SECONDS, SinkFailed

TAGS: Final[Mapping[EventKind, tuple[str, ...]]] = {
    EventKind.RUN_STARTED: ("strategy", "origin", "team", "project"),
    EventKind.ATTEMPT_FINISHED: ("model", "provider", "place", "state", "error_kind", "cost_state"),
    EventKind.SHOT_SETTLED: ("model", "place", "state", "error_kind", "cost_state"),
    EventKind.RUN_SETTLED: ("state",),
    EventKind.VERDICT_GIVEN: ("verdict", "model"),
    EventKind.VERDICT_TAKEN_BACK: ("verdict", "model"),
    EventKind.ROUTE_DECIDED: ("strategy", "basis", "task"),
    EventKind.BUDGET_CROSSED: ("scope", "name", "period", "crossed"),
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class InfluxSink:
    """Writes to `http://user:password@host:8086/database`; with a token instead where one is given."""

    def __init__(self, name: str, url: str, workspace: str, token: str = "") -> None:
        """Connect to nothing yet."""
        parts = urlsplit(url)
        self.name = name
        self._workspace = workspace
        self._url = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/write"
        self._query = {"db": unquote(parts.path.strip("/")), "precision": "ns", **dict(parse_qsl(parts.query))}
        self._auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        self._headers = {"Authorization": f"Token {token}"} if token else {}
        self._client: httpx.Client | None = None

    def take(self, events: Sequence[WrittenEvent], stop: threading.Event) -> None:
        """Write a batch. Raises SinkFailed for any answer but 2xx, and for none."""
        body = "\n".join(line(event, self._workspace) for event in events).encode()
        self._client = self._client or httpx.Client(timeout=SECONDS, auth=self._auth, headers=self._headers)
        try:
            answer = self._client.post(self._url, params=self._query, content=body)
        except httpx.HTTPError as error:
            raise SinkFailed("It cannot be reached.", detail=type(error).__name__) from error
        if not answer.is_success:
            raise SinkFailed(f"It answered {answer.status_code}.", detail=answer.text[:200])

    def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None


def line(event: WrittenEvent, workspace: str) -> str:
    """Give an event as one line: measurement and tags, fields, nanoseconds since 1970.

    The event's number takes the place of the nanoseconds that its time has not, so that two events of one microsecond
    and alike in all tags are two points.
    """
    data: dict[str, Json] = json.loads(event.data)
    named = {"workspace": workspace, **{tag: data.pop(tag, None) for tag in TAGS[event.kind]}}
    tags = "".join(f",{_escape(key)}={_escape(str(value))}" for key, value in sorted(named.items()) if value)
    fields = {"uid": event.uid, "run": event.run, **data}
    written = ",".join(f"{_escape(key)}={_field(key, value)}" for key, value in fields.items() if value is not None)
    moment = (event.at - EPOCH) // MICROSECOND * 1000 + event.number % 1000
    return f"claudeprompter_{event.kind.replace('.', '_')}{tags} {written} {moment}"


def _field(key: str, value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value}i"
    if isinstance(value, float):
        return repr(value)
    if key.endswith("_usd"):
        return str(value)
    text = value if isinstance(value, str) else json.dumps(value)
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'


def _escape(text: str) -> str:
    """Escape a measurement, tag or field key: it may hold no bare comma, equals sign or space, and no line's end."""
    one_line = text.replace("\n", " ").replace("\r", " ").rstrip("\\")
    return one_line.replace(",", "\\,").replace("=", "\\=").replace(" ", "\\ ")
