"""How strong each model is, fitted to picks: the likelihood and its optimum, for many bootstrap replicates at once.

A pick among answers is a top-1 choice: P(model m) = n_m·exp(s_m) / Σ, over the models shown with n answers each
(Luce 1959, Plackett 1975; with two answers this is Bradley–Terry 1952). Counting a model's answers in n_m makes s the
strength of one answer, however many it had. "All tie" is one more alternative with utility τ + the mean strength of the
answers shown (Davidson 1970; for more than two answers Firth, Kosmidis and Turner 2019, arXiv 1909.07123), with its
own τ for each number of answers around a common one. Ties could also be split into half a win each; this model is
taken because it says itself how often two models tie, which is what "picked or tied" shows, and because it is
log-linear: the likelihood is concave and has one optimum. A further term for the answer shown first measures the
pull of the position, only where the order was drawn by lot.

A weak normal prior keeps a model that won all its three picks finite. All parameters have one, so the optimum
always exists and Newton's method finds it in a few steps; scipy's minimisers find the same (a test compares), but fit
one replicate after the other.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.labels.picks import Pick

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STRENGTH_SD = 1.5
"""Prior of a strength, in log-odds: two models one standard deviation apart win 89 to 11 against each other."""
TIE_SD = 3.0
TIE_BY_SIZE_SD = 1.0
FIRST_SD = 1.0

_STEPS = 60
_LARGEST_STEP = 2.0
_CLOSE = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True)
class Situations:
    """Every distinct set of answers that was shown, with its alternatives: the design of the fit.

    `features` is (alternatives × parameters), `offsets` (alternatives); `starts` is the first alternative of each
    situation. `chosen` and `cluster` are (picks): the alternative that was taken, and the prompt's number.
    Parameters stand in the order: models, τ, one τ for each entry of `sizes`, first shown.
    """

    models: tuple[str, ...]
    sizes: tuple[int, ...]
    features: Floats
    offsets: Floats
    starts: Ints
    chosen: Ints
    cluster: Ints
    prompts: int

    @property
    def tie(self) -> int:
        """Give the column of the common τ."""
        return len(self.models)

    @property
    def first(self) -> int:
        """Give the column of the pull of the first place."""
        return len(self.models) + 1 + len(self.sizes)

    def tie_of_pairs(self, theta: Floats) -> Floats:
        """Give τ for two answers from parameters (… × parameters)."""
        tau: Floats = theta[..., self.tie]
        return tau + theta[..., self.tie + 1 + self.sizes.index(2)] if 2 in self.sizes else tau

    def prior_sd(self) -> Floats:
        """Give the standard deviation of each parameter's prior."""
        return np.array(
            [STRENGTH_SD] * len(self.models) + [TIE_SD] + [TIE_BY_SIZE_SD] * len(self.sizes) + [FIRST_SD],
            dtype=np.float64,
        )


def situations(picks: Sequence[Pick], *, models: Sequence[str]) -> Situations:
    """Lay out picks for the fit. Every pick must compare at least two of `models` and no other."""
    names = tuple(models)
    column = {name: number for number, name in enumerate(names)}
    sizes = tuple(sorted({len(pick.shown) for pick in picks}))
    tie = len(names)
    width = tie + 2 + len(sizes)
    found: dict[tuple[tuple[str, ...], str], tuple[int, dict[str | None, int]]] = {}
    features: list[Floats] = []
    offsets: list[float] = []
    starts: list[int] = []

    def lay_out(shown: tuple[str, ...], first: str) -> dict[str | None, int]:
        starts.append(len(features))
        answers = Counter(shown)
        rows: dict[str | None, int] = {}
        all_tie = np.zeros(width)
        all_tie[tie] = all_tie[tie + 1 + sizes.index(len(shown))] = 1.0
        for model, count in answers.items():
            row = np.zeros(width)
            row[column[model]] = 1.0
            # The pull concerns one of the model's answers, so it counts by the share that stood first.
            row[-1] = float(model == first) / count
            all_tie[column[model]] = count / len(shown)
            rows[model] = len(features)
            features.append(row)
            offsets.append(float(np.log(count)))
        rows[None] = len(features)
        features.append(all_tie)
        offsets.append(0.0)
        return rows

    chosen = np.empty(len(picks), dtype=np.int64)
    cluster = np.empty(len(picks), dtype=np.int64)
    prompts: dict[str, int] = {}
    for number, pick in enumerate(picks):
        key = (tuple(sorted(pick.shown)), pick.shown[0] if pick.shuffled else "")
        if key not in found:
            found[key] = (len(found), lay_out(*key))
        chosen[number] = found[key][1][pick.won]
        cluster[number] = prompts.setdefault(pick.prompt, len(prompts))
    return Situations(
        models=names,
        sizes=sizes,
        features=np.array(features).reshape(-1, width),
        offsets=np.array(offsets),
        starts=np.array(starts, dtype=np.int64),
        chosen=chosen,
        cluster=cluster,
        prompts=len(prompts),
    )


