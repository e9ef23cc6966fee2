"""What takes long to count never makes a page wait."""

import itertools
from collections.abc import Callable
from threading import Event
from time import monotonic, sleep

import pytest

from core.errors import StoreError
from core.labels import kept_boards
from core.labels.kept_boards import KeptBoards


def _soon(asked: Callable[[], tuple[int | None, bool]], wanted: tuple[int | None, bool]) -> None:
    until = monotonic() + 10
    while asked() != wanted:
        assert monotonic() < until
        sleep(0.005)


def test_nobody_waits_and_whoever_asks_again_gets_it() -> None:
    boards, gate = KeptBoards[int](), Event()

    def count() -> int:
        assert gate.wait(10)
        return 1

    assert boards.get("all", count) == (None, False)
    assert boards.get("all", count) == (None, False)
    gate.set()
    _soon(lambda: boards.get("all", count), (1, True))


def test_it_is_counted_once_however_many_ask() -> None:
    boards, gate, counted = KeptBoards[int](), Event(), []

    def count() -> int:
        assert gate.wait(10)
        counted.append(1)
        return len(counted)

    for _ in range(20):
        boards.get("all", count)
    gate.set()
    _soon(lambda: boards.get("all", count), (1, True))
    assert counted == [1]


def test_an_old_one_is_given_until_the_new_one_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_boards, "KEPT_SECONDS", -1.0)
    monkeypatch.setattr(kept_boards, "PATIENCE", 0.0)
    boards, number = KeptBoards[int](), itertools.count(1)
    until = monotonic() + 10
    while (old := boards.get("all", lambda: next(number)))[0] is None:
        assert monotonic() < until
        sleep(0.005)
    assert not old[1]
    monkeypatch.setattr(kept_boards, "KEPT_SECONDS", 60.0)
    while not (now := boards.get("all", lambda: next(number)))[1]:
        assert now[0] is not None
        assert monotonic() < until
        sleep(0.005)
    assert now[0] is not None
    assert now[0] > 1


def test_a_fault_reaches_whoever_asks_next_and_then_it_is_tried_again() -> None:
    boards = KeptBoards[int]()

    def fails() -> int:
        raise StoreError("The database cannot be read.", next_step="Look at the disk.")

    def ask_until_it_raises() -> None:
        until = monotonic() + 10
        while monotonic() < until:
            boards.get("all", fails)
            sleep(0.005)

    with pytest.raises(StoreError):
        ask_until_it_raises()
    _soon(lambda: boards.get("all", lambda: 3), (3, True))


def test_what_was_asked_for_first_gives_way_to_the_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_boards, "MOST_KEPT", 2)
    boards = KeptBoards[int]()
    for number in range(3):
        _soon(lambda number=number: boards.get(number, lambda: number), (number, True))  # type: ignore[misc]
    assert boards.get(0, lambda: 9) == (None, False)
    assert boards.get(2, lambda: 9) == (2, True)
