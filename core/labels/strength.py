"""The leaderboard's figures: how often each model would be picked or tied, how sure that is, who cannot be told apart.

The model behind them is in `choice_model`; here its parameters become what a page shows. A share is "picked or tied in
a pair against one other model, averaged over the field"; each has a likely range from a cluster bootstrap over prompts.
Below ten decisive picks a model has counts only. numpy is loaded when figures are asked for, not with this module.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from core.labels.picks import ENOUGH_TO_RANK, PairRecord, Pick, pair_records

if TYPE_CHECKING:
    from core.labels.fitted import FieldFit

REPLICATES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelStrength:
    """One row of the leaderboard.

    `wins`, `ties`, `losses` count picks as they fell. `share` is the chance in [0, 1] to be picked or tied against one
    other model of the field, with `low` and `high` (95 %), and `rank` 1 plus how many models are clearly stronger; all
    are None while `needed` more decisive picks are missing, or where nothing links the model to the rest of the field
    (`apart`). `strength` is in log-odds around the field's mean.
    """

    model: str
    wins: int
    ties: int
    losses: int
    people: int
    prompts: int
    needed: int
    apart: bool = False
    rank: int | None = None
    share: float | None = None
    low: float | None = None
    high: float | None = None
    strength: float | None = None

    @property
    def picks(self) -> int:
        """Give in how many picks the model stood."""
        return self.wins + self.ties + self.losses

    @property
    def decisive(self) -> int:
        """Give how many of them chose one answer."""
        return self.wins + self.losses


@dataclass(frozen=True, slots=True, kw_only=True)
class PairStrength:
    """Two ranked models beside each other, seen from `first`.

    `share` is the chance that `first` is picked or tied, `stronger` the chance that it is the stronger one of the two,
    both in [0, 1]; `told_apart` says that the 95 % range of their difference leaves out zero. `record` has the
    picks themselves, None where the two never met.
    """

    first: str
    second: str
    share: float
    stronger: float
    told_apart: bool
    record: PairRecord | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionPull:
    """How much standing first helps: the chance in [0, 1] that the first of two equal answers is picked, and its range.

    `picks` are the decisive ones that were shown in an order drawn by lot.
    """

    share: float
    low: float
    high: float
    picks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaderboard:
    """All that picks say of models, strongest first; models without a rank stand last, by name.

    `alike` are groups of models that cannot be told apart, each as large as it can be; a model may be in two. `pull` is
    None where too few picks were shown in an order drawn by lot. `needed` is how many more decisive picks it takes
    until two models can be ranked at all, 0 once they can.
    """

    rows: tuple[ModelStrength, ...]
    pairs: tuple[PairStrength, ...]
    alike: tuple[tuple[str, ...], ...]
    pull: PositionPull | None
    picks: int
    decisive: int
    people: int
    prompts: int
    needed: int


def leaderboard(picks: Sequence[Pick], *, seed: int = 0, replicates: int = REPLICATES) -> Leaderboard:
    """Give the strength of every model in `picks`. The same picks and seed give the same figures."""
    useful = [pick for pick in picks if len(pick.models) > 1]
    counted = {row.model: row for row in _counted(useful)}
    linked = _linked(useful, counted)
    field = [model for model in linked if not counted[model].needed]
    rows = {
        model: replace(row, apart=len(field) > 1 and not row.needed and model not in linked)
        for model, row in counted.items()
    }
    pairs: tuple[PairStrength, ...] = ()
    pull = None
    if len(field) > 1:
        from core.labels.fitted import fit_field  # noqa: PLC0415 - numpy only where figures are asked for

        among = [pick for pick in useful if pick.models <= linked]
        fitted = fit_field(among, field=field, seed=seed, number=replicates)
        pairs = _pairs(fitted, pair_records(among))
        rows |= {row.model: row for row in _ranked(fitted, rows)}
        pull = _pull(fitted)
    ordered = sorted(rows.values(), key=lambda row: (row.strength is None, -(row.strength or 0.0), row.model))
    return Leaderboard(
        rows=tuple(ordered),
        pairs=pairs,
        alike=_alike([row.model for row in ordered if row.rank is not None], pairs),
        pull=pull,
        picks=len(useful),
        decisive=sum(pick.decisive for pick in useful),
        people=len({pick.person for pick in useful}),
        prompts=len({pick.prompt for pick in useful}),
        needed=0 if pairs else _needed_for_two(ordered),
    )


def _counted(picks: Sequence[Pick]) -> list[ModelStrength]:
    """Count wins, ties and losses of every model, by name."""
    by_model: dict[str, list[Pick]] = defaultdict(list)
    for pick in picks:
        for model in pick.models:
            by_model[model].append(pick)
    rows = []
    for model, own in sorted(by_model.items()):
        wins = sum(pick.won == model for pick in own)
        ties = sum(pick.won is None for pick in own)
        rows.append(
            ModelStrength(
                model=model,
                wins=wins,
                ties=ties,
                losses=len(own) - wins - ties,
                people=len({pick.person for pick in own}),
                prompts=len({pick.prompt for pick in own}),
                needed=max(0, ENOUGH_TO_RANK - (len(own) - ties)),
            )
        )
    return rows


def _linked(picks: Sequence[Pick], counted: dict[str, ModelStrength]) -> frozenset[str]:
    """Give the models that picks link with one another, directly or over others: the group with the most to rank.

    Between groups that never met the model knows nothing but its prior, so only one of them can be ranked.
    """
    groups: list[set[str]] = []
    for models in {pick.models for pick in picks}:
        touched = [group for group in groups if group & models]
        groups = [group for group in groups if not group & models]
        groups.append(set(models).union(*touched))

    def weight(group: set[str]) -> tuple[int, int, list[str]]:
        rankable = [model for model in group if not counted[model].needed]
        return -len(rankable), -sum(counted[model].picks for model in group), sorted(group)

    if not groups:
        return frozenset()
    best = min(groups, key=weight)
    return frozenset(best)


def _ranked(fitted: "FieldFit", rows: dict[str, ModelStrength]) -> list[ModelStrength]:
    """Give the rows of the field with their figures; clearly stronger models decide the rank."""
    found = []
    for number, model in enumerate(fitted.field):
        clearly = sum(
            apart and stronger < 0.5
            for apart, stronger in zip(fitted.told_apart[number], fitted.stronger[number], strict=True)
        )
        share = fitted.shares[number]
        found.append(
            replace(
                rows[model],
                rank=1 + clearly,
                share=share.value,
                low=share.low,
                high=share.high,
                strength=fitted.strengths[number],
            )
        )
    return found


def _pairs(fitted: "FieldFit", records: Sequence[PairRecord]) -> tuple[PairStrength, ...]:
    """Give every two ranked models once, the stronger first."""
    met = {frozenset((record.first, record.second)): record for record in records}
    order = sorted(range(len(fitted.field)), key=lambda number: -fitted.strengths[number])
    found = []
    for one, two in combinations(order, 2):
        first, second = fitted.field[one], fitted.field[two]
        record = met.get(frozenset((first, second)))
        found.append(
            PairStrength(
                first=first,
                second=second,
                share=fitted.pair_shares[one][two],
                stronger=fitted.stronger[one][two],
                told_apart=fitted.told_apart[one][two],
                record=None if record is None else record.seen_from(first),
            )
        )
    return tuple(found)


def _alike(ranked: Sequence[str], pairs: Sequence[PairStrength]) -> tuple[tuple[str, ...], ...]:
    """Give the longest stretches of the ranking in which no two models can be told apart."""
    apart = {frozenset((pair.first, pair.second)) for pair in pairs if pair.told_apart}
    groups: list[tuple[str, ...]] = []
    reached = 0
    for start in range(len(ranked)):
        end = start + 1
        while end < len(ranked) and not any(frozenset((ranked[end], one)) in apart for one in ranked[start:end]):
            end += 1
        if end - start > 1 and end > reached:
            groups.append(tuple(ranked[start:end]))
            reached = end
    return tuple(groups)


def _pull(fitted: "FieldFit") -> PositionPull | None:
    first = fitted.first_place
    if first is None:
        return None
    return PositionPull(share=first.value, low=first.low, high=first.high, picks=fitted.first_place_picks)


def _needed_for_two(rows: Sequence[ModelStrength]) -> int:
    """Give how many more decisive picks the second best known model needs: two can be ranked then."""
    missing = sorted(row.needed for row in rows)
    return missing[1] if len(missing) > 1 else ENOUGH_TO_RANK
