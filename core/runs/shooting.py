"""One shot from claim to settlement: attempts, retries, patience, and what is kept of an answer that breaks off."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from time import monotonic

from core.domain.model import Connection
from core.domain.run import AttemptState, FinishReason, ShotState
from core.domain.usage import Usage
from core.errors import (
    BrokenAnswer,
    ClaudePrompterError,
    CutStream,
    DeadlinePassed,
    ModelError,
    ModelPaused,
    Stalled,
    StaysInside,
)
from core.llm.breaker import Breakers
from core.llm.port import Finish, LanguageModel, ModelRequest, TextDelta, ThinkingDelta, UsageReport
from core.llm.retry import RetryPolicy
from core.runs.flow import Flow, StopReason
from core.runs.journal import Journal
from core.runs.limits import Patience
from core.runs.pricing import TokenCounter, estimated_usage
from core.store.shot_records import AttemptEnd, QueuedShot, ShotEnd

Connect = Callable[[str], Connection]
"""Gives the connection of a model; raises ClaudePrompterError where there is none."""

MayLeave = Callable[[QueuedShot, str], None]
"""Raises StaysInside where a shot's prompt may not go outside."""


@dataclass(slots=True)
class Outcome:
    """How one attempt ended: with a reason to finish, or with an error, or because it was stopped.

    `in_flight` is how many requests were going when it was sent, itself included.
    """

    error: ClaudePrompterError | None = None
    stop: StopReason | None = None
    finish: Finish | None = None
    usage: Usage | None = None
    in_flight: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """The best that a failed attempt left behind: shown if no later attempt does better."""

    text: str
    thinking: str
    ttft_us: int | None
    usage: Usage


