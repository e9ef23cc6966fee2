"""The sink that gives events to Kafka: a record an event, keyed by its run, so that those of a run keep their order."""

import threading
from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from core.domain.event import WrittenEvent
from core.errors import SettingsError
from core.metrics.envelope import cloud_event
from core.metrics.sinks import SECONDS, SinkFailed

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, Message, Producer

CONTENT_TYPE = b"application/cloudevents+json; charset=UTF-8"


class KafkaSink:
    """Produces to `kafka://host:9092/topic`; the query sets options of librdkafka, as `?security.protocol=SASL_SSL`."""

    def __init__(self, name: str, url: str, workspace: str, password: str = "") -> None:
        """Connect to nothing yet. Raises SettingsError where the client's library is not installed."""
        try:
            import confluent_kafka  # noqa: F401, PLC0415 - only whoever sends to Kafka has it
        except ImportError as error:
            raise SettingsError(
                "Events for Kafka need the package confluent-kafka.",
                next_step="Install it: pip install 'claudeprompter[kafka]'.",
            ) from error
        parts = urlsplit(url)
        self.name = name
        self._topic = parts.path.strip("/")
        self._workspace = workspace
        self._options: dict[str, str | int | bool] = {
            "bootstrap.servers": parts.netloc.rpartition("@")[2],
            "client.id": "claudeprompter",
            "enable.idempotence": True,
            "acks": "all",
            "message.timeout.ms": int(SECONDS * 1000),
            "linger.ms": 5,
            "log.queue": False,
            **({"sasl.username": unquote(parts.username)} if parts.username else {}),
            **({"sasl.password": password} if password else {}),
            **dict(parse_qsl(parts.query)),
        }
        self._producer: Producer | None = None

    def take(self, events: Sequence[WrittenEvent], stop: threading.Event) -> None:
        """Produce a batch and wait until the brokers have it. Raises SinkFailed where they do not take all of it."""
        producer = self._producer = self._producer or self._connect()
        faults: list[str] = []

        def told(error: "KafkaError | None", _message: "Message") -> None:
            if error is not None:
                faults.append(str(error))

        try:
            for event in events:
                producer.produce(
                    self._topic,
                    key=event.run or event.kind,
                    value=cloud_event(event, self._workspace).encode(),
                    headers={"content-type": CONTENT_TYPE},
                    timestamp=int(event.at.timestamp() * 1000),
                    on_delivery=told,
                )
            left = self._flush(producer, stop)
        except Exception as error:  # BufferError, KafkaException: the client's own errors have no common root
            self.close()
            raise SinkFailed("It does not take events.", detail=str(error)) from error
        if left or faults:
            # A new producer begins anew: what this one still holds must not arrive after what is sent again.
            self.close()
            raise SinkFailed("It did not take all events.", detail=faults[0] if faults else "no answer")

    def _connect(self) -> "Producer":
        from confluent_kafka import Producer  # noqa: PLC0415

        return Producer(self._options)

    def _flush(self, producer: "Producer", stop: threading.Event) -> int:
        """Wait for the brokers, in steps, so that an engine that stops need not wait; give how many are not taken."""
        end = monotonic() + SECONDS + 1
        left = producer.flush(0.1)
        while left and monotonic() < end and not stop.is_set():
            left = producer.flush(0.1)
        return left

    def close(self) -> None:
        """Drop the connection and what was not taken."""
        if self._producer is not None:
            self._producer.purge()
            self._producer = None
