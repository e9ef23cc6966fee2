"""The table of a replay by kind of task: what Auto asks there, what that keeps and saves, and whether that is sure."""

from math import ceil

import numpy as np
from numpy.typing import NDArray

from core.router.layers import Floats, Rows
from core.router.replay_view import Sure, TaskLine
from core.router.sweeping import Compared

MOST_TASKS = 12
LEAST = 5
"""Runs of a task on which two models must both have been judged before anything is said about them."""

NINETY = 1.645
TOLERANCE = 0.05
"""A loss of fewer than 5 in 100 beyond what was asked to be kept does not count against a cheaper model."""

MANY = 300
"""More missing picks than these are told as none: nobody will give them for one line."""


def task_lines(
    part: Compared, chosen: Rows, *, names: NDArray[np.str_], tasks: NDArray[np.str_], share: float
) -> tuple[TaskLine, ...]:
    """Give one line a task, the most judged first; `chosen` (runs,) is what Auto takes, `tasks` (runs,) of which kind.

    Runs without a task have a line of their own, "", unless no run has one: then there is no table.
    """
    kinds, counts = np.unique(tasks, return_counts=True)
    if list(kinds) == [""]:
        return ()
    order = np.argsort(-counts, kind="stable")[:MOST_TASKS]
    return tuple(
        _line(part, chosen, names, str(kinds[each]), np.flatnonzero(tasks == kinds[each]), share) for each in order
    )


def _line(  # noqa: PLR0917 - one task's part of everything
    part: Compared, chosen: Rows, names: NDArray[np.str_], task: str, rows: Rows, share: float
) -> TaskLine:
    took = chosen[rows]
    cost, quality = part.cost[rows, took], part.quality[rows, took]
    base_cost, base_quality = part.cost[rows, part.baseline], part.quality[rows, part.baseline]
    asks = int(np.bincount(took).argmax())
    rival = asks if asks != part.baseline else _rival(part, rows)
    sure, more = Sure.YES, None
    if rival is None:
        sure = Sure.OPEN
    else:
        both = rows[part.open[rows, rival]]
        lost = part.quality[both, rival] - share * part.quality[both, part.baseline]
        sure, more = _told(lost, part.prompt[both], takes=asks != part.baseline)
    return TaskLine(
        task=task,
        judged=len(rows),
        asks=str(names[asks]),
        kept=float(quality.sum() / base_quality.sum()) if base_quality.sum() else 1.0,
        saved=float(1 - cost.sum() / base_cost.sum()) if base_cost.sum() else 0.0,
        sure=sure,
        rival=str(names[rival]) if rival is not None and asks == part.baseline else "",
        more=more,
    )


def _rival(part: Compared, rows: Rows) -> int | None:
    """Give the cheaper model that was most often judged beside the baseline on these runs."""
    counts = part.open[rows].sum(axis=0)
    usual = np.array(
        [
            part.cost[rows, model][part.open[rows, model]].mean() if counts[model] >= LEAST else np.inf
            for model in range(len(counts))
        ]
    )
    cheaper = np.flatnonzero(usual < part.cost[rows, part.baseline].mean())
    return int(cheaper[counts[cheaper].argmax()]) if cheaper.size else None


def _told(lost: Floats, prompt: Rows, *, takes: bool) -> tuple[Sure, int | None]:
    """Tell what the differences say, one a prompt; `takes` when Auto asks the cheaper model here."""
    _, place, counts = np.unique(prompt, return_inverse=True, return_counts=True)
    means = np.bincount(place, weights=lost) / counts
    n = len(means)
    if n < 2:
        return Sure.OPEN, LEAST
    middle = float(means.mean()) + TOLERANCE
    spread = max(float(means.std(ddof=1)), 0.1)
    half = NINETY * spread / np.sqrt(n)
    if middle - half > 0:
        return (Sure.YES, None) if takes else (Sure.OPEN, None)
    if middle + half < 0 and not takes:
        return Sure.LOSES, None
    more = ceil((NINETY * spread / middle) ** 2) - n if middle else MANY + 1
    return Sure.OPEN, max(1, more) if more <= MANY else None
