"""What a made-up model is going to send, and when: computed at once, so that it can be checked without waiting.

The same request gives the same script for ever. Chance comes from a hash of the request, not from Python's own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from random import Random

from core.domain.run import FinishReason
from core.domain.usage import Usage
from core.errors import BrokenAnswer, CutStream, ModelError, ProviderFault, RateLimited, Stalled, Unreachable
from core.llm.port import Finish, ModelRequest, StreamEvent, TextDelta, ThinkingDelta, UsageReport
from core.llm.simulated_answers import WrittenAnswer, WrittenFault, written_answer
from core.llm.simulated_classes import says_kind
from core.llm.simulated_judge import judged_answer
from core.llm.simulated_models import SimulatedModel, simulated_model

CHARACTERS_PER_TOKEN = 4
WORD = re.compile(r"\S+\s*|\s+")
FAULTS: dict[str, type[ModelError]] = {
    kind.kind: kind for kind in (BrokenAnswer, CutStream, ProviderFault, RateLimited, Stalled, Unreachable)
}


@dataclass(frozen=True, slots=True)
class Step:
    """One event (or the failure that ends the stream) at a time in seconds after the request."""

    at: float
    event: StreamEvent | ModelError


def token_count(text: str) -> int:
    """Give the tokens of a text as made-up models count them: one for every four characters begun."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def script(request: ModelRequest) -> tuple[Step, ...]:
    """Give everything a model will send. Raises UnknownModel for a name that is no simulated model's."""
    model = simulated_model(request.connection.model)
    judged = judged_answer(request.prompt) or says_kind(request.system, request.prompt)
    answer = WrittenAnswer(text=judged) if judged else written_answer(request.prompt, model.name, request.shot_index)
    chance = _chance(request)
    first = _first_word(model, chance)
    if answer.fault and request.attempt_number == 1:
        return (Step(answer.fault.after, _error(model, answer.fault)),)
    allowed = min(request.max_tokens, model.max_output_tokens) * CHARACTERS_PER_TOKEN
    thinking = answer.thinking[:allowed]
    text = answer.text[: allowed - len(thinking)]
    whole = len(thinking) + len(text) == len(answer.thinking) + len(answer.text)
    clock = _Clock(at=first, seconds_per_token=1 / (model.tokens_per_second * chance.uniform(0.95, 1.05)))
    steps = [clock.step(ThinkingDelta(piece), piece) for piece in _pieces(thinking, chance)]
    steps += [clock.step(TextDelta(piece), piece) for piece in _pieces(text, chance)]
    usage = Usage(
        input_tokens=token_count(request.system + request.prompt),
        output_tokens=token_count(thinking + text),
        thinking_tokens=token_count(thinking),
    )
    finish = Finish(
        reason=answer.finish if whole else FinishReason.LENGTH,
        response_model=f"{model.name}-simulated",
        request_id=f"sim-{chance.getrandbits(48):012x}",
    )
    return (*steps, Step(clock.at, UsageReport(usage)), Step(clock.at, finish))


class _Clock:
    """Gives each piece the time at which its last token is ready."""

    def __init__(self, *, at: float, seconds_per_token: float) -> None:
        self.at = at
        self._seconds_per_token = seconds_per_token
        self._begun = False

    def step(self, event: StreamEvent, piece: str) -> Step:
        if self._begun:
            self.at += len(piece) / CHARACTERS_PER_TOKEN * self._seconds_per_token
        self._begun = True
        return Step(self.at, event)


def _pieces(text: str, chance: Random) -> Iterator[str]:
    """Cut a text between words into pieces of one to three tokens, as providers send them."""
    piece, wanted = "", chance.randint(1, 3)
    for word in WORD.findall(text):
        piece += word
        if len(piece) >= wanted * CHARACTERS_PER_TOKEN:
            yield piece
            piece, wanted = "", chance.randint(1, 3)
    if piece:
        yield piece


def _first_word(model: SimulatedModel, chance: Random) -> float:
    slow = model.slow_first_word is not None and chance.random() < 0.2
    usual = model.slow_first_word if slow and model.slow_first_word else model.first_word
    return usual * chance.uniform(0.85, 1.2)


def _chance(request: ModelRequest) -> Random:
    parts = (
        request.seed,
        request.connection.model,
        request.prompt,
        request.shot_index,
        request.attempt_number,
    )
    return Random(sha256("\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")).digest())  # noqa: S311


def _error(model: SimulatedModel, fault: WrittenFault) -> ModelError:
    return FAULTS[fault.kind](f"{model.label} (simulated): {fault.message}", detail="Part of the demo.")
