"""One shot on its way: the loop puts in what arrives, the writer takes it out.

The loop and the writer are two threads. A deque's append and popleft are atomic, so pieces need no lock; only starting
over does, because it must not fall between the writer's two looks.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from time import monotonic

from core.domain.usage import Usage
from core.store.metric_tables import SECOND_EDGES
from core.store.shot_records import QueuedShot


class StopReason(StrEnum):
    """Why the engine itself ended a request."""

    CANCELLED = "cancelled"
    STALLED = "stalled"
    DEADLINE = "deadline"
    INTERRUPTED = "interrupted"


class Flow:
    """What has arrived of one attempt, and when. Times are monotonic seconds."""

    __slots__ = (
        "answer",
        "answer_chars",
        "attempt",
        "attempt_open",
        "first_at",
        "input_tokens",
        "last_at",
        "pieces",
        "shot",
        "shot_started",
        "started",
        "stop",
        "thinking",
        "thinking_chars",
        "waits",
    )  # fmt: skip

    def __init__(self, shot: QueuedShot) -> None:
        """Begin with nothing received."""
        self.shot = shot
        self.attempt = shot.attempts
        self.attempt_open = False
        self.pieces: deque[tuple[bool, str]] = deque()
        self.answer: list[str] = []
        self.thinking: list[str] = []
        self.answer_chars = 0
        self.thinking_chars = 0
        self.waits: dict[int, list[int]] = {}
        self.input_tokens = 0
        self.shot_started = self.started = self.last_at = monotonic()
        self.first_at: float | None = None
        self.stop: StopReason | None = None

    def begin(self, attempt: int) -> None:
        """Start another attempt from nothing."""
        self.attempt = attempt
        self.attempt_open = True
        self.pieces.clear()
        self.answer.clear()
        self.thinking.clear()
        self.waits.clear()
        self.answer_chars = self.thinking_chars = 0
        self.started = self.last_at = monotonic()
        self.first_at = None

    def add(self, text: str, *, thinking: bool) -> bool:
        """Take in a piece; tell whether it was the first."""
        before, self.last_at = self.last_at, monotonic()
        self.pieces.append((thinking, text))
        if thinking:
            self.thinking.append(text)
            self.thinking_chars += len(text)
        else:
            self.answer.append(text)
            self.answer_chars += len(text)
        if self.first_at is None:
            self.first_at = self.last_at
            return True
        wait = int((self.last_at - before) * 1e6)
        counted = self.waits.setdefault(bisect_left(SECOND_EDGES, wait), [0, 0])
        counted[0] += 1
        counted[1] += wait
        return False

    def take(self) -> tuple[tuple[bool, str], ...]:
        """Give what arrived since the last call, neighbouring pieces of one kind joined."""
        joined: list[tuple[bool, list[str]]] = []
        while self.pieces:
            thinking, text = self.pieces.popleft()
            if joined and joined[-1][0] == thinking:
                joined[-1][1].append(text)
            else:
                joined.append((thinking, [text]))
        return tuple((thinking, "".join(texts)) for thinking, texts in joined)

    @property
    def ttft_us(self) -> int | None:
        """Give the time from the attempt's start to its first piece, in microseconds."""
        return None if self.first_at is None else int((self.first_at - self.started) * 1e6)

    def counted(self, count: Callable[[str, str], int]) -> Usage:
        """Give our own count of what arrived; `count(text, model)` is asked about a sample and scaled to the length."""
        share = count(SAMPLE, self.shot.model) / len(SAMPLE)
        thinking = round(self.thinking_chars * share)
        output = round(self.answer_chars * share) + thinking
        return Usage(input_tokens=self.input_tokens, output_tokens=output, thinking_tokens=thinking, estimated=True)


SAMPLE = "The quick brown fox jumps over the lazy dog, and then it rests in the shade of an old oak tree. " * 4
