"""Which texts can be searched, and the number that each has in the index of words.

One row of the index stands for one text. Its number is the run's key with sixteen bits more: 0 for the prompt, else the
shot's ordinal. So a hit names its run by itself, and no table is read to find it.
"""

from dataclasses import dataclass

INDEX = "run_words"
SHIFT = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchedText:
    """A column with texts; `place` is the SQL of a text's number, with `{row}` for the row."""

    table: str
    column: str
    place: str


TEXTS = (
    SearchedText(table="run", column="prompt", place=f"({{row}}.id << {SHIFT})"),
    SearchedText(table="shot", column="text", place=f"(({{row}}.run_id << {SHIFT}) + {{row}}.ordinal)"),
)


def trigger_name(text: SearchedText, event: str) -> str:
    """Give the name of the trigger that keeps the index when this happens to a text."""
    return f"{INDEX}_{text.table}_{event}"
