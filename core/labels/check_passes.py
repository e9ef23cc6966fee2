"""How many of each model's answers passed a check."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from core.domain.verdict import VerdictKind
from core.labels.agreement import Share, wilson
from core.labels.counted import labels_of, models_of
from core.store.judgements import Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFigures:
    """How one model's answers did on one check; `passed` is None where it could be told of none."""

    check: str
    version: str
    model: str
    label: str
    passed: Share | None
    untold: int


def check_passes(connection: Connection, said: Sequence[Judgement]) -> tuple[CheckFigures, ...]:
    """Give the figures of each check and model among these judgements, by check and label."""
    models = models_of(connection, {each.compared[0] for each in said})
    labels = labels_of(connection, set(models.values()))
    counted: dict[tuple[str, str, str], list[VerdictKind | None]] = defaultdict(list)
    for each in said:
        if each.compared[0] in models:
            counted[each.name, each.version, models[each.compared[0]]].append(each.outcome)
    found = []
    for (check, version, model), outcomes in counted.items():
        told = [each for each in outcomes if each is not None]
        found.append(
            CheckFigures(
                check=check,
                version=version,
                model=model,
                label=labels.get(model, model),
                passed=wilson(told.count(VerdictKind.GOOD), len(told)) if told else None,
                untold=len(outcomes) - len(told),
            )
        )
    return tuple(sorted(found, key=lambda each: (each.check, each.label.casefold())))
