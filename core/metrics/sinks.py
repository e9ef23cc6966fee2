"""Where events go: one sink a URL of CLAUDEPROMPTER_EVENTS.

jsonl:/var/log/claudeprompter.jsonl, log:, webhook+https://host/path, kafka://host:9092/topic,
influx+http://host:8086/database. A name shows neither user nor password nor query.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Protocol
from urllib.parse import urlsplit

from core.domain.event import WrittenEvent
from core.errors import ClaudePrompterError, SettingsError

SECONDS = 5.0
"""How long a sink may take over one batch before it counts as dead."""


class SinkFailed(ClaudePrompterError):
    """A sink did not take what it was given; it is given the same again."""

    kind = "sink_failed"


class EventSink(Protocol):
    """Takes events, in their order. Each may come more than once; `uid` tells repeats."""

    name: str

    def take(self, events: Sequence[WrittenEvent], stop: threading.Event) -> None:
        """Take a batch whole. Raises SinkFailed where that is not sure, and soon after `stop` is set."""

    def close(self) -> None:
        """Let go of files and connections."""


def sink_name(url: str) -> str:
    """Give what a sink is called: its URL without user, password and query."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url
    return f"{scheme}://{rest.partition('?')[0].rpartition('@')[2]}"


def make_sink(url: str, *, workspace: str, environ: Mapping[str, str]) -> EventSink:
    """Give the sink of a URL; it opens nothing before the first event.

    Secrets come from the environment: CLAUDEPROMPTER_WEBHOOK_SECRET signs what a webhook gets,
    CLAUDEPROMPTER_KAFKA_PASSWORD and CLAUDEPROMPTER_INFLUX_TOKEN log in. Raises SettingsError for an unknown form.
    """
    # Each needs a library of its own, which is read only where one is set.
    name, scheme = sink_name(url), url.partition(":")[0]
    if scheme in ("jsonl", "log"):
        from core.metrics.line_sinks import JsonlSink, LogSink  # noqa: PLC0415

        if scheme == "log":
            return LogSink(name, workspace)
        return JsonlSink(name, url.partition(":")[2], workspace)
    if scheme in ("webhook+http", "webhook+https"):
        from core.metrics.webhook_sink import WebhookSink  # noqa: PLC0415

        return WebhookSink(name, url.partition("+")[2], workspace, environ.get("CLAUDEPROMPTER_WEBHOOK_SECRET", ""))
    if scheme in ("influx+http", "influx+https") and urlsplit(url).path.strip("/"):
        from core.metrics.influx_sink import InfluxSink  # noqa: PLC0415

        return InfluxSink(name, url.partition("+")[2], workspace, environ.get("CLAUDEPROMPTER_INFLUX_TOKEN", ""))
    if scheme == "kafka" and urlsplit(url).path.strip("/"):
        from core.metrics.kafka_sink import KafkaSink  # noqa: PLC0415

        return KafkaSink(name, url, workspace, environ.get("CLAUDEPROMPTER_KAFKA_PASSWORD", ""))
    raise SettingsError(
        f"CLAUDEPROMPTER_EVENTS: nothing takes events at {name}.",
        next_step="Use jsonl:/path, log:, webhook+https://host/path, kafka://host:9092/topic "
        "or influx+http://host:8086/database.",
    )
