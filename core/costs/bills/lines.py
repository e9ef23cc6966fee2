"""One line of a bill in the product's own terms, with the provider's own numbers kept beside."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from core.domain.money import TokenClass


class BillSource(StrEnum):
    """Whose form a bill has."""

    OPENAI = "openai-costs"
    ANTHROPIC = "anthropic-cost-report"
    OPENROUTER = "openrouter-activity"
    FOCUS = "focus"


GROUPED_BY = {
    BillSource.OPENAI: ("line_item", "project_id", "user_id", "api_key_id", "api_source"),
    BillSource.ANTHROPIC: (
        "workspace_id", "description", "cost_type", "context_window", "model", "service_tier", "token_type",
        "inference_geo",
    ),
}  # fmt: skip
"""By what a report of an API may be split; what it was not split by is empty in every line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledLine:
    """What one provider billed for one thing on one UTC day.

    `amount` is in `currency`; `quantity` counts tokens of `token_class` (or of all classes where that is None), None
    where the bill does not say. `key` names the line among those of its day: two with the same key are one line.
    """

    source: BillSource
    provider: str
    day: date
    days: int = 1
    model: str = ""
    token_class: TokenClass | None = None
    quantity: int | None = None
    amount: Decimal
    currency: str = "USD"
    what: str = ""
    key: tuple[str, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)

    @property
    def line(self) -> str:
        """Give the hash that names the line."""
        return _sha([self.source.value, self.provider, self.day.isoformat(), str(self.days), *self.key])

    @property
    def content(self) -> str:
        """Give the hash of its figures: another one for the same line is late data."""
        return _sha(
            [str(self.amount.normalize()), self.currency, str(self.quantity), self.model, str(self.token_class)]
        )


def together(lines: Iterable[BilledLine]) -> tuple[BilledLine, ...]:
    """Add up lines of the same name, in the order in which they first come."""
    found: dict[str, BilledLine] = {}
    for line in lines:
        known = found.get(line.line)
        if known is None:
            found[line.line] = line
            continue
        both = (known.quantity, line.quantity)
        found[line.line] = replace(
            known,
            amount=known.amount + line.amount,
            quantity=None if None in both else sum(each for each in both if each is not None),
            raw={"parts": [*_parts(known.raw), *_parts(line.raw)]},
        )
    return tuple(found.values())


def grouping(source: BillSource, raws: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Give by what a report was split, from its lines as they were given; nothing for reports that never vary."""
    names = GROUPED_BY.get(source, ())
    return frozenset(name for raw in raws for part in _parts(raw) for name in names if part.get(name) is not None)


def plain_model(name: str) -> str:
    """Give a model's name as bills and ledger can agree on: no provider in front, no date or version behind."""
    bare = name.rsplit("/", 1)[-1].lower()
    return re.sub(r"(-20\d{2}-?\d{2}-?\d{2}|@20\d{6}|-latest|-v\d+:\d+)+$", "", bare)


def _parts(raw: Mapping[str, Any]) -> list[Any]:
    parts = raw.get("parts")
    return parts if isinstance(parts, list) else [raw]


def _sha(parts: Iterable[str]) -> str:
    return hashlib.sha256(json.dumps(list(parts)).encode()).hexdigest()
