"""Events as other systems get them: CloudEvents 1.0, the standard envelope for events of any kind."""

import json

from core.domain.event import WrittenEvent


def cloud_event(event: WrittenEvent, workspace: str) -> str:
    """Give an event as one line of JSON. `id` is the same at every delivery, so that a reader can drop repeats."""
    head = json.dumps(
        {
            "specversion": "1.0",
            "id": event.uid,
            "source": f"/claudeprompter/{workspace}",
            "type": f"claudeprompter.{event.kind}",
            "time": event.at.isoformat(),
            "subject": event.run or None,
            "sequence": f"{event.number:020}",
            "datacontenttype": "application/json",
        },
        separators=(",", ":"),
    )
    # The data are JSON already: they are put in as they stand in the outbox, not read and written again.
    return f'{head[:-1]},"data":{event.data}}}'
