"""How the shots of the demo's history went: how long each attempt took, what failed, what it cost.

Every figure follows the rules of the engine: tokens are counted from the texts, the ledger prices them, a shot costs
what its attempts cost.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from core.demo.story import Story
from core.demo.voices import Said
from core.domain.money import CostState
from core.domain.run import AttemptState, FinishReason, ShotState
from core.domain.usage import Usage
from core.errors import BrokenAnswer, ModelError, ProviderFault, RateLimited, Stalled, Unreachable
from core.llm.simulated_models import PROVIDER, SimulatedModel
from core.llm.simulated_script import CHARACTERS_PER_TOKEN, token_count
from core.runs.pricing import Pricing, estimated_usage, whole_state
from core.store.shot_records import AttemptEnd, ShotEnd

MOST_ATTEMPTS = 3
EARLIER_GRAND = 1.6
"""How many times as long Grand's earlier version took to its first word."""

ORCHARD = "orchard.simulated"
USUAL_FAILURES = {"sage": 0.004, "swift": 0.002, "grand": 0.02, "pine": 0.031, "fern": 0.01}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One shot to be carried out."""

    model: SimulatedModel
    prompt: str
    said: Said
    max_tokens: int
    started: datetime
    calm: bool
    in_flight: int
    ending: str = ""


@dataclass(frozen=True, slots=True)
class Weather:
    """How a model is doing at a time: how often an attempt fails, in which ways, and how much slower it is."""

    failing: float
    faults: tuple[type[ModelError], ...]
    slowness: float = 1.0


def weather(tale: Story, model: SimulatedModel, at: datetime) -> Weather:
    """Tell how a model is doing."""
    if model.name == "grand" and tale.in_storm(at):
        return Weather(0.72, (BrokenAnswer,), 1.3)
    if model.host == ORCHARD and tale.on_bad_day(at):
        return Weather(0.55, (ProviderFault, ProviderFault, RateLimited, Stalled), 5.0)
    slowness = EARLIER_GRAND if model.name == "grand" and not tale.grand_is_renewed(at) else 1.0
    usual = (Unreachable, Stalled) if model.place.inside else (ProviderFault, RateLimited, BrokenAnswer)
    return Weather(USUAL_FAILURES[model.name], usual, slowness)


def revision(tale: Story, model: SimulatedModel, at: datetime) -> str:
    """Give what a model calls itself in its answer."""
    earlier = model.name == "grand" and not tale.grand_is_renewed(at)
    return f"{model.name}-simulated{'-1' if earlier else ''}"


def carry_out(asked: Asked, tale: Story, pricing: Pricing, chance: Random) -> tuple[ShotEnd, tuple[AttemptEnd, ...]]:
    """Make the attempts of one shot and add them up."""
    attempts: list[AttemptEnd] = []
    began = asked.started
    answer = _Answer(asked, chance)
    kept, stream_us = "", 0
    while True:
        sky = weather(tale, asked.model, began)
        number = len(attempts) + 1
        if asked.ending in ("interrupted", "cancelled"):
            end, kept, stream_us = answer.stopped(number, began, AttemptState(asked.ending))
        elif not asked.calm and chance.random() < sky.failing:
            end, kept, stream_us = answer.failed(number, began, chance.choice(sky.faults), sky.slowness)
        else:
            end, kept, stream_us = answer.done(number, began, sky.slowness)
            end = replace(end, response_model=revision(tale, asked.model, began))
        attempts.append(pricing.settle(end, asked.model.full_name, asked.model.place))
        if end.state is not AttemptState.FAILED or number == MOST_ATTEMPTS:
            break
        began = end.finished_at + timedelta(seconds=chance.random() * 0.5 * 2 ** (number - 1))
    return _summed(asked, attempts, kept, stream_us), tuple(attempts)


class _Answer:
    """What one shot would say, and the three ways in which an attempt at it can end."""

    def __init__(self, asked: Asked, chance: Random) -> None:
        self._asked = asked
        self._chance = chance
        allowed = asked.max_tokens * CHARACTERS_PER_TOKEN
        self._thinking = asked.said.thinking[:allowed]
        self._text = asked.said.text[: allowed - len(self._thinking)]
        self._whole = len(self._text) == len(asked.said.text)
        self._input = token_count(asked.prompt)

    def done(self, number: int, began: datetime, slowness: float) -> tuple[AttemptEnd, str, int]:
        usage = Usage(
            input_tokens=self._input,
            output_tokens=token_count(self._thinking + self._text),
            thinking_tokens=token_count(self._thinking),
        )
        first, stream = self._times(usage.output_tokens, slowness)
        end = self._end(number, began, first, first + stream)
        return (
            replace(
                end,
                state=AttemptState.DONE if self._whole else AttemptState.TRUNCATED,
                finish_reason=FinishReason.STOP if self._whole else FinishReason.LENGTH,
                request_id=f"sim-{self._chance.getrandbits(48):012x}",
                usage=usage,
                usage_known=True,
            ),
            self._text,
            stream,
        )

    def failed(
        self, number: int, began: datetime, fault: type[ModelError], slowness: float
    ) -> tuple[AttemptEnd, str, int]:
        status = {ProviderFault: 503, RateLimited: 429}.get(fault)
        words = {
            ProviderFault: "had a fault on its side (503).",
            RateLimited: "asked for a pause (429).",
            Stalled: "sent nothing for 20 s: the model stopped sending.",
            Unreachable: "refused the connection.",
            BrokenAnswer: "sent an error inside the stream.",
        }[fault]
        part = self._text[: round(len(self._text) * self._chance.uniform(0.2, 0.8))] if fault is BrokenAnswer else ""
        usage = self._partly(part)
        first, stream = self._times(usage.output_tokens, slowness)
        waited = {Stalled: 20_000_000, Unreachable: 12_000}.get(fault, round(self._chance.uniform(0.2, 0.9) * 1e6))
        end = self._end(number, began, first if part else None, first + stream if part else waited)
        error = replace(
            end,
            state=AttemptState.FAILED,
            http_status=status,
            error_kind=fault.kind,
            error_message=f"{self._asked.model.label} {words}",
            error_detail="Part of the demo's made-up history.",
            usage=usage,
        )
        return error, part, stream if part else 0

    def stopped(self, number: int, began: datetime, state: AttemptState) -> tuple[AttemptEnd, str, int]:
        part = self._text[: round(len(self._text) * self._chance.uniform(0.3, 0.6))]
        usage = self._partly(part)
        first, stream = self._times(usage.output_tokens, 1.0)
        end = self._end(number, began, first, first + stream)
        return replace(end, state=state, usage=usage), part, stream

    def _partly(self, part: str) -> Usage:
        thinking = self._thinking if part else ""
        return estimated_usage(
            input_tokens=self._input,
            output_tokens=token_count(thinking + part),
            thinking_tokens=token_count(thinking),
        )

    def _times(self, tokens: int, slowness: float) -> tuple[int, int]:
        """Draw the microseconds to the first piece, and from there to the last."""
        model = self._asked.model
        slow = model.slow_first_word if model.slow_first_word and self._chance.random() < 0.2 else model.first_word
        reading = self._input / 40_000  # a long prompt takes a model about this many seconds to read
        first = (slow * self._chance.lognormvariate(0, 0.22) + reading) * slowness
        pace = model.tokens_per_second * self._chance.lognormvariate(0, 0.1) / (1 + 0.4 * (slowness - 1))
        return round(first * 1e6), round(max(tokens - 1, 0) / pace * 1e6)

    def _end(self, number: int, began: datetime, first: int | None, whole: int) -> AttemptEnd:
        asked = self._asked
        return AttemptEnd(
            shot_id=0,
            run_id=0,
            number=number,
            state=AttemptState.RUNNING,
            started_at=began,
            finished_at=began + timedelta(microseconds=whole),
            provider=PROVIDER,
            host=asked.model.host,
            ttft_us=first,
            total_us=whole,
            request_bytes=len(asked.prompt.encode()),
            in_flight=asked.in_flight,
        )


def _summed(asked: Asked, attempts: list[AttemptEnd], kept: str, stream_us: int) -> ShotEnd:
    last = attempts[-1]
    state = whole_state([attempt.cost_state for attempt in attempts])
    costs = [attempt.cost for attempt in attempts if attempt.cost is not None]
    failed = last.state is AttemptState.FAILED
    cut = kept and last.finish_reason is None
    return ShotEnd(
        shot_id=0,
        run_id=0,
        state=ShotState(last.state.value),
        finished_at=last.finished_at,
        text=kept,
        thinking=asked.said.thinking if last.usage.thinking_tokens else "",
        ttft_us=last.ttft_us,
        total_us=(last.finished_at - asked.started) // timedelta(microseconds=1),
        stream_us=stream_us if kept else None,
        usage=last.usage,
        cost=None if state is CostState.UNPRICED else sum(costs, Decimal(0)),
        cost_state=state,
        finish_reason=FinishReason.CUT if cut and failed else last.finish_reason,
        error_kind=last.error_kind,
        error_message=last.error_message,
        error_next_step=_next_step(last.error_kind),
        error_detail=last.error_detail,
    )


def _next_step(kind: str) -> str:
    for fault in (BrokenAnswer, ProviderFault, RateLimited, Stalled, Unreachable):
        if fault.kind == kind:
            return fault.usual_next_step
    return ""