def fit(design: Situations, counts: Floats, *, centre: Floats | None = None, start: Floats | None = None) -> Floats:
    """Give the parameters (replicates × parameters) of largest posterior density.

    `counts` (replicates × alternatives) is how often each alternative was taken, in any weights. `centre` is the
    middle of the prior, (parameters) or (replicates × parameters); `start` where to begin.
    """
    precision = 1.0 / np.square(design.prior_sd())
    middle = np.zeros(design.features.shape[1]) if centre is None else centre
    theta = np.broadcast_to(middle if start is None else start, (len(counts), len(precision))).copy()
    taken = np.add.reduceat(counts, design.starts, axis=1)
    lengths = np.diff(np.append(design.starts, len(design.offsets)))
    totals = np.repeat(taken, lengths, axis=1)
    squares = np.einsum("ki,kj->kij", design.features, design.features).reshape(len(design.offsets), -1)
    width = len(precision)
    for _ in range(_STEPS):
        expected, means = _expected(design, theta, totals, lengths)
        gradient = (counts - expected) @ design.features - precision * (theta - middle)
        # Per situation: n (E[xxᵀ] − E[x]E[x]ᵀ), summed; plus the prior's own curvature.
        curvature = (expected @ squares).reshape(-1, width, width)
        curvature -= np.matmul((means * taken[..., None]).transpose(0, 2, 1), means)
        curvature[:, np.arange(width), np.arange(width)] += precision
        step = np.linalg.solve(curvature, gradient[..., None])[..., 0]
        longest = np.abs(step).max(axis=1, keepdims=True)
        theta += step * np.minimum(1.0, _LARGEST_STEP / np.maximum(longest, _LARGEST_STEP))
        if longest.max() < _CLOSE:
            break
    return theta


def normal_draws(design: Situations, *, number: int, seed: int, best: Floats) -> Floats:
    """Give parameters (number × parameters) drawn as the cluster bootstrap would give them with very many picks.

    The bootstrap's limit is normal around the optimum `best` (1 × parameters), with the sandwich covariance
    H⁻¹ (Σ u uᵀ) H⁻¹ of the prompts' scores u (Huber 1967; clusters: Liang and Zeger 1986), to which the prior's drawn
    centre adds its precision. One fit instead of `number` of them.
    """
    precision = 1.0 / np.square(design.prior_sd())
    lengths = np.diff(np.append(design.starts, len(design.offsets)))
    counts = observed(design)
    taken = np.add.reduceat(counts, design.starts, axis=1)
    expected, means = _expected(design, best, np.repeat(taken, lengths, axis=1), lengths)
    curvature = (design.features.T * expected[0]) @ design.features - (means[0].T * taken[0]) @ means[0]
    curvature += np.diag(precision)
    situation = np.repeat(np.arange(len(design.starts)), lengths)[design.chosen]
    scores = np.zeros((design.prompts, len(precision)))
    np.add.at(scores, design.cluster, design.features[design.chosen] - means[0][situation])
    meat = scores.T @ scores * (design.prompts / max(1, design.prompts - 1)) + np.diag(precision)
    inverse = np.linalg.inv(curvature)
    drawn: Floats = np.random.default_rng(seed).multivariate_normal(
        best[0], inverse @ meat @ inverse, size=number, method="eigh"
    )
    return drawn


def _expected(design: Situations, theta: Floats, totals: Floats, lengths: Ints) -> tuple[Floats, Floats]:
    """Give expected counts (replicates × alternatives) and mean features (replicates × situations × parameters)."""
    utility = theta @ design.features.T + design.offsets
    utility -= np.repeat(np.maximum.reduceat(utility, design.starts, axis=1), lengths, axis=1)
    raised = np.exp(utility)
    share = raised / np.repeat(np.add.reduceat(raised, design.starts, axis=1), lengths, axis=1)
    means = np.add.reduceat(share[..., None] * design.features, design.starts, axis=1)
    return share * totals, means


def observed(design: Situations) -> Floats:
    """Give how often each alternative was taken, as one replicate (1 × alternatives)."""
    return np.bincount(design.chosen, minlength=len(design.offsets)).astype(np.float64)[None, :]


def replicates(design: Situations, *, number: int, seed: int, start: Floats) -> Floats:
    """Give parameters (number × parameters) refitted to prompts weighted anew: the cluster bootstrap.

    All picks of a prompt share a weight drawn from the exponential distribution (Rubin's Bayesian bootstrap 1981),
    which never drops a prompt altogether. The prior's centre is drawn anew too, as in randomize-then-optimize (Bardsley
    et al. 2014): without it a model that won all its picks would have no interval at all.
    """
    random = np.random.default_rng(seed)
    sd = design.prior_sd()
    weights = random.exponential(size=(number, design.prompts))
    weights *= design.prompts / weights.sum(axis=1, keepdims=True)
    centre = random.normal(size=(number, len(sd))) * sd
    order = np.argsort(design.chosen, kind="stable")
    kinds, begins = np.unique(design.chosen[order], return_index=True)
    counts = np.zeros((number, len(design.offsets)))
    block = max(1, 2_000_000 // max(1, len(order)))
    for low in range(0, number, block):
        rows = weights[low : low + block, design.cluster[order]]
        counts[low : low + block, kinds] = np.add.reduceat(rows, begins, axis=1)
    drawn = fit(design, counts, centre=centre, start=start)
    # Such weights vary by n/(n+1) of the variance that n prompts have, which itself is n/(n−1) of what they show.
    few = np.sqrt((design.prompts + 1) / max(1, design.prompts - 1))
    middle = drawn.mean(axis=0)
    widened: Floats = middle + (drawn - middle) * few
    return widened
