"""How each made-up model words an answer: Sage with care, Swift briefly, Grand at length, Pine and Fern unevenly."""

from dataclasses import dataclass
from random import Random
from typing import Any

from core.demo.office.piece import Form, Piece, bank


@dataclass(frozen=True, slots=True)
class Voice:
    """How much of the points a model gives, how often it thinks aloud, and how often it gets something wrong."""

    share: tuple[float, float]
    remarks: int
    thinks: float
    slips: float
    extras: int = 0


VOICES = {
    "sage": Voice(share=(1.0, 1.0), remarks=2, thinks=0.62, slips=0.01, extras=2),
    "swift": Voice(share=(0.6, 0.85), remarks=0, thinks=0.0, slips=0.06),
    "grand": Voice(share=(1.0, 1.0), remarks=3, thinks=0.6, slips=0.01, extras=2),
    "pine": Voice(share=(0.6, 1.0), remarks=0, thinks=0.0, slips=0.14, extras=2),
    "fern": Voice(share=(0.45, 0.7), remarks=0, thinks=0.0, slips=0.08),
}


@dataclass(frozen=True, slots=True)
class Said:
    """One answer: the thinking that came before it, and its text."""

    thinking: str
    text: str


def say(model: str, piece: Piece, chance: Random, *, wrong: bool = False) -> Said:
    """Word an answer to a piece of work; `wrong` makes it say something that is not so, where the piece has such."""
    voice, words = VOICES[model], bank("voices")[model]
    kept = max(1, round(len(piece.points) * chance.uniform(*voice.share)))
    points = [_one_of(point, chance) for point in piece.points[:kept]]
    slipped = wrong or chance.random() < voice.slips
    if slipped and piece.slips:
        points[chance.randrange(min(2, len(points))) if piece.form is Form.LETTER else 0] = chance.choice(piece.slips)
    body = _LAYOUTS[piece.form](model, piece, points, words, chance, slipped)
    parts = [body, *(chance.sample(words["extra"], voice.extras) if voice.extras else ())]
    if voice.remarks and piece.remarks:
        parts.append(" ".join((chance.choice(words["remark_open"]), *piece.remarks[: voice.remarks])))
    thinking = ""
    if chance.random() < voice.thinks:
        thinking = chance.choice(words["thinking"]).format(first=_one_of(piece.points[0], chance))
    return Said(thinking, "\n\n".join(parts))


def _letter(model: str, _piece: Piece, points: list[str], words: dict[str, Any], chance: Random, _slipped: bool) -> str:
    pairs = 1 if model == "grand" else 2
    paragraphs = [" ".join(points[start : start + pairs]) for start in range(0, len(points), pairs)]
    return "\n\n".join((chance.choice(words["letter_open"]), *paragraphs, chance.choice(words["letter_close"])))


def _lines(model: str, _piece: Piece, points: list[str], words: dict[str, Any], chance: Random, _slipped: bool) -> str:
    if model == "grand":
        listed = "\n".join(f"{place}. {point}" for place, point in enumerate(points, start=1))
    elif model == "fern":
        listed = "\n".join(points)
    else:
        mark = chance.choice(("- ", "- ", "* "))
        listed = "\n".join(mark + point for point in points)
    return "\n\n".join(filter(None, (chance.choice(words["open"]), listed)))


def _prose(model: str, _piece: Piece, points: list[str], words: dict[str, Any], chance: Random, _slipped: bool) -> str:
    joined = ("\n\n" if model == "grand" else " ").join(points)
    return "\n\n".join(filter(None, (chance.choice(words["open"]), joined)))


def _code(model: str, piece: Piece, points: list[str], _words: dict[str, Any], chance: Random, slipped: bool) -> str:
    query = piece.bad_code if slipped or (model == "pine" and chance.random() < 0.5) else piece.code
    notes = [] if model in ("swift", "fern") and chance.random() < 0.7 else points
    return "\n\n".join(filter(None, (f"```sql\n{query}\n```", "\n".join(f"- {note}" for note in notes))))


_LAYOUTS = {Form.LETTER: _letter, Form.LINES: _lines, Form.PROSE: _prose, Form.CODE: _code}


def _one_of(text: str, chance: Random) -> str:
    return chance.choice(text.split(" | ")) if " | " in text else text