class Shooter:
    """Carries out shots on the engine's loop. Everything it learns goes to the journal."""

    def __init__(
        self,
        *,
        model: LanguageModel,
        connect: Connect,
        count: TokenCounter,
        journal: Journal,
        breakers: Breakers,
        retry: RetryPolicy,
        patience: Patience,
        may_leave: MayLeave | None = None,
    ) -> None:
        """Keep the parts; nothing is sent before `carry_out`."""
        self._model = model
        self._connect = connect
        self._count = count
        self._journal = journal
        self._breakers = breakers
        self._retry = retry
        self._patience = patience
        self._may_leave = may_leave
        self.in_flight = 0

    async def carry_out(self, flow: Flow, prompt: str) -> None:
        """Ask until there is an answer, no hope, or no time; settle the shot in every case."""
        shot = flow.shot
        outcome, kept = Outcome(), None
        try:
            connection = self._connect(shot.model)
        except ClaudePrompterError as error:
            self._journal.settled(shot, self._unsent(flow, error))
            return
        tries = 0
        while True:
            tries += 1
            outcome = await self._attempt(flow, connection, prompt)
            kept = _better(kept, self._kept(flow, outcome))
            wait = self._wait_before_another(flow, outcome, tries)
            self._journal.attempt_ended(
                shot, self._attempt_end(flow, connection, prompt, outcome), again=wait is not None
            )
            if wait is None:
                break
            if not await self._pause(flow, wait):
                outcome = Outcome(stop=flow.stop)
                break
        self._journal.settled(shot, self._shot_end(flow, outcome, kept))

    async def _attempt(self, flow: Flow, connection: Connection, prompt: str) -> Outcome:
        shot = flow.shot
        flow.begin(flow.attempt + 1)
        flow.input_tokens = self._count(prompt, shot.model) + self._count(shot.settings.system, shot.model)
        self._journal.attempt_started(flow, datetime.now(UTC))
        try:
            await self._check_place(shot, connection, prompt)
            self._breakers.check(shot.model)
        except (ModelPaused, StaysInside) as error:
            flow.attempt_open = False
            return Outcome(error=error)
        outcome = Outcome()
        request = ModelRequest(
            connection=connection,
            prompt=prompt,
            system=shot.settings.system,
            temperature=shot.settings.temperature,
            max_tokens=shot.settings.max_tokens,
            timeout=self._patience.wait(shot.place, started=False),
            seed=f"{shot.public_id}/{shot.shot_index}",
            shot_index=shot.shot_index,
            attempt_number=flow.attempt,
        )
        self.in_flight += 1
        outcome.in_flight = self.in_flight
        try:
            await self._receive(flow, request, outcome)
        except asyncio.CancelledError:
            outcome.stop = flow.stop or StopReason.INTERRUPTED
            _forget_cancellation()
        except ClaudePrompterError as error:
            outcome.error = error
        except Exception as error:
            outcome.error = BrokenAnswer(f"{shot.model} sent something unexpected.", detail=repr(error))
        finally:
            self.in_flight -= 1
            flow.attempt_open = False
        outcome.error = outcome.error or _error_of(outcome.stop, flow)
        self._tell_breaker(shot.model, outcome)
        return outcome

    async def _check_place(self, shot: QueuedShot, connection: Connection, prompt: str) -> None:
        """Ask once more, before every request, whether a prompt may go outside. Raises StaysInside."""
        if self._may_leave is None or (connection.place.inside and shot.place.inside):
            return
        try:
            await asyncio.to_thread(self._may_leave, shot, prompt)
        except StaysInside:
            raise
        except Exception as error:
            raise StaysInside("Whether this prompt may leave could not be found out.", detail=repr(error)) from error

    async def _receive(self, flow: Flow, request: ModelRequest, outcome: Outcome) -> None:
        stream = self._model.stream(request)
        async with contextlib.aclosing(stream):  # type: ignore[type-var]
            async for event in stream:
                if isinstance(event, TextDelta):
                    if flow.add(event.text, thinking=False):
                        self._journal.hurry()
                elif isinstance(event, ThinkingDelta):
                    if flow.add(event.text, thinking=True):
                        self._journal.hurry()
                elif isinstance(event, UsageReport):
                    outcome.usage = event.usage
                else:
                    outcome.finish = event

    def _tell_breaker(self, model: str, outcome: Outcome) -> None:
        if isinstance(outcome.error, ModelPaused):
            return
        if isinstance(outcome.error, ModelError):
            self._breakers.failed(model, outcome.error)
        elif outcome.finish is not None:
            self._breakers.succeeded(model)
        else:
            self._breakers.released(model)

    def _wait_before_another(self, flow: Flow, outcome: Outcome, tries: int) -> float | None:
        """Give the seconds to wait before the next attempt, or None where there shall be none."""
        error = outcome.error
        if flow.shot.once:
            return None
        if flow.stop in (StopReason.CANCELLED, StopReason.INTERRUPTED, StopReason.DEADLINE):
            return None
        if not isinstance(error, ModelError) or not error.retryable:
            return None
        delay = self._retry.delay(tries, error)
        left = self._patience.total - (monotonic() - flow.shot_started)
        return None if delay is None or delay >= left else delay

    async def _pause(self, flow: Flow, seconds: float) -> bool:
        """Wait before another attempt; tell whether nobody stopped the shot meanwhile."""
        flow.stop = None
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            flow.stop = flow.stop or StopReason.INTERRUPTED
            _forget_cancellation()
            return False
        return True

    def _usage(self, flow: Flow, outcome: Outcome) -> Usage:
        if outcome.usage is not None:
            return outcome.usage
        counted = flow.counted(self._count)
        return estimated_usage(
            input_tokens=counted.input_tokens,
            output_tokens=counted.output_tokens,
            thinking_tokens=counted.thinking_tokens,
        )

    def _kept(self, flow: Flow, outcome: Outcome) -> Kept | None:
        if flow.first_at is None:
            return None
        return Kept("".join(flow.answer), "".join(flow.thinking), flow.ttft_us, self._usage(flow, outcome))

    def _attempt_end(self, flow: Flow, connection: Connection, prompt: str, outcome: Outcome) -> AttemptEnd:
        now, ended = datetime.now(UTC), monotonic()
        error = outcome.error
        finish = outcome.finish
        return AttemptEnd(
            shot_id=flow.shot.shot_id,
            run_id=flow.shot.run_id,
            number=flow.attempt,
            state=_attempt_state(outcome),
            started_at=now - timedelta(seconds=ended - flow.started),
            finished_at=now,
            provider=connection.provider,
            host=connection.host,
            response_model=finish.response_model if finish else "",
            ttft_us=flow.ttft_us,
            total_us=int((ended - flow.started) * 1e6),
            http_status=getattr(error, "http_status", None),
            finish_reason=finish.reason if finish else None,
            error_kind=error.kind if error else "",
            error_message=error.message if error else "",
            error_detail=error.detail if error else "",
            request_id=finish.request_id if finish else "",
            request_bytes=len(prompt.encode()) + len(flow.shot.settings.system.encode()),
            in_flight=outcome.in_flight,
            usage=self._usage(flow, outcome),
            usage_known=outcome.usage is not None,
            waits=tuple((bucket, count, wait) for bucket, (count, wait) in flow.waits.items()),
        )

    def _shot_end(self, flow: Flow, outcome: Outcome, kept: Kept | None) -> ShotEnd:
        error = outcome.error
        state = _shot_state(outcome, kept)
        ended = monotonic()
        whole = ShotEnd(
            shot_id=flow.shot.shot_id,
            run_id=flow.shot.run_id,
            state=state,
            finished_at=datetime.now(UTC),
            total_us=int((ended - flow.shot_started) * 1e6),
            finish_reason=outcome.finish.reason if outcome.finish else (FinishReason.CUT if kept and error else None),
        )
        if kept is not None:
            stream_us = int((flow.last_at - flow.first_at) * 1e6) if flow.first_at is not None else None
            whole = replace(
                whole,
                text=kept.text,
                thinking=kept.thinking,
                ttft_us=kept.ttft_us,
                usage=kept.usage,
                stream_us=stream_us,
            )
        if error is not None and not (state is ShotState.CANCELLED or state is ShotState.INTERRUPTED):
            whole = replace(
                whole,
                error_kind=error.kind,
                error_message=error.message,
                error_next_step=error.next_step,
                error_detail=error.detail,
            )
        return whole

    def _unsent(self, flow: Flow, error: ClaudePrompterError) -> ShotEnd:
        return ShotEnd(
            shot_id=flow.shot.shot_id,
            run_id=flow.shot.run_id,
            state=ShotState.FAILED,
            finished_at=datetime.now(UTC),
            total_us=0,
            error_kind=error.kind,
            error_message=error.message,
            error_next_step=error.next_step,
            error_detail=error.detail,
        )


