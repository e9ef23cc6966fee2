"""Text that a spreadsheet shows as it stands: no cell of an export is ever carried out as a formula.

A program that opens a table may run a cell that begins with one of a few signs
(https://owasp.org/www-community/attacks/CSV_Injection). Such a text gets an apostrophe in front, and so does one that
has apostrophes before the sign already, so that reading takes exactly one away.
"""

import re

_STARTS = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_MARKED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")


def harmless(text: str) -> str:
    """Give a text that no spreadsheet runs."""
    return f"'{text}" if _STARTS.match(text) else text


def as_meant(text: str) -> str:
    """Give the text that `harmless` was given."""
    return text[1:] if _MARKED.match(text) else text
