"""The leaderboard for pages and shell: which words count, the strengths they show, what can be said of two models."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from core.labels.counted import labels_of, picks_of
from core.labels.enough import Answer, Finding, enough
from core.labels.picks import Pick
from core.labels.strength import Leaderboard as Strengths
from core.labels.strength import leaderboard
from core.store.database import Database
from core.store.history_filter import HistoryFilter
from core.store.judged import Judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The strengths of all models that were compared, what their labels are, and what each pair's picks say."""

    strengths: Strengths
    answers: tuple[Answer, ...]
    labels: Mapping[str, str]

    def label(self, model: str) -> str:
        """Give what pages call a model."""
        return self.labels.get(model, model)

    def group_sentences(self) -> tuple[str, ...]:
        """Give, for each group of models that cannot be told apart, a sentence that says so."""
        return tuple(_group_sentence(group, self) for group in self.strengths.alike)


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


@lru_cache(maxsize=16)
def _figures(picks: tuple[Pick, ...]) -> tuple[Strengths, tuple[Answer, ...]]:
    """Give what the picks show: the same picks come with every redrawing of a page."""
    from core.labels.picks import pair_records  # noqa: PLC0415

    answers = (enough(record) for record in pair_records(picks))
    return leaderboard(picks), tuple(sorted(answers, key=lambda each: -each.record.picks))


def _group_sentence(group: tuple[str, ...], board: Board) -> str:
    """Give one sentence on models that cannot be told apart; on two, how far apart they can be at most."""
    names = [board.label(model) for model in group]
    listed = f"{', '.join(names[:-1])} and {names[-1]}"
    if len(group) > 2:
        return f"{listed} cannot be told apart yet."
    found = next((each for each in board.answers if {each.record.first, each.record.second} == set(group)), None)
    if found is None:
        return f"{listed} cannot be told apart: nobody has compared the two."
    if found.finding is Finding.ALIKE:
        more = "" if found.more is None else f", about {found.more:,} more picks to see less"
        return f"{listed}: at most {_in_100(found.gap)} in 100 apart{more}."
    more = "more than 1,000" if found.more is None else f"about {found.more:,}"
    return f"{listed} cannot be told apart yet; {more} more picks would tell."


def _in_100(share: float) -> int:
    return -int(-round(share * 100, 6) // 1)