def stopped_before_start(flow: Flow) -> ShotEnd:
    """Give the end of a shot that was stopped while it waited for its turn: nothing was sent, nothing is charged."""
    return ShotEnd(
        shot_id=flow.shot.shot_id,
        run_id=flow.shot.run_id,
        state=ShotState.CANCELLED if flow.stop is StopReason.CANCELLED else ShotState.INTERRUPTED,
        finished_at=datetime.now(UTC),
    )


def _better(old: Kept | None, new: Kept | None) -> Kept | None:
    if old is None or new is None:
        return new or old
    return new if len(new.text) >= len(old.text) else old


def _attempt_state(outcome: Outcome) -> AttemptState:
    if outcome.stop is StopReason.CANCELLED:
        return AttemptState.CANCELLED
    if outcome.stop is StopReason.INTERRUPTED:
        return AttemptState.INTERRUPTED
    if isinstance(outcome.error, CutStream):
        return AttemptState.TRUNCATED
    if outcome.error is not None:
        return AttemptState.FAILED
    cut = outcome.finish is not None and outcome.finish.reason is FinishReason.LENGTH
    return AttemptState.TRUNCATED if cut else AttemptState.DONE


def _shot_state(outcome: Outcome, kept: Kept | None) -> ShotState:
    if outcome.stop is StopReason.CANCELLED:
        return ShotState.CANCELLED
    if outcome.stop is StopReason.INTERRUPTED:
        return ShotState.INTERRUPTED
    if isinstance(outcome.error, CutStream) and kept is not None and kept.text:
        return ShotState.TRUNCATED
    if outcome.error is not None:
        return ShotState.FAILED
    cut = outcome.finish is not None and outcome.finish.reason is FinishReason.LENGTH
    return ShotState.TRUNCATED if cut else ShotState.DONE


def _error_of(stop: StopReason | None, flow: Flow) -> ClaudePrompterError | None:
    if stop is StopReason.STALLED:
        waited = monotonic() - flow.last_at
        return Stalled(
            f"No {'more text' if flow.first_at else 'answer'} for {waited:.0f} s: the model stopped sending."
        )
    if stop is StopReason.DEADLINE:
        return DeadlinePassed(f"Not done after {monotonic() - flow.shot_started:.0f} s, the longest a shot may take.")
    return None


def _forget_cancellation() -> None:
    """Take back the cancellation that stopped a stream: the task itself goes on to settle the shot."""
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()
