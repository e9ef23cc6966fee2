"""The leaderboard for pages and shell: which words count, the strengths they show, what can be said of two models."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

import sqlalchemy as sa

from core.labels.counted import labels_of, picks_of
from core.labels.enough import Answer, Finding, enough
from core.labels.kept_boards import KeptBoards
from core.labels.picks import Pick
from core.labels.strength import Leaderboard as Strengths
from core.labels.strength import leaderboard
from core.store import tables
from core.store.database import Database, table
from core.store.history_filter import HistoryFilter
from core.store.judged import Judged

RUN = table(tables.Run)

LARGE = 1_000
"""More words than these are counted beside the page: 80,000 take nine seconds of a processor."""

SOON = 100
"""More picks than this are no news: then the two just cannot be told apart."""
_ORDER = {Finding.BETTER: 0, Finding.ALIKE: 1, Finding.MORE: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The strengths of all models that were compared, what their labels are, and what each pair's picks say.

    `counting` is how many words are being counted at this moment; until that is over the rest is as it was last, or
    empty.
    """

    strengths: Strengths
    answers: tuple[Answer, ...]
    labels: Mapping[str, str]
    counting: int = 0

    def label(self, model: str) -> str:
        """Give what pages call a model."""
        return self.labels.get(model, model)

    def sentences(self) -> tuple[str, ...]:
        """Give what stands under the table: pairs that are settled, alike or nearly told apart, then what is left."""
        told = [each for each in self.answers if _is_told(each)]
        told.sort(key=lambda each: (_ORDER[each.finding], -each.record.picks))
        pairs = {frozenset((each.record.first, each.record.second)) for each in told}
        return (*(_pair(each, self) for each in told), *_left(self, pairs))


class Apart(Protocol):
    """Counts a board somewhere else."""

    def __call__(self, database: Database, wanted: HistoryFilter, *, by: tuple[str, ...], blind_only: bool) -> Board:
        """Give what `Leaderboard.of` gives. Raises StoreError."""
        ...


class Leaderboard:
    """The leaderboard of one workspace."""

    def __init__(self, database: Database, *, apart: Apart | None = None) -> None:
        """Read this database; `apart` counts a large board where pages do not wait for it, else a thread does."""
        self._apart = apart
        self._database = database
        self._judged = Judged(database)
        self._large: KeptBoards[Board] = KeptBoards()

    def of(self, wanted: HistoryFilter, *, by: tuple[str, ...] = (), blind_only: bool = False) -> Board:
        """Give the board over the runs that a filter lets through; `by` takes only the picks of these people."""
        picks = picks_of(self._database, self._judged.verdicts(wanted, by=by, blind_only=blind_only))
        with self._database.read() as connection:
            labels = labels_of(connection, {model for pick in picks for model in pick.models})
        strengths, answers = _figures(picks)
        return Board(strengths=strengths, answers=answers, labels=labels)

    def at_once(self, wanted: HistoryFilter, *, by: tuple[str, ...] = (), blind_only: bool = False) -> Board:
        """Give the same without making a page wait: of more than `LARGE` words, the board as it was last counted.

        It is counted anew beside the page where that was a while ago; `counting` says so.
        """
        key = (wanted, by, blind_only)
        if (known := self._large.fresh(key)) is not None:
            return known
        words = self._judged.how_many(wanted)
        if words <= LARGE:
            return self.of(wanted, by=by, blind_only=blind_only)
        found, new = self._large.get(key, lambda: self._counted(wanted, by, blind_only=blind_only))
        if found is None:
            strengths, answers = _figures(())
            return Board(strengths=strengths, answers=answers, labels={}, counting=words)
        return found if new else replace(found, counting=words)

    def _counted(self, wanted: HistoryFilter, by: tuple[str, ...], *, blind_only: bool) -> Board:
        if self._apart is None:
            return self.of(wanted, by=by, blind_only=blind_only)
        return self._apart(self._database, wanted, by=by, blind_only=blind_only)

    def tasks(self) -> tuple[str, ...]:
        """Give the kinds of tasks that runs have, by name."""
        with self._database.read() as connection:
            found = connection.execute(sa.select(RUN.c.task).distinct().where(RUN.c.task.is_not(None))).scalars()
            return tuple(sorted(found))


@lru_cache(maxsize=16)
def _figures(picks: tuple[Pick, ...]) -> tuple[Strengths, tuple[Answer, ...]]:
    """Give what the picks show: the same picks come with every redrawing of a page."""
    from core.labels.picks import pair_records  # noqa: PLC0415

    answers = (enough(record) for record in pair_records(picks))
    return leaderboard(picks), tuple(sorted(answers, key=lambda each: -each.record.picks))


def _is_told(answer: Answer) -> bool:
    """Tell whether a pair has a sentence of its own: its picks say something, or would do so soon."""
    if answer.finding is Finding.MORE:
        return answer.more is not None and answer.more <= SOON
    return answer.finding in _ORDER


def _pair(answer: Answer, board: Board) -> str:
    """Give one sentence on two models."""
    record = answer.record
    names = f"{board.label(record.first)} and {board.label(record.second)}"
    if answer.finding is Finding.BETTER:
        return (
            f"{board.label(record.first)} is better than {board.label(record.second)}, "
            f"{record.wins} of {record.picks:,} picks: settled."
        )
    if answer.finding is Finding.MORE:
        return f"{names}: about {answer.more} more picks would tell."
    how = "mostly ties, " if record.tie_share > 0.5 else ""
    more = "" if answer.more is None else f", about {answer.more:,} more picks to see less"
    return f"{names}: {how}at most {_in_100(answer.gap)} in 100 apart{more}."


def _left(board: Board, told: Set[frozenset[str]]) -> Iterator[str]:
    """Give a sentence on each set of models that cannot be told apart, as far as no pair's sentence covers them."""
    beside: dict[tuple[str, ...], dict[str, None]] = {}
    for group in board.strengths.alike:
        covered = {model for pair in told if pair <= set(group) for model in pair}
        bare = tuple(model for model in group if model not in covered)
        if bare:
            others = beside.setdefault(bare, {})
            others |= dict.fromkeys(model for model in group if model in covered)
    for bare, others in beside.items():
        if others:
            names = _listed([board.label(model) for model in bare])
            yield f"{names} cannot be told apart from {_listed([board.label(model) for model in others])} yet."
        elif len(bare) > 1:
            yield _together(bare, board)


def _together(group: tuple[str, ...], board: Board) -> str:
    """Give one sentence on models that cannot be told apart; on two, how many more picks it takes."""
    names = [board.label(model) for model in group]
    listed = f"{_listed(names)} cannot be told apart yet"
    if len(group) > 2:
        return f"{listed}."
    found = next((each for each in board.answers if {each.record.first, each.record.second} == set(group)), None)
    if found is None:
        return f"{listed}: nobody has compared the two."
    more = "more than 1,000" if found.more is None else f"about {found.more:,}"
    return f"{listed}; {more} more picks would {'make a start' if found.finding is Finding.TOO_EARLY else 'tell'}."


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _in_100(share: float) -> int:
    return -int(-round(share * 100, 6) // 1)
