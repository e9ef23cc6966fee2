"""Why a month cost more or less than the days it is held against: the bridge, and the days its main causes began."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.engine import Connection

from core.costs import sums
from core.costs.bridge import Bridge, Effect, Part, bridge
from core.costs.bridge_sentence import DOLLARS, Say, Words, main_effect, sentence
from core.costs.person_cells import cells_of_person
from core.costs.sums import Group, Scope
from core.costs.turning import moved_on, price_changed_on
from core.domain.money import TokenClass
from core.store.run_reads import label_of

Days = tuple[date, date]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The day on which what moves a part most began."""

    part: Part
    group: str
    model: str
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The bridge by team and model, names by team key, and the days that are known."""

    bridge: Bridge
    names: Mapping[str, str]
    causes: tuple[Cause, ...] = ()

    def sentence(self, say: Say = DOLLARS, *, against: str = "") -> str:
        """Say in one sentence why; `against` names the days it is held against where they are no whole month."""
        models = {effect.model: label_of(effect.model) for effect in self.bridge.effects}
        known = {(cause.part, cause.group, cause.model): cause.day for cause in self.causes}
        words = Words(
            models=models,
            groups={**self.names, "0": "no team"},
            day_of=lambda effect: known.get((effect.part, effect.group, effect.model)),
            say=say,
            against=against,
        )
        return sentence(self.bridge, words=words)


def explain(connection: Connection, days: Days, before: Days, *, scope: Scope, names: Mapping[str, str]) -> Why:
    """Explain the change between two spans of UTC days, each (first, last), both in."""
    cells = cells_of_person if scope.person is not None else sums.cells
    found = bridge(cells(connection, *before, scope=scope), cells(connection, *days, scope=scope))
    span = before[0], days[1]
    causes = []
    for part, day_of in ((Part.MIX, _moved), (Part.PRICE, _repriced)):
        main = main_effect(found, part, found.shown[part])
        day = day_of(connection, span, scope, main) if main is not None else None
        if main is not None and day is not None:
            causes.append(Cause(part=part, group=main.group, model=main.model, day=day))
    return Why(bridge=found, names=names, causes=tuple(causes))


def _moved(connection: Connection, span: Days, scope: Scope, effect: Effect) -> date | None:
    asked: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for row in sums.by_day(connection, *span, by=Group.MODEL, scope=replace(scope, team=int(effect.group))):
        asked[row.day][1] += row.answers
        asked[row.day][0] += row.answers if row.key == effect.model else 0
    return moved_on([(day, own, every) for day, (own, every) in sorted(asked.items()) if every])


def _repriced(connection: Connection, span: Days, scope: Scope, effect: Effect) -> date | None:
    prices = [
        (day, amount / quantity)
        for day, _, name, token_class, quantity, amount in sums.class_days(connection, *span, scope=scope)
        if name == effect.model and token_class == TokenClass.OUTPUT and quantity
    ]
    return price_changed_on(prices)
