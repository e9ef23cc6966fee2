"""The sink that posts events to a web address, signed as Standard Webhooks say."""

import base64
import binascii
import hashlib
import hmac
import threading
import time
from collections.abc import Sequence

import httpx

from core.domain.event import WrittenEvent
from core.metrics.envelope import cloud_event
from core.metrics.sinks import SECONDS, SinkFailed

BATCH_TYPE = "application/cloudevents-batch+json"


class WebhookSink:
    """Posts a JSON list of events; any answer of 200 to 299 takes all of it."""

    def __init__(self, name: str, url: str, workspace: str, secret: str = "") -> None:
        """Connect to nothing yet. With a secret each post is signed."""
        self.name = name
        self._url = url
        self._workspace = workspace
        self._key = _key(secret)
        self._client: httpx.Client | None = None

    def take(self, events: Sequence[WrittenEvent], stop: threading.Event) -> None:
        """Post a batch. Raises SinkFailed for any other answer, and for none."""
        body = f"[{','.join(cloud_event(event, self._workspace) for event in events)}]".encode()
        headers = {"Content-Type": BATCH_TYPE, **self._signature(f"{events[0].uid}.{len(events)}", body)}
        self._client = self._client or httpx.Client(timeout=SECONDS, follow_redirects=False)
        try:
            answer = self._client.post(self._url, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise SinkFailed("It cannot be reached.", detail=type(error).__name__) from error
        if not answer.is_success:
            raise SinkFailed(f"It answered {answer.status_code}.", detail=answer.text[:200])

    def _signature(self, message: str, body: bytes) -> dict[str, str]:
        """Give the headers of https://www.standardwebhooks.com: id, time, and HMAC-SHA256 over both and the body."""
        if not self._key:
            return {}
        now = str(int(time.time()))
        digest = hmac.new(self._key, f"{message}.{now}.".encode() + body, hashlib.sha256).digest()
        signature = f"v1,{base64.b64encode(digest).decode()}"
        return {"webhook-id": message, "webhook-timestamp": now, "webhook-signature": signature}

    def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None


def _key(secret: str) -> bytes:
    """Give the bytes of a secret: one that begins with whsec_ is written in base64, any other is taken as it is."""
    if secret.startswith("whsec_"):
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            return secret.encode()
    return secret.encode()
