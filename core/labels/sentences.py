"""What the picks settled, in the plain words of the pages: no statistics, only what a person would say."""

import math
from collections.abc import Callable

from core.labels.enough import MOST_TOLD, Answer, Finding
from core.labels.picks import PairRecord


def say(answer: Answer, *, label: Callable[[str], str] = str) -> str:
    """Give one or two sentences on a pair; `label` turns a model's name into what pages call it."""
    record = answer.record
    return f"{label(record.first)} against {label(record.second)}: " + _SAYING[answer.finding](answer, label)


def _better(answer: Answer, label: Callable[[str], str]) -> str:
    record = answer.record
    ties = f" ({_counted(record.ties, 'tie')})" if record.ties else ""
    by = f" by {record.people} people" if record.people > 1 else ""
    better = label(answer.better or record.first)
    return f"{better} is better, {record.wins} of {record.picks} picks{ties}{by}. You can stop comparing these two."


def _alike(answer: Answer, _label: Callable[[str], str]) -> str:
    how = "mostly ties" if answer.record.tie_share > 0.5 else "as good as each other"
    return f"{how}; at most {_in_100(answer.gap)} in 100 apart. To see a smaller gap: {_more(answer.more)} more."


def _not_clear(answer: Answer, _label: Callable[[str], str]) -> str:
    return f"not clear yet, {_score(answer.record)}. {_more(answer.more).capitalize()} more picks would tell."


def _too_early(answer: Answer, _label: Callable[[str], str]) -> str:
    more = answer.more or 0
    if not answer.record.picks:
        return f"not compared yet. About {_counted(more, 'pick')} would make a start."
    return f"too early to say, {_score(answer.record)}. {_counted(more, 'more pick')} would make a start."


def _score(record: PairRecord) -> str:
    ties = f" and {_counted(record.ties, 'tie')}" if record.ties else ""
    return f"{record.wins} to {record.losses}{ties}"


def _more(more: int | None) -> str:
    return f"more than {MOST_TOLD:,}" if more is None else f"about {more:,}"


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" + ("" if number == 1 else "s")


def _in_100(share: float) -> int:
    """Round up, so that what is said is never too little."""
    return math.ceil(round(share * 100, 6))


_SAYING: dict[Finding, Callable[[Answer, Callable[[str], str]], str]] = {
    Finding.BETTER: _better,
    Finding.ALIKE: _alike,
    Finding.MORE: _not_clear,
    Finding.TOO_EARLY: _too_early,
}
