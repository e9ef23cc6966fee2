"""Sinks of lines: a file of JSON lines, and the process's own output for a log collector."""

import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from core.domain.event import WrittenEvent
from core.metrics.envelope import cloud_event
from core.metrics.logs import event_line
from core.metrics.sinks import SinkFailed


class JsonlSink:
    """Appends one JSON line an event to a file, and says it is taken once the disk has it."""

    def __init__(self, name: str, path: str, workspace: str) -> None:
        """Open nothing yet."""
        self.name = name
        self._path = Path(path).expanduser()
        self._workspace = workspace
        self._file: BinaryIO | None = None

    def take(self, events: Sequence[WrittenEvent], stop: threading.Event) -> None:
        """Append a batch. Raises SinkFailed where the file cannot be written."""
        lines = "".join(f"{cloud_event(event, self._workspace)}\n" for event in events)
        try:
            file = self._file or self._open()
            file.write(lines.encode())
            file.flush()
            os.fsync(file.fileno())
        except OSError as error:
            self.close()
            raise SinkFailed(f"{self._path} cannot be written.", detail=str(error)) from error

    def _open(self) -> BinaryIO:
        """Open the file; half a line that a killed process left is cut off, for its event comes again."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a+b")
        end = file.seek(0, os.SEEK_END)
        whole, step = end, 65_536
        while whole:
            start = max(0, whole - step)
            file.seek(start)
            found = file.read(whole - start).rfind(b"\n")
            whole = start + found + 1 if found >= 0 else start
            if found >= 0:
                break
        if whole != end:
            file.truncate(whole)
        self._file = file
        return file

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


class LogSink:
    """Writes one JSON line an event to the process's output, in the form of its log."""

    def __init__(self, name: str, workspace: str) -> None:
        """Write nothing yet."""
        self.name = name
        self._workspace = workspace

    def take(self, events: Sequence[WrittenEvent], stop: threading.Event) -> None:
        """Write a batch. Raises SinkFailed where the output is gone."""
        try:
            sys.stdout.write("".join(f"{event_line(event, self._workspace)}\n" for event in events))
            sys.stdout.flush()
        except (OSError, ValueError) as error:
            raise SinkFailed("The process's output cannot be written.", detail=str(error)) from error

    def close(self) -> None:
        """Leave the output to the process."""
