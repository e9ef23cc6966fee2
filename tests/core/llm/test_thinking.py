"""Thinking is parted from the answer wherever the pieces happen to be cut."""

from hypothesis import given
from hypothesis import strategies as st

from core.llm.thinking import ThinkingSplitter


def split(*pieces: str) -> tuple[str, str]:
    splitter = ThinkingSplitter()
    parts = [*(splitter.feed(piece) for piece in pieces), splitter.finish()]
    return "".join(thinking for thinking, _ in parts), "".join(answer for _, answer in parts)


@given(st.text(alphabet="ab<>/think \n"), st.text(alphabet="ab<>\n"), st.data())
def test_cuts_make_no_difference(thought: str, answer: str, data: st.DataObject) -> None:
    whole = f"<think>{thought}</think>{answer}"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    pieces = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    by_pieces, at_once = split(*pieces), split(whole)
    assert by_pieces[1] == at_once[1]
    assert by_pieces[0].strip("\n") == at_once[0].strip("\n")


@given(st.text().filter(lambda text: not text.lstrip().startswith("<think>")), st.integers(1, 5))
def test_an_answer_without_thinking_passes_unchanged(text: str, size: int) -> None:
    assert split(*(text[start : start + size] for start in range(0, len(text), size))) == ("", text)


def test_the_blank_lines_between_are_dropped() -> None:
    assert split("<think>\nHm.</think>", "\n", "\nHello") == ("Hm.", "Hello")


def test_thinking_that_never_ends_is_thinking() -> None:
    assert split("<think>Hm, </thi") == ("Hm, </thi", "")


def test_a_tag_in_the_middle_is_part_of_the_answer() -> None:
    assert split("Use <think>x</think> tags") == ("", "Use <think>x</think> tags")


def test_an_answer_that_only_looks_like_the_tag_is_not_lost() -> None:
    assert split("<th") == ("", "<th")


def test_once_the_answer_has_begun_nothing_need_be_fed() -> None:
    splitter = ThinkingSplitter()
    assert not splitter.passes
    splitter.feed("Hello")
    assert splitter.passes
