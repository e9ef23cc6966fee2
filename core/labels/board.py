"""The leaderboard for pages and shell: which words count, the strengths they show, what can be said of two models."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import sqlalchemy as sa

from core.labels.counted import labels_of, picks_of
from core.labels.enough import Answer, Finding, enough
from core.labels.picks import Pick
from core.labels.strength import Leaderboard as Strengths
from core.labels.strength import leaderboard
from core.store import tables
from core.store.database import Database, table
from core.store.history_filter import HistoryFilter
from core.store.judged import Judged

RUN = table(tables.Run)


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The strengths of all models that were compared, what their labels are, and what each pair's picks say."""

    strengths: Strengths
    answers: tuple[Answer, ...]
    labels: Mapping[str, str]

    def label(self, model: str) -> str:
        """Give what pages call a model."""
        return self.labels.get(model, model)

    def sentences(self) -> tuple[str, ...]:
        """Give what stands under the table: pairs that are close, and models that cannot be told apart."""
        close = [each for each in self.answers if each.finding is Finding.ALIKE]
        told = {frozenset((each.record.first, each.record.second)) for each in close}
        groups = [group for group in self.strengths.alike if frozenset(group) not in told]
        return (*(_close(each, self) for each in close), *(_together(group, self) for group in groups))


class Leaderboard:
    """The leaderboard of one workspace."""

    def __init__(self, database: Database) -> None:
        """Read this database."""
        self._database = database
        self._judged = Judged(database)

    def of(self, wanted: HistoryFilter, *, by: tuple[str, ...] = (), blind_only: bool = False) -> Board:
        """Give the board over the runs that a filter lets through; `by` takes only the picks of these people."""
        picks = picks_of(self._database, self._judged.verdicts(wanted, by=by, blind_only=blind_only))
        with self._database.read() as connection:
            labels = labels_of(connection, {model for pick in picks for model in pick.models})
        strengths, answers = _figures(picks)
        return Board(strengths=strengths, answers=answers, labels=labels)

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


def _close(answer: Answer, board: Board) -> str:
    """Give one sentence on two models whose picks show that they are about as good."""
    names = f"{board.label(answer.record.first)} and {board.label(answer.record.second)}"
    more = "" if answer.more is None else f", about {answer.more:,} more picks to see less"
    return f"{names}: at most {_in_100(answer.gap)} in 100 apart{more}."


def _together(group: tuple[str, ...], board: Board) -> str:
    """Give one sentence on models that cannot be told apart; on two, how many more picks it takes."""
    names = [board.label(model) for model in group]
    listed = f"{', '.join(names[:-1])} and {names[-1]} cannot be told apart yet"
    if len(group) > 2:
        return f"{listed}."
    found = next((each for each in board.answers if {each.record.first, each.record.second} == set(group)), None)
    if found is None:
        return f"{listed}: nobody has compared the two."
    if found.finding is Finding.BETTER:
        return f"{listed} over all picks, though {board.label(found.better or group[0])} wins between the two."
    more = "more than 1,000" if found.more is None else f"about {found.more:,}"
    return f"{listed}; {more} more picks would tell."


def _in_100(share: float) -> int:
    return -int(-round(share * 100, 6) // 1)
