"""Where each answer stands on the page, and what is written around it."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from core.costs.afterpick import Standing, after_pick
from core.domain.model import Place
from core.domain.money import CostState
from core.domain.run import FinishReason, ShotRecord, ShotState
from core.domain.verdict import VerdictKind
from pages.ui.answer_words import pick_headline, pick_sentence, timing, usage
from pages.ui.arrangement import arrange

NOON = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)


def _shots(models: int, shots: int) -> list[ShotRecord]:
    order = [(model, index) for index in range(1, shots + 1) for model in range(1, models + 1)]
    return [
        ShotRecord(
            id=100 + place,
            ordinal=place,
            model=f"demo/m{model}",
            label=f"M{model}",
            shot_index=index,
            place=Place.CLOUD,
            state=ShotState.DONE,
            text=f"model {model} shot {index}",
        )
        for place, (model, index) in enumerate(order, start=1)
    ]


def _marks(rows: tuple[tuple[object, ...], ...]) -> list[list[str]]:
    return [[seat.mark for seat in row] for row in rows]  # type: ignore[attr-defined]


def test_a_column_is_a_model_and_a_row_a_shot() -> None:
    found = arrange(_shots(3, 2))
    assert _marks(found.rows) == [["1", "2", "3"], ["4", "5", "6"]]
    assert [seat.shot.label for seat in found.rows[1]] == ["M1", "M2", "M3"]


def test_more_than_four_models_begin_a_second_block() -> None:
    assert _marks(arrange(_shots(6, 1)).rows) == [["1", "2", "3", "4"], ["5", "6"]]


def test_shots_of_one_model_stand_side_by_side() -> None:
    assert _marks(arrange(_shots(1, 5)).rows) == [["1", "2", "3", "4"], ["5"]]


def test_above_nine_answers_a_column_shows_one_shot() -> None:
    found = arrange(_shots(6, 5), on_view={"demo/m2": 4})
    assert found.strips
    assert len(found.seats) == 6
    second = found.seats[1]
    assert (second.mark, second.shot.shot_index, len(second.siblings)) == ("2", 4, 5)


def test_equal_answers_of_a_model_fold_into_the_first() -> None:
    shots = _shots(2, 2)
    shots[2] = replace(shots[2], text=f"  {shots[0].text}\n")
    seats = {seat.mark: seat for seat in arrange(shots).seats}
    assert (seats["1"].copies, seats["3"].same_as) == (2, 1)
    assert seats["4"].same_as is None


def test_two_empty_failures_are_not_equal_answers() -> None:
    shots = [replace(shot, text="", state=ShotState.FAILED) for shot in _shots(1, 2)]
    assert all(seat.same_as is None and seat.copies == 1 for seat in arrange(shots).seats)


def test_hidden_names_get_letters_in_an_order_that_tells_nothing() -> None:
    shots = _shots(4, 2)
    orders = {
        tuple(seat.shot.label for seat in arrange(shots, hidden_seed=f"run-{number}").rows[0]) for number in range(12)
    }
    assert len(orders) > 1
    assert [seat.mark for seat in arrange(shots, hidden_seed="x").seats] == list("ABCDEFGH")


def test_the_order_of_hidden_names_stays_while_answers_arrive() -> None:
    shots = _shots(3, 1)
    before = [seat.shot.id for seat in arrange(shots, hidden_seed="x").seats]
    later = [replace(shot, text=shot.text + " and more", state=ShotState.TRUNCATED) for shot in shots]
    assert [seat.shot.id for seat in arrange(later, hidden_seed="x").seats] == before


def test_a_done_answer_tells_first_word_whole_time_and_speed() -> None:
    shot = replace(_shots(1, 1)[0], ttft_ms=600, total_ms=3100, tokens_per_second=71.2)
    assert timing(shot) == "first 0.6 s · 3.1 s · 71/s"


def test_a_cut_answer_never_reads_as_done() -> None:
    shot = replace(
        _shots(1, 1)[0], state=ShotState.TRUNCATED, finish_reason=FinishReason.LENGTH, ttft_ms=600, total_ms=3100
    )
    assert timing(shot) == "first 0.6 s · cut at the length limit · 3.1 s"


def test_a_streaming_answer_shows_its_clock_and_a_tilde() -> None:
    shot = replace(
        _shots(1, 1)[0],
        state=ShotState.RUNNING,
        started_at=NOON,
        ttft_ms=600,
        input_tokens=96,
        output_tokens=20,
        cost=Decimal("0.0002"),
        cost_state=CostState.PENDING,
    )
    assert timing(shot, now=NOON.replace(second=2)) == "first 0.6 s · 2.0 s …"
    assert usage(shot) == "96 in, 20 out · ~$0.0002"


def _priced(cost_of_first: str, cost_of_second: str) -> list[ShotRecord]:
    first, second = _shots(2, 1)
    return [
        replace(first, label="Sage", cost=Decimal(cost_of_first), cost_state=CostState.PRICED),
        replace(second, label="Swift", cost=Decimal(cost_of_second), cost_state=CostState.PRICED),
    ]


def test_the_sentence_after_a_pick_names_the_cheaper_answer_and_the_standing() -> None:
    shots = _priced("0.0019", "0.0001")
    after = after_pick(shots, kind=VerdictKind.WINNER, winner_id=shots[0].id)
    standing = Standing(runs=31, ties=24, wins=(("Sage", 4), ("Swift", 3)))
    assert pick_headline(after, blind=True) == "You picked Sage, shot 1, names hidden"
    assert pick_sentence(after, standing) == (
        "Swift would have cost 19 times less (\\$0.0001). In 31 judged runs of these models: tie 24, Sage 4, Swift 3."
    )


def test_a_small_difference_is_said_in_percent() -> None:
    shots = _priced("0.0015", "0.0010")
    after = after_pick(shots, kind=VerdictKind.WINNER, winner_id=shots[0].id)
    assert pick_sentence(after) == "Swift would have cost 33 % less (\\$0.0010)."


def test_a_free_answer_is_named_beside_the_cheaper_one() -> None:
    shots = _priced("0.0019", "0.0001")
    pine = replace(shots[0], id=300, model="demo/m9", label="Pine", cost=Decimal(0), cost_state=CostState.FREE)
    after = after_pick([*shots, pine], kind=VerdictKind.WINNER, winner_id=shots[0].id)
    assert pick_sentence(after) == "Swift would have cost 19 times less (\\$0.0001), Pine nothing (no charge)."
    free_won = after_pick([*shots, pine], kind=VerdictKind.WINNER, winner_id=300)
    assert pick_sentence(free_won) == "Sage would have cost \\$0.0019."
