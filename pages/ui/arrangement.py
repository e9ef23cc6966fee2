"""Where each answer stands on the Run page: decided here, drawn elsewhere.

One column per model and one row per shot, as long as every answer can have a number of one digit. Beyond that a column
shows one shot at a time, and the number is the column's.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.domain.run import ShotRecord

MOST_NUMBERED: Final = 9
WIDEST: Final = 4
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One answer's place: the mark it is known by (a number, or a letter while names are hidden), and its shot.

    `same_as` is the index of an earlier shot of the same model with the same text; `copies` how often this one's text
    came. `siblings` are the shots of its column where only one is shown.
    """

    mark: str
    shot: ShotRecord
    same_as: int | None = None
    copies: int = 1
    siblings: tuple[ShotRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """Rows of seats to draw one under the other, each at most `WIDEST` across. `strips` tells one-shot columns."""

    rows: tuple[tuple[Seat, ...], ...]
    strips: bool = False

    @property
    def seats(self) -> tuple[Seat, ...]:
        """Give all seats in the order of their marks."""
        return tuple(sorted((seat for row in self.rows for seat in row), key=lambda seat: (len(seat.mark), seat.mark)))


def arrange(
    shots: Sequence[ShotRecord], *, on_view: Mapping[str, int] | None = None, hidden_seed: str = ""
) -> Arrangement:
    """Place the shots of a run.

    `on_view` says by model which shot (1, 2, …) a one-shot column shows. With `hidden_seed`, names are hidden: marks
    are letters, and the order is shuffled by the seed so that it tells nothing.
    """
    models = list(dict.fromkeys(shot.model for shot in shots))
    if hidden_seed:
        models.sort(key=lambda model: hashlib.sha256(f"{hidden_seed}/{model}".encode()).digest())
    by_model = {model: sorted(_of(shots, model), key=lambda shot: shot.shot_index) for model in models}
    if len(shots) > MOST_NUMBERED:
        return _strips(by_model, on_view or {}, lettered=bool(hidden_seed))
    same, copies = ({}, {}) if hidden_seed else repeats(shots)  # two alike would tell that one model wrote both
    order = sorted(shots, key=lambda shot: (shot.shot_index, models.index(shot.model)))
    marks = {shot.id: _mark(place, lettered=bool(hidden_seed)) for place, shot in enumerate(order)}
    seats = {
        shot.id: Seat(mark=marks[shot.id], shot=shot, same_as=same.get(shot.id), copies=copies.get(shot.id, 1))
        for shot in shots
    }
    if len(models) == 1:
        return Arrangement(rows=tuple(_in_rows([seats[shot.id] for shot in order])))
    rows: list[tuple[Seat, ...]] = []
    for start in range(0, len(models), WIDEST):
        block = models[start : start + WIDEST]
        depth = max(len(by_model[model]) for model in block)
        rows.extend(
            tuple(seats[by_model[model][row].id] for model in block if row < len(by_model[model]))
            for row in range(depth)
        )
    return Arrangement(rows=tuple(rows))


def repeats(shots: Sequence[ShotRecord]) -> tuple[dict[int, int], dict[int, int]]:
    """Find answers of one model that say the same.

    Gives, by shot id, the shot index of the first of its kind for the later ones, and for the first ones the count.
    """
    first: dict[tuple[str, str], ShotRecord] = {}
    same: dict[int, int] = {}
    copies: dict[int, int] = {}
    for shot in sorted(shots, key=lambda shot: shot.shot_index):
        text = shot.text.strip()
        if not shot.state.answered or not text:
            continue
        known = first.setdefault((shot.model, text), shot)
        if known is not shot:
            same[shot.id] = known.shot_index
            copies[known.id] = copies.get(known.id, 1) + 1
    return same, copies


def _strips(by_model: Mapping[str, list[ShotRecord]], on_view: Mapping[str, int], *, lettered: bool) -> Arrangement:
    seats = []
    for place, (model, shots) in enumerate(by_model.items()):
        wanted = on_view.get(model, 1)
        shown = next((shot for shot in shots if shot.shot_index == wanted), shots[0])
        seats.append(Seat(mark=_mark(place, lettered=lettered), shot=shown, siblings=tuple(shots)))
    return Arrangement(rows=tuple(_in_rows(seats)), strips=True)


def _in_rows(seats: Sequence[Seat]) -> list[tuple[Seat, ...]]:
    return [tuple(seats[start : start + WIDEST]) for start in range(0, len(seats), WIDEST)]


def _of(shots: Sequence[ShotRecord], model: str) -> list[ShotRecord]:
    return [shot for shot in shots if shot.model == model]


def _mark(place: int, *, lettered: bool) -> str:
    return LETTERS[place % len(LETTERS)] if lettered else str(place + 1)
