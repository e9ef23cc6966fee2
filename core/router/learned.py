"""What was learned of this workspace's prompts, at hand for the next one: the fitted blend and the runs behind it.

numpy and scikit-learn come with it, so that only a thread in the background, or `core learn`, imports this file.
"""

import os
import pickle
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import sklearn

from core.domain.model import ModelCard
from core.domain.route import UNCLASSIFIED, Classified, ClassSource, Neighbour
from core.router.blend import Blend, Estimates
from core.router.classify import UNKNOWN
from core.router.layers import Floats, Rows
from core.router.lessons import Held
from core.router.lexical import lexical_features
from core.router.priors import belief_of
from core.router.reading import Belief, Reading
from core.router.replays import NEEDED
from core.router.sweeping import best_single, compared
from core.store.model_scores import ModelScore

FORMAT = f"2/{sklearn.__version__}/{np.__version__}"

SIMILAR = 0.42
"""Cosine (mean of head and tail) from which a past prompt counts as like this one.

Measured with all-MiniLM-L6-v2 on the demo's prompts: 95 in 100 pairs of different kinds lie below it.
"""

SHOWN_NEIGHBOURS = 40
PICKS_TO_DOMINATE = 20
NINETY = 1.645
UNPROVEN_CAUTION = 0.05
"""What a model without picks is believed to be worse than those that have some."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """The blend fitted to all judged runs, and these runs. Row i of the blend is prompt i of `held`."""

    blend: Blend
    held: Held
    best_single: str | None
    dominated: frozenset[str]

    @classmethod
    def of(cls, blend: Blend, held: Held) -> "Learned":
        """Give it with what takes a moment to find: the best single model, and those that no setting would choose."""
        able = ~np.isnan(held.quality)
        best = best_single(held.quality, able)
        part = compared(held, np.arange(len(held.run_ids)))
        often = able.sum(axis=0) >= PICKS_TO_DOMINATE
        chosen = set(np.unique(part.sweep()).tolist()) if part is not None else set(range(len(held.models)))
        judged = set(np.flatnonzero(part.open.any(axis=0) & often).tolist()) if part is not None else set()
        return cls(
            blend=blend,
            held=held,
            best_single=None if best is None else str(held.models[best]),
            dominated=frozenset(str(held.models[model]) for model in judged - chosen),
        )

    @property
    def tasks(self) -> tuple[str, ...]:
        """Give the kinds of prompt that the stand-in can tell apart."""
        return tuple(str(each) for each in self.blend.classes_ if each != UNKNOWN)

    def read(
        self,
        meaning: Floats,
        text: str,
        cards: Sequence[ModelCard],
        *,
        said: Classified | None,
        price: float | None,
    ) -> Reading:
        """Give what is believed of a prompt by its meaning, one row; `said` is what a language model said of it."""
        features = np.hstack([meaning, lexical_features([text])])
        guess = self.blend.estimate(features)
        classified = said or self._told(guess)
        if said is not None and said.task in self.tasks:
            guess = self.blend.estimate(features, classes=(self.blend.classes_ == said.task)[None].astype(np.float64))
        similar, near = self._similar(guess)
        column = {str(name): place for place, name in enumerate(self.held.models)}
        known = [card for card in cards if card.name in column]
        beliefs = {card.name: self._belief(column[card.name], guess, similar) for card in known}
        usual = float(np.mean([each.quality for each in beliefs.values()])) if beliefs else 0.5
        for card in cards:
            if card.name not in beliefs or not beliefs[card.name].picks:
                beliefs[card.name] = _unproven(card, cards, usual)
        return Reading(
            models=beliefs,
            classified=classified,
            neighbours=near,
            similar=len(similar),
            price=price,
            early=len(self.held.run_ids) < NEEDED,
            best_single=self.best_single,
            dominated=self.dominated,
        )

    def representative(self, count: int) -> tuple[str, ...]:
        """Give runs whose prompts lie far apart: each next one is the farthest from those taken (farthest-first).

        Begins with the prompt nearest the middle of all.
        """
        rows = self.blend.index_.vectors()[: len(self.held.texts)]
        if not len(rows):
            return ()
        taken = [int((rows @ rows.mean(axis=0)).argmax())]
        nearest = rows @ rows[taken[0]]
        while len(taken) < min(count, len(rows)):
            taken.append(int(nearest.argmin()))
            nearest = np.maximum(nearest, rows @ rows[taken[-1]])
        newest = {int(prompt): run for run, prompt in enumerate(self.held.prompt)}
        return tuple(str(self.held.public_ids[newest[prompt]]) for prompt in taken)

    def _told(self, guess: Estimates) -> Classified:
        if not self.tasks:
            return UNCLASSIFIED
        likeliest = int(guess.classes[0].argmax())
        return Classified(
            task=str(self.blend.classes_[likeliest]),
            confidence=float(guess.classes[0, likeliest]),
            source=ClassSource.LEARNED,
        )

    def _similar(self, guess: Estimates) -> tuple[Rows, tuple[Neighbour, ...]]:
        """Give the judged runs like this prompt, nearest first, and the same in words."""
        close = guess.similarity[0] >= SIMILAR
        alike = dict(zip(guess.rows[0][close].tolist(), guess.similarity[0][close].tolist(), strict=True))
        runs = np.flatnonzero(np.isin(self.held.prompt, list(alike)))
        runs = runs[np.lexsort((-self.held.at[runs], [-alike[int(self.held.prompt[run])] for run in runs]))]
        near = tuple(
            Neighbour(
                run=str(self.held.public_ids[run]),
                first_line="",
                similarity=min(1.0, alike[int(self.held.prompt[run])]),
                winner=self._winner(run),
                judged_at=datetime.fromtimestamp(float(self.held.at[run]), UTC),
            )
            for run in runs[:SHOWN_NEIGHBOURS].tolist()
        )
        return runs, near

    def _winner(self, run: int) -> str:
        """Give the model that won a run by name, "tie", or "none" where no answer was good enough."""
        quality = self.held.quality[run]
        if np.isnan(quality).all() or np.nanmax(quality) <= 0:
            return "none"
        best = np.flatnonzero(quality >= np.nanmax(quality) - 1e-9)
        return str(self.held.models[best[0]]) if best.size == 1 else "tie"

    def _belief(self, column: int, guess: Estimates, similar: Rows) -> Belief:
        known = ~np.isnan(self.held.quality)
        there = similar[known[similar, column]]
        quality = self.held.quality[there]
        best = np.nanmax(quality, axis=1) if len(there) else np.zeros(0)
        held_up = (quality[:, column] >= best - 1e-9) & (best > 0) if len(there) else np.zeros(0, dtype=bool)
        value, picks = float(guess.quality[0, column]), int(known[:, column].sum())
        # the blend's interval rests on all models' runs; a model's own record bounds it from below
        own = NINETY * float(np.sqrt(value * (1 - value) / (1 + picks)))
        return Belief(
            quality=value,
            low=max(0.0, min(float(guess.low[0, column]), value - own)),
            high=min(1.0, max(float(guess.high[0, column]), value + own)),
            picks=picks,
            similar=len(there),
            won_or_tied=int(held_up.sum()),
        )


def write_blend(blend: Blend, version: str, path: Path, *, embedding: str) -> None:
    """Write a fitted blend beside the lessons it belongs to, replacing what is there. Raises OSError.

    `embedding` names the model whose vectors it was fitted to.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".fit")
    with os.fdopen(handle, "wb") as file:
        pickle.dump((f"{FORMAT}/{embedding}", version, blend), file, protocol=pickle.HIGHEST_PROTOCOL)
    Path(name).replace(path)


def read_blend(path: Path, *, embedding: str) -> tuple[str, Blend] | None:
    """Read the blend with the version of its lessons; None where there is none that can be used here and now."""
    try:
        with path.open("rb") as file:
            form, version, blend = pickle.load(file)  # noqa: S301 - our own file, in the app's own data folder
    except Exception:
        return None
    return (version, blend) if form == f"{FORMAT}/{embedding}" and isinstance(blend, Blend) else None


def _unproven(card: ModelCard, cards: Sequence[ModelCard], usual: float) -> Belief:
    """Give what the price suggests of a model that nobody has judged, below what the judged ones come to."""
    nothing: Mapping[str, ModelScore] = {}
    belief = belief_of(card, cards, nothing.get(card.name))
    quality = max(0.0, min(belief.quality, usual - UNPROVEN_CAUTION))
    moved = quality - belief.quality
    return Belief(quality=quality, low=max(0.0, belief.low + moved), high=max(quality, min(1.0, belief.high)), picks=0)
