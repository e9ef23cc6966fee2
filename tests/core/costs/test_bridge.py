"""The bridge between two months: exact, each part what its name says, one sentence that adds up."""

import re
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from core.costs.bridge import Bridge, Cell, Effect, Part, bridge
from core.costs.bridge_sentence import Words, sentence
from core.costs.rounding import rounded
from core.costs.turning import moved_on, price_changed_on


def cell(group="Support", model="sage", answers=100, tokens=20_000, price="0.00001"):
    return Cell(
        group=group, model=model, answers=answers, tokens={"output": tokens},
        amounts={"output": Decimal(price) * tokens},
    )  # fmt: skip


def only(found):
    """The parts that are not nothing."""
    return {part: amount for part, amount in found.parts.items() if amount}


def test_twice_as_many_answers_are_all_volume():
    found = bridge([cell()], [cell(answers=200, tokens=40_000)])
    assert (found.difference, only(found)) == (Decimal("0.2"), {Part.VOLUME: Decimal("0.2")})


def test_longer_answers_are_all_length():
    assert only(bridge([cell()], [cell(tokens=30_000)])) == {Part.LENGTH: Decimal("0.1")}


def test_a_price_cut_is_all_price():
    assert only(bridge([cell()], [cell(price="0.000004")])) == {Part.PRICE: Decimal("-0.12")}


def test_the_same_answers_by_a_dearer_model_are_all_mix():
    found = bridge([cell(), cell(model="swift", price="0.000001")], [cell(answers=200, tokens=40_000)])
    assert only(found) == {Part.MIX: Decimal("0.18")}
    found = bridge(
        [cell(answers=50, tokens=10_000), cell(model="swift", answers=50, tokens=10_000, price="0.000001")],
        [cell(answers=90, tokens=18_000), cell(model="swift", answers=10, tokens=2_000, price="0.000001")],
    )
    assert only(found) == {Part.MIX: Decimal("0.072")}


def test_a_team_that_is_new_is_volume():
    found = bridge([cell()], [cell(), cell(group="Data")])
    assert only(found) == {Part.VOLUME: Decimal("0.2")}
    assert found.movers()[0].group == "Data"


def test_a_model_that_is_tried_for_the_first_time_is_mix():
    found = bridge([cell()], [cell(), cell(model="grand", answers=10, tokens=1000, price="0.0001")])
    assert found.part(Part.PRICE) == found.part(Part.LENGTH) == 0
    assert found.part(Part.VOLUME) == Decimal("0.02")
    assert found.part(Part.MIX) == Decimal("0.08")


COUNTS = st.integers(min_value=0, max_value=10_000)
AMOUNTS = st.decimals(min_value=0, max_value=10_000, places=12, allow_nan=False)
CELLS = st.lists(
    st.builds(
        Cell,
        group=st.sampled_from(("Support", "Data", "")),
        model=st.sampled_from(("sage", "swift", "pine")),
        answers=COUNTS,
        tokens=st.dictionaries(st.sampled_from(("input", "output", "request")), COUNTS),
        amounts=st.dictionaries(st.sampled_from(("input", "output", "request")), AMOUNTS),
    ),
    max_size=12,
)


@given(CELLS, CELLS)
def test_the_parts_add_up_to_the_difference_to_the_last_digit(before, after):
    found = bridge(before, after)
    assert found.before == sum((cell.amount for cell in before), Decimal(0))
    assert found.after == sum((cell.amount for cell in after), Decimal(0))
    assert sum(found.parts.values(), Decimal(0)) == found.difference
    assert sum((effect.amount for effect in found.effects), Decimal(0)) == found.difference


@given(CELLS, CELLS)
def test_the_sentence_is_made_from_figures_that_add_up(before, after):
    found = bridge(before, after)
    said = sentence(found)
    assert said.endswith(".")
    if not re.search(r"(rose|fell) by", said):
        return
    head, _, rest = said.partition(": ")
    change = Decimal(re.search(r"\$([\d,.]+\d)", head).group(1).replace(",", ""))
    sign = 1 if "rose" in head else -1
    parts = re.findall(r"\$([\d,]+\.\d\d)( less through| more through)?", rest)
    total = Decimal(0)
    for amount, against in parts:
        total += Decimal(amount.replace(",", "")) * (-sign if against else sign)
    assert total == sign * change == rounded(found.after) - rounded(found.before)


def test_the_sentence_reads_as_a_person_would_say_it():
    found = Bridge(
        before=Decimal(100),
        after=Decimal("161.20"),
        effects=(
            Effect(part=Part.VOLUME, group="2", model="a", amount=Decimal("48.10")),
            Effect(part=Part.MIX, group="2", model="sage", amount=Decimal("29.40")),
            Effect(part=Part.PRICE, group="3", model="swift", amount=Decimal("-16.30")),
        ),
    )
    words = Words(
        groups={"2": "Support", "3": "Data"},
        models={"sage": "Sage", "swift": "Swift"},
        day_of=lambda effect: date(2026, 10, 18) if effect.part is Part.MIX else None,
    )
    assert sentence(found, words=words) == (
        "Spending rose by $61.20: $48.10 more answers (Support), $29.40 dearer models (Support: Sage from 18 Oct), "
        "$16.30 less through lower prices (Swift)."
    )


def test_there_is_a_sentence_where_nothing_changed_or_nothing_was_spent():
    assert sentence(bridge([], [])) == "Nothing was spent in either period."
    assert sentence(bridge([cell()], [cell()])) == "Spending is the same: $0.20."


def days(*shares):
    return [(date(2026, 10, 1 + at), share, 10) for at, share in enumerate(shares)]


def test_a_move_is_dated_to_its_first_day_and_a_wobble_is_no_move():
    assert moved_on(days(0, 1, 0, 0, 9, 10, 8, 10)) == date(2026, 10, 5)
    assert moved_on(days(4, 6, 5, 5, 6, 4, 6)) is None
    assert moved_on([]) is None


def test_a_price_is_dated_to_the_day_of_its_largest_change():
    prices = [(date(2026, 10, day), Decimal(price)) for day, price in ((1, "3"), (2, "3.0001"), (9, "1"), (10, "1"))]
    assert price_changed_on(prices) == date(2026, 10, 9)
    assert price_changed_on(prices[:2]) is None
