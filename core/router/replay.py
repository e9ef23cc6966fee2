"""Replays past runs under every setting: what Auto would have asked, what it would have cost and kept, and how sure.

Everything is computed here at once, so that moving a slider only looks up what is there.
"""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from core.router import metrics
from core.router.layers import Floats, Rows
from core.router.lessons import Held
from core.router.replay_tasks import task_lines
from core.router.replay_view import (
    Bin,
    Calibration,
    CurvePoint,
    Dot,
    Pair,
    Place,
    Replay,
    Setting,
    Span,
    WorseRun,
)
from core.router.sweeping import GRID, Compared, Resamples, chosen_without_looking, compared, multiple_of

KEEPS = tuple(90 + step / 2 for step in range(21))
REPLAYED = 20_000
"""At most so many runs are replayed, the newest: more change no figure that is shown."""

MOST_PLACES = 1_500
MOST_WORSE = 200
PAIR_LEAST = 20
CENT = Decimal("1e-12")


def replay(held: Held, rows: Rows) -> Replay | None:
    """Decide these runs (places among those held) again; None where none of them can be compared."""
    rows = rows[-REPLAYED:]
    part = compared(held, rows)
    if part is None:
        return None
    sweep = _Sweep.of(part)
    base_cost, base_quality = part.cost[:, part.baseline], part.quality[:, part.baseline]
    return Replay(
        runs=len(part.rows),
        left_out=len(rows) - len(part.rows),
        prompts=len(np.unique(part.prompt)),
        baseline=str(held.models[part.baseline]),
        baseline_cost=_money(base_cost.sum()),
        baseline_quality=float(base_quality.mean()),
        settings=tuple(_setting(held, sweep, keep) for keep in KEEPS),
        curve=_curve(sweep),
        models=tuple(_dots(held, part)),
        controls=tuple(_controls(sweep)),
        pair=_pair(held, part),
        aiq=metrics.aiq(
            sweep.cost.mean(axis=1), sweep.quality.mean(axis=1), largest_cost=float(max(base_cost.mean(), 1e-12))
        ),
        calibration=_calibration(part),
        places=tuple(_places(held, rows)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sweep:
    """Choices for every λ with their true cost and quality, (grid, runs)."""

    part: Compared
    chosen: Rows
    cost: Floats
    quality: Floats
    resamples: Resamples

    @classmethod
    def of(cls, part: Compared) -> "_Sweep":
        chosen = part.sweep()
        return cls(
            part=part,
            chosen=chosen,
            cost=part.take(chosen, part.cost),
            quality=part.take(chosen, part.quality),
            resamples=Resamples(part.prompt),
        )


def _setting(held: Held, sweep: _Sweep, keep: float) -> Setting:
    part, share = sweep.part, keep / 100
    chosen = chosen_without_looking(part, sweep.chosen, share, sweep.cost, sweep.quality)
    cost, quality = part.take(chosen, part.cost), part.take(chosen, part.quality)
    base_cost, base_quality = part.cost[:, part.baseline], part.quality[:, part.baseline]
    sums = sweep.resamples.sums(np.stack([cost, base_cost, quality, base_quality], axis=1))
    at = multiple_of(share, sweep.cost.mean(axis=1), sweep.quality.mean(axis=1), float(base_quality.mean()))
    worse = np.flatnonzero(quality < base_quality - 1e-9)
    return Setting(
        keep=keep,
        price=float(GRID[at] / part.unit),
        cost=_money(cost.sum()),
        saved=_span(1 - _ratio(cost.sum(), base_cost.sum()), 1 - _ratios(sums[:, 0], sums[:, 1])),
        kept=_span(_ratio(quality.sum(), base_quality.sum()), _ratios(sums[:, 2], sums[:, 3])),
        worse=len(worse),
        better=int((quality > base_quality + 1e-9).sum()),
        faster=_faster(part, chosen),
        mix=_mix(held, chosen),
        tasks=task_lines(part, chosen, names=held.models, tasks=held.tasks[part.rows], share=share),
        worse_runs=tuple(_worse(held, part, chosen, worse)),
    )


def _mix(held: Held, chosen: Rows) -> tuple[tuple[str, float], ...]:
    counts = np.bincount(chosen, minlength=len(held.models))
    return tuple(
        (str(held.models[model]), float(counts[model] / len(chosen))) for model in np.argsort(-counts) if counts[model]
    )


def _faster(part: Compared, chosen: Rows) -> float | None:
    gained = part.seconds[:, part.baseline] - part.take(chosen, part.seconds)
    return None if np.isnan(gained).all() else float(np.nanmean(gained))


def _worse(held: Held, part: Compared, chosen: Rows, worse: Rows) -> list[WorseRun]:
    lost = part.quality[worse, part.baseline] - part.quality[worse, chosen[worse]]
    order = worse[np.lexsort((-part.rows[worse], -np.round(lost, 6)))][:MOST_WORSE]
    return [
        WorseRun(
            run=str(held.public_ids[part.rows[row]]),
            prompt=str(held.texts[part.prompt[row]]),
            asked=str(held.models[chosen[row]]),
            better=str(held.models[part.baseline]),
            cost=_money(part.cost[row, chosen[row]]),
            better_cost=_money(part.cost[row, part.baseline]),
        )
        for row in order
    ]


def _curve(sweep: _Sweep) -> tuple[CurvePoint, ...]:
    cost, quality = sweep.cost.mean(axis=1), sweep.quality.mean(axis=1)
    means = sweep.resamples.means(sweep.quality.T)
    _, first = np.unique(np.round(cost, 12), return_index=True)
    return tuple(CurvePoint(cost=float(cost[at]), quality=_span(float(quality[at]), means[:, at])) for at in first)


def _dots(held: Held, part: Compared) -> list[Dot]:
    """Give each model where it stands beside the baseline on the runs that have both, moved to the baseline's level."""
    base_cost, base_quality = part.cost[:, part.baseline], part.quality[:, part.baseline]
    found = []
    for model, name in enumerate(held.models):
        both = part.open[:, model]
        if not both.any():
            continue
        ratio = _ratio(part.cost[both, model].mean(), base_cost[both].mean())
        gap = float((part.quality[both, model] - base_quality[both]).mean())
        cost = float(base_cost.mean()) * ratio
        quality = float(base_quality.mean()) + gap
        found.append(Dot(name=str(name), cost=cost, quality=min(1.0, max(0.0, quality)), runs=int(both.sum())))
    return found


def _controls(sweep: _Sweep) -> list[Dot]:
    """Give what lots, Auto's mix dealt by lot (at 98 in 100), and the perfect choice come to."""
    part = sweep.part
    chosen = chosen_without_looking(part, sweep.chosen, 0.98, sweep.cost, sweep.quality)
    mix = np.bincount(chosen, minlength=part.open.shape[1]) + 1e-12
    dealt = part.open * mix
    dealt /= dealt.sum(axis=1, keepdims=True)
    even = part.open / part.open.sum(axis=1, keepdims=True)
    quality, cost = np.where(part.open, part.quality, 0.0), np.where(part.open, part.cost, 0.0)
    best = np.where(part.open, part.quality, -np.inf)
    perfect = np.where(best >= best.max(axis=1, keepdims=True) - 1e-9, part.cost, np.inf).argmin(axis=1)
    ways = {"random": even, "shuffled": dealt, "oracle": np.eye(part.open.shape[1])[perfect]}
    return [
        Dot(
            name=name,
            cost=float((way * cost).sum(axis=1).mean()),
            quality=float((way * quality).sum(axis=1).mean()),
            runs=len(part.rows),
        )
        for name, way in ways.items()
    ]


def _pair(held: Held, part: Compared) -> Pair | None:
    """Give RouteLLM's figures for the baseline and the cheaper model that was most often judged beside it."""
    usual = np.array([part.cost[part.open[:, model], model].mean() if part.open[:, model].any() else np.inf
                      for model in range(part.open.shape[1])])  # fmt: skip
    cheaper = np.flatnonzero(usual < usual[part.baseline])
    if not cheaper.size:
        return None
    weak = int(cheaper[part.open[:, cheaper].sum(axis=0).argmax()])
    both = part.open[:, weak]
    if both.sum() < PAIR_LEAST:
        return None
    score = part.predicted[both, part.baseline] - part.predicted[both, weak]
    curve = metrics.pair_curve(score, weak=part.quality[both, weak], strong=part.quality[both, part.baseline])
    return Pair(
        weak=str(held.models[weak]),
        strong=str(held.models[part.baseline]),
        runs=int(both.sum()),
        apgr=None if curve is None else curve.apgr,
        cpt50=None if curve is None else curve.cpt(0.5),
        cpt80=None if curve is None else curve.cpt(0.8),
    )


def _calibration(part: Compared) -> Calibration:
    actual = np.where(part.open, part.quality, np.nan)
    said, came = part.predicted[part.open], part.quality[part.open]
    order = np.argsort(said, kind="stable")
    bins = [each for each in np.array_split(order, metrics.BINS) if each.size]
    return Calibration(
        brier=metrics.brier(part.predicted, actual),
        ece=metrics.ece(part.predicted, actual),
        bins=tuple(
            Bin(predicted=float(said[each].mean()), actual=float(came[each].mean()), count=each.size) for each in bins
        ),
    )


def _places(held: Held, rows: Rows) -> list[Place]:
    newest = {int(held.prompt[row]): int(row) for row in rows}
    found = []
    for prompt, row in list(newest.items())[-MOST_PLACES:]:
        quality = held.quality[row]
        best = np.flatnonzero(quality >= np.nanmax(quality) - 1e-9)
        winner = str(held.models[best[0]]) if best.size == 1 else ""
        x, y = held.xy[prompt]
        text, run = str(held.texts[prompt]), str(held.public_ids[row])
        found.append(Place(x=float(x), y=float(y), prompt=text, winner=winner, run=run))
    return found


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else 1.0


def _ratios(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.ones_like(part), where=whole > 0)


def _span(value: float, drawn: Floats) -> Span:
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Span(value=value, low=min(float(low), value), high=max(float(high), value))


def _money(amount: float) -> Decimal:
    return Decimal(repr(float(amount))).quantize(CENT)
