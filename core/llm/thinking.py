"""Splits the thinking that some models write into the answer itself, between <think> and </think> at its start."""

OPEN, CLOSE = "<think>", "</think>"


class ThinkingSplitter:
    """Fed with an answer piece by piece, gives each piece as (thinking, answer), wherever the pieces are cut.

    Only a tag at the very start counts: one that comes later is part of what the model says.
    """

    def __init__(self) -> None:
        self._state = "start"
        self._held = ""

    @property
    def passes(self) -> bool:
        """Tell whether what comes is plain answer from now on, so that it need not be fed here."""
        return self._state == "answer"

    def feed(self, text: str) -> tuple[str, str]:
        """Give the thinking and the answer that are certain after this piece; either may be empty."""
        if self._state == "answer":
            return "", text
        self._held += text
        if self._state == "start" and not self._started():
            return "", ""
        return self._inside() if self._state == "thinking" else self._rest_of_answer()

    def finish(self) -> tuple[str, str]:
        """Give what is still held when the stream ends."""
        held, self._held = self._held, ""
        return (held, "") if self._state == "thinking" else ("", held)

    def _started(self) -> bool:
        """Decide whether the answer begins with the tag; false while too little has come to tell."""
        begun = self._held.lstrip()
        if begun.startswith(OPEN):
            self._state, self._held = "thinking", begun.removeprefix(OPEN).lstrip("\n")
            return True
        if OPEN.startswith(begun):
            return False
        self._state = "answer"
        return True

    def _inside(self) -> tuple[str, str]:
        thinking, closed, rest = self._held.partition(CLOSE)
        if closed:
            self._state, self._held = "gap", rest
            return thinking, self._rest_of_answer()[1]
        keep = _beginning_of_close(self._held)
        thinking = self._held[: len(self._held) - keep]
        self._held = self._held[len(self._held) - keep :]
        return thinking, ""

    def _rest_of_answer(self) -> tuple[str, str]:
        """Drop the blank lines that part thinking and answer, then let everything pass."""
        rest = self._held.lstrip() if self._state == "gap" else self._held
        self._held = ""
        if rest:
            self._state = "answer"
        return "", rest


def _beginning_of_close(text: str) -> int:
    """Give how many characters at the end could be the beginning of the closing tag."""
    return next((size for size in range(len(CLOSE) - 1, 0, -1) if text.endswith(CLOSE[:size])), 0)
