"""A review as text and back, so that a closed month shows for ever what it showed when it was closed."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from core.costs.review import MonthReview
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


@cache
def _adapter() -> "TypeAdapter[MonthReview]":
    from pydantic import TypeAdapter  # noqa: PLC0415 - built once, and only for a closed month

    return TypeAdapter(MonthReview)
