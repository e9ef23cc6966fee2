"""What a row of the leaderboard says: pure functions from figures to words, and the tables made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from core.domain.model import Place
from core.labels.board import Board
from core.labels.strength import ModelStrength
from core.metrics.tally import Tally
from core.store.buckets import Kind
from pages.ui.palette import place_words
from pages.ui.performance_words import percent, speed_words, time_words
from pages.ui.words import NO_CHARGE, NO_PRICE, NOTHING_YET, dollars

COUNTING = "being counted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One model: its strength where it was compared, its figures where it was asked in the period."""

    model: str
    label: str
    place: Place | None = None
    strength: ModelStrength | None = None
    tally: Tally | None = None
    counting: bool = False

    @property
    def share(self) -> str:
        """Give `91 (85–95)`, why there is no share yet, or that the first count of the picks is under way."""
        return COUNTING if self.strength is None and self.counting else share_words(self.strength)

    @property
    def picks(self) -> str:
        """Give `630 / 6`, picks and people."""
        if self.strength is None:
            return NOTHING_YET if self.counting else "0 / 0"
        return f"{self.strength.picks:,} / {self.strength.people}"

    @property
    def record(self) -> str:
        """Give `81 / 486 / 63`, picks won, tied and lost."""
        if self.strength is None:
            return NOTHING_YET if self.counting else "0 / 0 / 0"
        return f"{self.strength.wins:,} / {self.strength.ties:,} / {self.strength.losses:,}"


def rows_of(
    board: Board, tallies: Mapping[str, Tally], labels: Mapping[str, str], places: Mapping[str, Place]
) -> tuple[Row, ...]:
    """Give every model, the strongest first; those without a rank after them, by picks and then by name."""
    ranked = {each.model: each for each in board.strengths.rows}
    names = {model: labels.get(model) or board.label(model) for model in (*ranked, *tallies)}
    order = [
        *ranked,
        *sorted((model for model in tallies if model not in ranked), key=lambda each: names[each].casefold()),
    ]
    found = [
        Row(
            model=model, label=names[model], place=places.get(model), strength=ranked.get(model),
            tally=tallies.get(model), counting=board.counting > 0,
        )
        for model in order
    ]  # fmt: skip
    return tuple(sorted(found, key=_place))


def _place(row: Row) -> tuple[bool, float, int]:
    strength = row.strength
    if strength is None or strength.strength is None:
        return True, 0.0, -(strength.picks if strength else 0)
    return False, -strength.strength, 0


def share_words(strength: ModelStrength | None) -> str:
    """Give `91 (85–95)`, or why there is no share yet; the counts stand in columns of their own."""
    if strength is None or not strength.picks:
        return "never compared"
    if strength.share is None or strength.low is None or strength.high is None:
        if strength.apart:
            return "never met the others"
        return f"too early, {strength.needed} more" if strength.needed else "nothing to rank against"
    return f"{round(strength.share * 100)} ({round(strength.low * 100)}–{round(strength.high * 100)})"


def cost_words(tally: Tally | None) -> str:
    """Give what a run with this model cost in the mean; never "$0" where nothing is known."""
    if tally is None:
        return NOTHING_YET
    if tally.cost_per_run is not None:
        return dollars(tally.cost_per_run)
    return NO_CHARGE if tally.free else NO_PRICE


def table_of(rows: Sequence[Row]) -> pd.DataFrame:
    """Give the leaderboard as a table of words, one row a model."""
    return _without_ranks(pd.DataFrame([_cells(row) for row in rows]))


def _cells(row: Row) -> dict[str, str | int | None]:
    strength, tally = row.strength, row.tally
    return {
        "rank": strength.rank if strength else None,
        "model": row.label,
        "place": place_words(row.place) if row.place else NOTHING_YET,
        "share": row.share,
        "picks": row.picks,
        "cost": cost_words(tally),
        "first": time_words(tally, Kind.FIRST, 0.5) if tally else NOTHING_YET,
        "whole": time_words(tally, Kind.WHOLE, 0.5) if tally else NOTHING_YET,
        "speed": speed_words(tally, 0.5) if tally else NOTHING_YET,
        "failed": percent(tally.lost_share) if tally else NOTHING_YET,
        "answers": tally.answers if tally else 0,
    }


def quality_table(rows: Sequence[Row]) -> pd.DataFrame:
    """Give the quality part of the leaderboard: picks as they fell, people, prompts; the two speeds beside them."""
    table = pd.DataFrame(
        [
            {
                "rank": row.strength.rank if row.strength else None,
                "model": row.label,
                "share": row.share,
                "record": row.record,
                "picks": row.strength.picks if row.strength else 0,
                "people": row.strength.people if row.strength else 0,
                "prompts": row.strength.prompts if row.strength else 0,
                "whole": time_words(row.tally, Kind.WHOLE, 0.5) if row.tally else NOTHING_YET,
                "speed": speed_words(row.tally, 0.5) if row.tally else NOTHING_YET,
            }
            for row in rows
        ]
    )
    return _without_ranks(table)


def _without_ranks(table: pd.DataFrame) -> pd.DataFrame:
    """Leave the column of ranks out where nobody has one."""
    return table if table["rank"].notna().any() else table.drop(columns="rank")


def wins_of(board: Board, rows: Sequence[Row]) -> pd.DataFrame:
    """Give how often each model was picked or tied against each other one, for the matrix; strongest first."""
    labels = {row.model: row.label for row in rows}
    place = {row.model: number for number, row in enumerate(rows)}
    found: list[tuple[tuple[int, int], dict[str, str | float]]] = []
    for answer in board.answers:
        for model in (answer.record.first, answer.record.second):
            record = answer.record.seen_from(model)
            cells: dict[str, str | float] = {
                "model": labels[record.first],
                "against": labels[record.second],
                "share": (record.wins + record.ties) / record.picks,
                "words": f"{record.wins} / {record.ties} / {record.losses}",
            }
            found.append(((place[record.first], place[record.second]), cells))
    found.sort(key=lambda each: each[0])
    return pd.DataFrame([cells for _, cells in found], columns=["model", "against", "share", "words"])
