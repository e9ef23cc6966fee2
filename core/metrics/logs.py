"""Log lines as JSON, one object a line on the process's output, for any log collector."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from core.domain.event import WrittenEvent

LEVELS = {"WARNING": "warn", "CRITICAL": "fatal"}
NOT_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class JsonLines(logging.Formatter):
    """Writes a record as an object: time, level, logger, message, what was passed as `extra`, and an error's trace."""

    def format(self, record: logging.LogRecord) -> str:
        """Give one line; whatever is no JSON becomes text."""
        found: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": LEVELS.get(record.levelname, record.levelname.lower()),
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
        }
        found |= {name: value for name, value in vars(record).items() if name not in NOT_FIELDS}
        if record.exc_info:
            found["error"] = self.formatException(record.exc_info)
        return json.dumps(found, ensure_ascii=False, default=str)


def event_line(event: WrittenEvent, workspace: str) -> str:
    """Give an event as a line of the same form, so that a collector reads one kind of line."""
    head = json.dumps(
        {
            "time": event.at.isoformat(),
            "level": "info",
            "logger": "claudeprompter.event",
            "message": event.kind,
            "workspace": workspace,
            "run": event.run,
            "id": event.uid,
        },
        ensure_ascii=False,
    )
    return f'{head[:-1]}, "data": {event.data}}}'


def log_as_json(level: int = logging.INFO) -> None:
    """Write all of this process's log as JSON lines from now on, whoever had set handlers before."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for logger in list(logging.Logger.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger) and logger.handlers:
            logger.handlers.clear()
            logger.propagate = True
