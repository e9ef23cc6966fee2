"""How steady a model is: whether its several answers to one prompt say the same.

Short answers (a number, a label, a date) are compared word by word after a light tidying; longer ones by the vectors of
their meaning, which the caller brings. Only answers that are equal to the letter are ever folded into one.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

SHORT = 60
"""Characters up to which an answer of one line is compared word by word."""
ODD_GAP = 0.1
"""How much less similar than all others among themselves an answer must be to be called the odd one out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotAgreement:
    """How the answers of one model to one prompt agree.

    `by` says how they were compared: "words" or "meaning"; None where nothing could be compared (fewer than two
    answers, or long ones without vectors). `agreement` is in [0, 1]: by words the chance that two of the answers are
    equal, by meaning the mean similarity. `folds` are the indices of letter-equal answers, in order of their first.
    `most_said` is the commonest short answer as it was written, None where two are, and `vote_share` its share;
    `odd_one_out` is an index.
    """

    by: Literal["words", "meaning"] | None
    agreement: float | None
    folds: tuple[tuple[int, ...], ...]
    most_said: str | None = None
    vote_share: float | None = None
    odd_one_out: int | None = None


def agreement_of_shots(texts: Sequence[str], *, vectors: Sequence[Sequence[float]] | None = None) -> ShotAgreement:
    """Compare the answers of one model; `vectors` are one a text, of any length.

    Raises ValueError where there are not as many vectors as texts.
    """
    if vectors is not None and len(vectors) != len(texts):
        raise ValueError(f"{len(vectors)} vectors for {len(texts)} texts")
    folds = fold(texts)
    if len(texts) < 2:
        return ShotAgreement(by=None, agreement=None, folds=folds)
    if all(is_short(text) for text in texts):
        return _by_words(texts, folds)
    if vectors is None:
        same = len(folds) == 1
        return ShotAgreement(by="words" if same else None, agreement=1.0 if same else None, folds=folds)
    return _by_meaning(vectors, folds)


def fold(texts: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """Group the indices of answers that are equal but for white space around them."""
    groups: dict[str, list[int]] = {}
    for index, text in enumerate(texts):
        groups.setdefault(text.strip(), []).append(index)
    return tuple(tuple(group) for group in groups.values())


def is_short(text: str) -> bool:
    """Tell whether an answer is one short line."""
    plain = text.strip()
    return len(plain) <= SHORT and "\n" not in plain


def plain_words(text: str) -> str:
    """Give a short answer without case, emphasis, spacing and closing punctuation; a number as its plain value."""
    plain = unicodedata.normalize("NFKC", text).strip().strip("*_`\"'“”‘’ ").rstrip(".!,;:").strip("*_`\"'“”‘’ ")
    plain = re.sub(r"\s+", " ", plain).casefold()
    # 1,000 and 1000.0 are one number; 1,5 is left alone, because nobody can know which comma it is.
    digits = plain.replace(",", "") if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", plain) else plain
    if re.fullmatch(r"[+-]?\d+(\.\d+)?", digits):
        try:
            # Zero is added so that −0 is 0.
            return format((Decimal(digits) + 0).normalize(), "f")
        except InvalidOperation:
            return plain
    return plain


def _by_words(texts: Sequence[str], folds: tuple[tuple[int, ...], ...]) -> ShotAgreement:
    words = [plain_words(text) for text in texts]
    counts = Counter(words)
    number = len(words)
    (most, votes), *others = counts.most_common()
    agreeing = sum(count * (count - 1) for count in counts.values()) / (number * (number - 1))
    alone = number > 2 and votes == number - 1
    # Two commonest answers are no commonest answer.
    tied = bool(others) and others[0][1] == votes
    return ShotAgreement(
        by="words",
        agreement=agreeing,
        folds=folds,
        most_said=None if tied else texts[words.index(most)].strip(),
        vote_share=votes / number,
        odd_one_out=next(index for index, word in enumerate(words) if word != most) if alone else None,
    )


def _by_meaning(vectors: Sequence[Sequence[float]], folds: tuple[tuple[int, ...], ...]) -> ShotAgreement:
    number = len(vectors)
    similar = {
        (one, two): _cosine(vectors[one], vectors[two]) for one in range(number) for two in range(one + 1, number)
    }
    mean = sum(similar.values()) / len(similar)
    return ShotAgreement(
        by="meaning",
        agreement=min(1.0, max(0.0, mean)),
        folds=folds,
        odd_one_out=_odd_one_out(similar, number),
    )


def _odd_one_out(similar: dict[tuple[int, int], float], number: int) -> int | None:
    """Give the answer whose nearest other is clearly further than any two of the others are from each other."""
    for odd in range(number if number > 2 else 0):
        own = max(value for pair, value in similar.items() if odd in pair)
        others = min(value for pair, value in similar.items() if odd not in pair)
        if own <= others - ODD_GAP:
            return odd
    return None


def _cosine(one: Sequence[float], two: Sequence[float]) -> float:
    length = math.hypot(*one) * math.hypot(*two)
    return math.fsum(a * b for a, b in zip(one, two, strict=True)) / length if length else 0.0
