"""Shown parts add up to the shown total."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from core.costs.rounding import CENT, rounded, rounded_parts, rounded_shares

AMOUNTS = st.lists(st.decimals(min_value=-1000, max_value=1000, places=12, allow_nan=False), max_size=30)


def test_three_thirds_of_a_dollar_are_shown_as_a_dollar():
    third = Decimal(1) / 3
    assert rounded_parts((third, third, third)) == (Decimal("0.34"), Decimal("0.33"), Decimal("0.33"))


def test_the_cent_goes_to_the_part_that_lost_most():
    assert rounded_parts((Decimal("1.001"), Decimal("1.009"))) == (Decimal("1.00"), Decimal("1.01"))


def test_names_keep_their_parts():
    assert rounded_shares({"a": Decimal("0.005"), "b": Decimal("0.006")}) == {"a": 0, "b": Decimal("0.01")}


@given(AMOUNTS)
def test_parts_add_up_and_none_is_off_by_a_cent(parts):
    shown = rounded_parts(parts)
    assert sum(shown, Decimal(0)) == rounded(sum(parts, Decimal(0)))
    assert all(abs(one - other) < CENT for one, other in zip(shown, parts, strict=True))
