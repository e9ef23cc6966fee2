"""What a pick means in money."""

from decimal import Decimal

from core.costs.afterpick import after_pick
from core.domain.model import Place
from core.domain.money import CostState
from core.domain.run import ShotRecord, ShotState
from core.domain.verdict import VerdictKind


def _shot(number: int, label: str, cost: str | None, state: CostState = CostState.PRICED) -> ShotRecord:
    return ShotRecord(
        id=number,
        ordinal=number,
        model=f"demo/{label}",
        label=label,
        shot_index=1,
        place=Place.CLOUD,
        state=ShotState.DONE,
        cost=None if cost is None else Decimal(cost),
        cost_state=state,
    )


SAGE, SWIFT = _shot(1, "Sage", "0.0019"), _shot(2, "Swift", "0.0001")
PINE = _shot(3, "Pine", "0", CostState.FREE)
LAB = _shot(4, "Lab", None, CostState.UNPRICED)


def test_a_dear_winner_is_set_beside_the_cheapest_other() -> None:
    other = after_pick((SAGE, SWIFT), kind=VerdictKind.WINNER, winner_id=1).other
    assert other is not None
    assert (other.label, other.way, other.times) == ("Swift", "less", Decimal("19.0"))


def test_the_cheapest_winner_is_set_beside_the_dearest_other() -> None:
    other = after_pick((SAGE, SWIFT), kind=VerdictKind.WINNER, winner_id=2).other
    assert other is not None
    assert (other.label, other.way, other.times) == ("Sage", "more", Decimal("19.0"))


def test_a_free_other_is_named_beside_the_cheapest_with_a_price() -> None:
    after = after_pick((SAGE, SWIFT, PINE), kind=VerdictKind.WINNER, winner_id=1)
    assert after.other is not None
    assert (after.other.label, after.other.times, after.free) == ("Swift", Decimal("19.0"), ("Pine",))


def test_beside_a_free_winner_nothing_is_a_number_of_times() -> None:
    after = after_pick((SAGE, PINE), kind=VerdictKind.WINNER, winner_id=3)
    assert after.other is not None
    assert (after.other.label, after.other.way, after.other.times, after.free) == ("Sage", "more", None, ())


def test_an_unknown_price_is_named_and_never_counted_as_nothing() -> None:
    after = after_pick((SAGE, LAB), kind=VerdictKind.WINNER, winner_id=1)
    assert after.other is None
    assert after.no_price == ("Lab",)


def test_a_failed_answer_is_not_compared() -> None:
    failed = _shot(5, "Grand", "0.00001")
    failed = ShotRecord(
        **{name: getattr(failed, name) for name in ShotRecord.__slots__ if name != "state"}, state=ShotState.FAILED
    )
    assert after_pick((SAGE, failed), kind=VerdictKind.WINNER, winner_id=1).other is None


def test_shots_of_a_model_count_with_their_mean() -> None:
    second = ShotRecord(
        **{name: getattr(SWIFT, name) for name in ShotRecord.__slots__ if name not in ("id", "cost")},
        id=9,
        cost=Decimal("0.0003"),
    )
    other = after_pick((SAGE, SWIFT, second), kind=VerdictKind.WINNER, winner_id=1).other
    assert other is not None
    assert other.cost == Decimal("0.0002")


def test_after_a_tie_the_cheapest_is_named() -> None:
    other = after_pick((SAGE, SWIFT), kind=VerdictKind.TIE, winner_id=None).other
    assert other is not None
    assert (other.label, other.way) == ("Swift", "less")


def test_costs_that_differ_by_a_hair_are_the_same() -> None:
    near = _shot(6, "Near", "0.00191")
    other = after_pick((SAGE, near), kind=VerdictKind.WINNER, winner_id=1).other
    assert other is not None
    assert other.way == "same"


def test_where_none_was_good_enough_nothing_is_compared() -> None:
    assert after_pick((SAGE, SWIFT), kind=VerdictKind.NONE, winner_id=None).other is None
