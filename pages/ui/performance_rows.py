"""What a row of the leaderboard says: pure functions from figures to words, and the tables made of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from core.labels.board import Board
from core.labels.speeds import ModelFigures
from core.labels.strength import ModelStrength
from pages.ui.palette import place_words
from pages.ui.words import NO_CHARGE, NO_PRICE, NOTHING_YET, dollars, seconds, speed


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One model: its strength where it was compared, its figures where it was asked in the period."""

    model: str
    label: str
    strength: ModelStrength | None
    figures: ModelFigures | None


def rows_of(board: Board, figures: Sequence[ModelFigures]) -> tuple[Row, ...]:
    """Give every model, the strongest first; those without a rank after them, by picks and then by name."""
    by_model = {each.model: each for each in figures}
    ranked = {each.model: each for each in board.strengths.rows}
    order = [*ranked, *(model for model in by_model if model not in ranked)]
    found = [
        Row(
            model=model,
            label=by_model[model].label if model in by_model else board.label(model),
            strength=ranked.get(model),
            figures=by_model.get(model),
        )
        for model in order
    ]
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


def cost_words(figures: ModelFigures | None) -> str:
    """Give what a run with this model cost in the mean; never "$0" where nothing is known."""
    if figures is None:
        return NOTHING_YET
    if figures.cost_per_run is not None:
        return dollars(figures.cost_per_run)
    return NO_CHARGE if figures.free else NO_PRICE


def table_of(rows: Sequence[Row]) -> pd.DataFrame:
    """Give the leaderboard as a table of words, one row a model."""
    return pd.DataFrame([_cells(row) for row in rows])


def _cells(row: Row) -> dict[str, str | int | None]:
    strength, figures = row.strength, row.figures
    return {
        "rank": strength.rank if strength else None,
        "model": row.label,
        "place": place_words(figures.place) if figures else NOTHING_YET,
        "share": share_words(strength),
        "record": f"{strength.wins} / {strength.ties} / {strength.losses}" if strength else "0 / 0 / 0",
        "picks": f"{strength.picks} / {strength.people}" if strength else "0 / 0",
        "cost": cost_words(figures),
        "first": seconds(figures.first_ms) if figures and figures.first_ms is not None else NOTHING_YET,
        "whole": seconds(figures.whole_ms) if figures and figures.whole_ms is not None else NOTHING_YET,
        "speed": speed(figures.tokens_per_second) if figures and figures.tokens_per_second else NOTHING_YET,
        "failed": f"{figures.failed_share * 100:.1f} %" if figures else NOTHING_YET,
    }


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
