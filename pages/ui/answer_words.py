"""What stands above and below an answer, and what is said after a pick: texts made of figures, nothing drawn."""

from datetime import UTC, datetime
from decimal import Decimal

from core.costs.afterpick import AfterPick, Comparison, Standing
from core.domain.money import CostState
from core.domain.run import ShotRecord, ShotState
from core.domain.verdict import VerdictKind
from pages.ui.text import safe_label
from pages.ui.words import NO_CHARGE, count, day, dollars, money, plural, seconds, speed, state_words, tokens


def title_of(shot: ShotRecord) -> str:
    """Give an answer's name: `Sage, shot 1`; of one that came along from an earlier run `Sage, from 12 Oct`."""
    return f"{shot.label}, {which_shot(shot)}"


def which_shot(shot: ShotRecord) -> str:
    """Give which of a model's answers it is: `shot 1`, or `from 12 Oct` where it came along from an earlier run."""
    if shot.source_shot_id is None or shot.finished_at is None:
        return f"shot {shot.shot_index}"
    return f"from {day(shot.finished_at)}"


def timing(shot: ShotRecord, *, now: datetime | None = None) -> str:
    """Give the first line under an answer: `first 0.6 s · 3.1 s · 71/s`, as far as it is known."""
    if shot.state is ShotState.QUEUED:
        return "waiting"
    parts = [f"first {seconds(shot.ttft_ms)}"] if shot.ttft_ms is not None else []
    if shot.state is ShotState.RUNNING:
        if not parts:
            parts.append("waiting for the first word")
        if shot.started_at is not None:
            going = ((now or datetime.now(UTC)) - shot.started_at).total_seconds() * 1000
            parts.append(f"{seconds(going)} …")
    elif shot.state is ShotState.DONE:
        parts.append(seconds(shot.total_ms))
    else:
        parts.append(state_words(shot))
        if shot.state is not ShotState.FAILED and shot.total_ms:
            parts.append(seconds(shot.total_ms))
    if shot.tokens_per_second is not None and shot.state is not ShotState.FAILED:
        parts.append(speed(shot.tokens_per_second))
    return " · ".join(parts)


def usage(shot: ShotRecord) -> str:
    """Give the second line under an answer: `96 in, 214 out · $0.0019`; "~" stands before what may still change."""
    cost = money(shot.cost, shot.cost_state)
    if shot.state is ShotState.QUEUED or (shot.cost_state is CostState.PENDING and not shot.cost):
        return tokens(shot) if shot.input_tokens or shot.output_tokens else ""
    return f"{tokens(shot)} · {cost}"


def tried(shot: ShotRecord) -> str:
    """Give how often a model was asked: `tried twice`; nothing after one attempt."""
    return {0: "", 1: "", 2: "tried twice"}.get(shot.attempts, f"tried {shot.attempts} times")


def thinking_words(shot: ShotRecord) -> str:
    """Give the line over folded thinking: `Thinking, 312 tokens`."""
    if shot.thinking_tokens:
        return f"Thinking, {plural(shot.thinking_tokens, 'token')}"
    return f"Thinking, about {count(max(1, len(shot.thinking) // 4))} tokens" if shot.thinking else "Thinking"


def pick_headline(after: AfterPick, *, person: str = "", blind: bool = False) -> str:
    """Give who picked what: `You picked Sage, shot 1`, with "names hidden" where they were."""
    who = person or "You"
    hidden = ", names hidden" if blind else ""
    if after.kind is VerdictKind.TIE:
        return f"{who} called it a tie{hidden}"
    if after.kind is VerdictKind.NONE:
        return f"{who} found none good enough{hidden}"
    if after.kind is VerdictKind.NOT_GOOD:
        return f"{who} found it not good enough{hidden}"
    name = safe_label(title_of(after.winner)) if after.winner else "an answer"
    if after.kind is VerdictKind.GOOD:
        return f"{who} found {name} good enough{hidden}"
    return f"{who} picked {name}{hidden}"


def pick_sentence(after: AfterPick, standing: Standing | None = None) -> str:
    """Give what the pick means: the cheaper (or dearer) answer beside it, and how such picks fell so far."""
    parts = [_comparison_words(after)]
    if after.no_price:
        parts.append(f"No price is known for {safe_label(_listed(after.no_price))}.")
    if standing is not None and standing.runs > 1:
        parts.append(_standing_words(standing))
    return " ".join(filter(None, parts))


def _comparison_words(after: AfterPick) -> str:
    """Give one sentence on the cheapest (or dearest) other model, and on those that cost nothing."""
    free = safe_label(_listed(after.free)) if after.free and after.kind is not VerdictKind.NONE else ""
    other = after.other
    if after.kind is VerdictKind.TIE:
        if free:
            return f"Then the cheapest will do: {free}, at {NO_CHARGE}."
        if other is None:
            return ""
        return f"Then the cheapest will do: {safe_label(other.label)}, {_times(other)} less ({_escaped(other.cost)})."
    told = f"{safe_label(other.label)} would have cost {_less_or_more(other)}" if other else ""
    if not after.winner or not free:
        return f"{told}." if told else ""
    return f"{told}, {free} nothing ({NO_CHARGE})." if told else f"{free} would have cost nothing ({NO_CHARGE})."


def _less_or_more(other: Comparison) -> str:
    cost = _escaped(other.cost)
    if other.times is None:
        return cost
    return f"the same ({cost})" if other.way == "same" else f"{_times(other)} {other.way} ({cost})"


def _times(other: Comparison) -> str:
    if other.times is None:
        return ""
    if other.times < 2:
        less = 1 - 1 / other.times if other.way == "less" else other.times - 1
        return f"{less * 100:.0f} %"
    return f"{_tidy(other.times)} times"


def _tidy(times: Decimal) -> str:
    return f"{times:.0f}" if times >= 10 or times == times.to_integral_value() else f"{times:.1f}"


def _standing_words(standing: Standing) -> str:
    counts = [("tie", standing.ties), *((safe_label(label), wins) for label, wins in standing.wins)]
    shown = ", ".join(f"{name} {number}" for name, number in counts if number)
    return f"In {plural(standing.runs, 'judged run')} of these models: {shown}." if shown else ""


def _listed(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _escaped(amount: Decimal) -> str:
    return dollars(amount).replace("$", r"\$")
