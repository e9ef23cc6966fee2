"""A review as text and back, so that a closed month shows for ever what it showed when it was closed."""

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from core.costs.review import MonthReview
from core.costs.savings import Saving
from core.costs.sums import Group

if TYPE_CHECKING:
    from pydantic import TypeAdapter

SPLITS = (Group.MODEL, Group.TEAM, Group.PROJECT, Group.PERSON)
"""By what the page splits a month."""


def freeze(review: MonthReview) -> dict[str, Any]:
    """Give a review as JSON; sums keep all their digits, as text."""
    found: dict[str, Any] = _adapter().dump_python(review, mode="json")
    return found


def thaw(figures: Mapping[str, Any], by: Group) -> MonthReview | None:
    """Give the review that a closed month's figures hold, None where they have none of this split."""
    kept = figures.get("reviews", {}).get(by.value)
    return None if kept is None else _adapter().validate_python(kept, strict=False)


def freeze_saving(saved: Saving | None) -> dict[str, Any] | None:
    """Give a saving as JSON."""
    return None if saved is None else {name: str(value) for name, value in asdict(saved).items()}


def thaw_saving(figures: Mapping[str, Any]) -> Saving | None:
    """Give what Auto had saved when a month was closed, None where nothing could be said."""
    kept = figures.get("auto")
    if kept is None:
        return None
    amounts = {name: Decimal(kept[name]) for name in ("low", "high", "same_tokens", "actual")}
    return Saving(baseline=kept["baseline"], answers=int(kept["answers"]), **amounts)


@cache
def _adapter() -> "TypeAdapter[MonthReview]":
    from pydantic import TypeAdapter  # noqa: PLC0415 - built once, and only for a closed month

    return TypeAdapter(MonthReview)
