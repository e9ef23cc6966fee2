"""Made-up picks whose truth is known."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from core.labels.picks import Pick

MODELS = ("Ash", "Birch", "Cedar", "Elm", "Fir")


@pytest.fixture
def simulate() -> Callable[..., list[Pick]]:
    """Draw picks from known strengths: `sizes` answers and `people` a prompt, `first` log-odds for place 1."""

    def draw(
        random: np.random.Generator,
        strengths: Sequence[float],
        *,
        prompts: int,
        people: int = 1,
        sizes: tuple[int, int] = (2, 4),
        tie: float = -1.0,
        first: float = 0.0,
    ) -> list[Pick]:
        picks = []
        most = min(sizes[1], len(strengths))
        for prompt in range(prompts):
            among = random.permutation(len(strengths))[: random.integers(sizes[0], most + 1)]
            for person in range(people):
                shown = random.permutation(among)
                strength = np.array(strengths)[shown]
                utility = np.append(strength, tie + strength.mean())
                utility[0] += first
                chance = np.exp(utility) / np.exp(utility).sum()
                taken = int(random.choice(len(utility), p=chance))
                picks.append(
                    Pick(
                        prompt=f"prompt {prompt}",
                        person=f"person {person}",
                        shown=tuple(MODELS[model] for model in shown),
                        winner=None if taken == len(shown) else taken,
                        shuffled=True,
                        blind=True,
                    )
                )
        return picks

    return draw
