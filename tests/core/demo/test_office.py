import re
from datetime import UTC, datetime

import pytest

from core.demo.chance import chance_of
from core.demo.office.contracts import contract
from core.demo.office.numbers import long_numbers, numbers
from core.demo.office.piece import Piece, Task
from core.demo.office.pieces import piece_of
from core.demo.office.tickets import sorted_tickets
from core.demo.voices import VOICES, say

AT = datetime(2026, 11, 19, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize("task", list(Task))
@pytest.mark.parametrize("long", [False, True])
def test_no_slot_stays_empty_in_any_prompt_or_answer(task: Task, long: bool) -> None:
    for number in range(30):
        piece = piece_of(task, chance_of(task, number), AT, long=long)
        for model in VOICES:
            said = say(model, piece, chance_of(model, number))
            assert said.text
            assert not re.search(r"\{\w+\}", piece.prompt + said.thinking + said.text)
            assert " | " not in said.thinking + said.text


def test_grand_says_most_and_fern_least() -> None:
    lengths = {
        model: sum(len(say(model, _reply(number), chance_of(number)).text) for number in range(40)) for model in VOICES
    }
    assert max(lengths, key=lengths.__getitem__) == "grand"
    assert min(lengths, key=lengths.__getitem__) == "fern"


def test_an_explained_change_is_the_one_in_the_table() -> None:
    for number in range(50):
        piece = numbers(chance_of(number), AT)
        table = [line.split(", ") for line in piece.prompt.splitlines() if re.fullmatch(r"\w+(, \d+){3}", line)]
        sums = {month: sum(map(int, parts)) for month, *parts in table}
        months = list(sums)
        found = re.search(r"from ([\d,]+) to ([\d,]+), by ([\d.]+)%", piece.points[0])
        assert found
        before, after = (int(figure.replace(",", "")) for figure in found.groups()[:2])
        at = [
            place
            for place in range(1, len(months))
            if (sums[months[place - 1]], sums[months[place]]) == (before, after)
        ]
        assert at
        assert f"{abs(after - before) / before:.1%}" == f"{found[3]}%"


def test_the_best_place_of_a_long_table_is_the_best_one() -> None:
    piece = long_numbers(chance_of(1), AT)
    totals: dict[str, int] = {}
    for line in piece.prompt.splitlines():
        found = re.fullmatch(r"[\d-]{10},(\w+),\d+,\d+,\d+,(\d+)", line)
        if found:
            totals[found[1]] = totals.get(found[1], 0) + int(found[2])
    assert piece.points[1].startswith(max(totals, key=totals.__getitem__))


def test_counted_tickets_add_up() -> None:
    piece = sorted_tickets(chance_of(1), AT, rows=321)
    counts = [int(found[1]) for point in piece.points if (found := re.search(r": (\d+) \(", point))]
    assert sum(counts) == 321
    assert sum(" | " in line for line in piece.prompt.splitlines()) == 321


def test_a_contracts_answer_names_the_clause_that_holds_it() -> None:
    for number in range(20):
        piece = contract(chance_of(number), AT, clauses=120)
        clause = re.search(r"clause (\d+)", piece.points[0])
        assert clause
        line = next(part for part in piece.prompt.split("\n\n") if part.startswith(f"{clause[1]}. "))
        goods = re.search(r"\((.+?)\)", line)
        assert goods
        assert goods[1] in piece.prompt.split("\n\n", maxsplit=1)[0]


def _reply(number: int) -> Piece:
    return piece_of(Task.REPLY, chance_of("reply", number), AT, long=False)
