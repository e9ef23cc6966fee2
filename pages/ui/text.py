"""Model text on a page: rendered as Markdown, yet nothing in it can fetch, colour or compute anything.

Streamlit's Markdown knows more than Markdown: images, colour directives, icons, emoji names, maths between dollars,
diagrams. Text that a person or a model wrote must show these as typed, and an image in it must never make a request.
The content security policy of the app stands behind this as a second wall.
"""

import re
from typing import Final

import streamlit as st

JOINER: Final = "\u2060"
"""A character of no width: it breaks a construct that a backslash cannot, without being seen."""

_FENCE = re.compile(r"(?P<lead>(?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*)(?P<mark>`{3,}(?=[^`]*$)|~{3,})(?P<info>.*)$")
_RULE = re.compile(r"[\s|:-]+")
_HEADING = re.compile(r"( {0,3})(#{1,6})(?=[ \t]|$)")
_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_MATHS = re.compile(r"\\\((?P<inline>[^\n$`]+?)\\\)|\\\[(?P<display>[^\n$`]+?)\\\]")
_LIVE = re.compile(
    r"(?P<escaped>\\[!-/:-@\[-`{-~])"
    r"|(?P<image>!(?=\[))"
    r"|(?P<name>:(?=[\w+-]+:))"
    r"|(?P<directive>:(?=[A-Za-z:]))"
    r"|(?P<arrow>(?<!\S)(?:<->|->|<-|--|>=|<=|~=)(?!\S))"
    r"|(?P<plain>[$<])"
)


def safe_markdown(text: str, *, maths: bool = True) -> str:
    r"""Give Markdown that shows `text` without side effects: no image, colour, icon, emoji name, diagram or HTML.

    Headings become small ones, so that an answer fits a card. With `maths`, `\( … \)` and `\[ … \]` on one line are
    set as formulas; a dollar sign is always a dollar sign.
    """
    shown: list[str] = []
    fence: re.Match[str] | None = None
    certain = True
    for line in text.replace("\x00", "").splitlines():
        mark = _FENCE.match(line)
        if fence and not _left(fence, line):
            shown.append(line if certain else _break_images(line))
            if mark and mark["mark"].startswith(fence["mark"]) and not mark["info"].strip():
                fence = None
        elif mark:
            fence = mark
            certain = certain and not mark["lead"]
            shown.append(_plain_fence(mark))
        else:
            fence = None
            shown.append(_safe_line(line, maths=maths))
    return "\n".join(shown).replace(":material/", f":{JOINER}material/")


def draw_text(text: str) -> None:
    """Draw what a model or a person wrote, as safe Markdown."""
    st.markdown(safe_markdown(text))


def draw_raw(text: str) -> None:
    """Draw a text byte by byte, with Streamlit's own copy button."""
    st.code(text, language=None, wrap_lines=True)


def safe_label(text: str) -> str:
    """Give a text for a label, caption or option that takes Streamlit's inline Markdown: everything shows as typed."""
    line = " ".join(text.replace("\x00", "").split())
    line = re.sub(r"([\\`*_{}\[\]|<>$~])", r"\\\1", line)
    line = re.sub(r"^(\d+)([.)])|^([-+#])", lambda found: f"{found[1] or ''}\\{found[2] or found[3]}", line)
    return re.sub(r":(?=[\w+-]+:|[A-Za-z:])", f":{JOINER}", line)


def _safe_line(line: str, *, maths: bool) -> str:
    if _RULE.fullmatch(line):
        return line
    line = _HEADING.sub(lambda found: f"{found[1]}{'#' * min(6, len(found[2]) + 3)}", line, count=1)
    shown: list[str] = []
    end = 0
    for span in _SPAN.finditer(line):
        shown += (_escape(line[end : span.start()], maths=maths), _break_images(span[0]))
        end = span.end()
    return "".join((*shown, _escape(line[end:], maths=maths)))


def _escape(text: str, *, maths: bool) -> str:
    if not maths:
        return _LIVE.sub(_defused, text)
    shown: list[str] = []
    end = 0
    for formula in _MATHS.finditer(text):
        shown += (_LIVE.sub(_defused, text[end : formula.start()]), _formula(formula))
        end = formula.end()
    return "".join((*shown, _LIVE.sub(_defused, text[end:])))


def _defused(found: re.Match[str]) -> str:
    kind, typed = found.lastgroup, found[0]
    if kind == "escaped":
        return typed
    if kind == "image":
        return "!\\"
    if kind in ("name", "arrow"):
        return f"\\{typed[0]}{JOINER}{typed[1:]}"
    return f"\\{typed}"


def _formula(found: re.Match[str]) -> str:
    body = (found["inline"] or found["display"]).strip()
    mark = "$" if found["inline"] else "$$"
    after = found.string[found.end() : found.end() + 1]
    if not body:
        return found[0]
    return f"{mark}{_break_images(body)}{mark}{JOINER if after.isdigit() else ''}"


def _break_images(code: str) -> str:
    """Part `![` with a character of no width: what looks like code here might be none to the browser's parser."""
    return code.replace("![", f"!{JOINER}[")


def _plain_fence(mark: re.Match[str]) -> str:
    """Open a fence with its language alone, and no diagram: a diagram is shown as the text that was written."""
    language = mark["info"].strip().split(" ")[0]
    known = re.fullmatch(r"[\w+#.-]*", language) and language.lower() != "mermaid"
    return f"{mark['lead']}{mark['mark']}{language if known else 'text'}"


def _left(fence: re.Match[str], line: str) -> bool:
    """Tell whether a line stands outside the list or quote in which a fence was opened, which ends the fence too."""
    if ">" in fence["lead"]:
        return not line.lstrip().startswith(">")
    return bool(fence["lead"]) and bool(line) and not line[0].isspace() and not _FENCE.match(line)
