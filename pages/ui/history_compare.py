"""Two runs side by side: prompts, settings, answers and costs, with what differs marked."""

from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Final

import streamlit as st

from core.domain.run import RunRecord, ShotRecord, Visibility
from core.domain.verdict import Verdict, VerdictKind
from core.errors import ClaudePrompterError
from pages.ui.answer_words import title_of, which_shot
from pages.ui.cards import LONGEST_DRAWN, foot_words
from pages.ui.differences import likeness, marked_differences
from pages.ui.history_address import reader_zone
from pages.ui.lost_link import draw_lost
from pages.ui.page import Page
from pages.ui.palette import place_badge
from pages.ui.text import draw_text, safe_label, safe_markdown
from pages.ui.words import plural, run_words, seconds, sum_words, when

COMPARE: Final = "compare"
PROMPT_PIXELS: Final = 220
WORTH_MARKING: Final = 0.25
"""Share of words that two texts must have in common for their differences to be marked: below, all would be."""
Pair = tuple[ShotRecord | None, ShotRecord | None]


def draw_compare(page: Page, named: str) -> None:
    """Draw the two runs that the address names. Raises StoreError."""
    with page.actions:
        st.button("Back to the list", key="leave_compare", icon=":material/arrow_back:", on_click=_leave)
        page.share("history", "share_compare", compare=named)
    records = [_record(page, name) for name in dict.fromkeys(named.split(","))]
    found = [record for record in records if record is not None]
    if len(found) != 2:
        if len(records) != 2:
            st.warning("Two runs are compared: tick two in the list, then press Compare.", icon=":material/info:")
        return
    first, second = found
    _settings(page, first, second)
    _prompts(first, second)
    _answers(page, first, second)


def settings_rows(
    first: RunRecord, second: RunRecord, *, picked: tuple[str, str] = ("", "")
) -> list[tuple[str, str, str]]:
    """Give what two runs were asked with and what came of it, a row each: name, first, second."""

    def both(read: Callable[[RunRecord], str]) -> tuple[str, str]:
        return read(first), read(second)

    return [
        ("Who", *both(lambda run: run.person or "someone")),
        ("Project", *both(lambda run: run.project or "—")),
        ("Models", *both(lambda run: ", ".join(dict.fromkeys(shot.label for shot in run.shots)))),
        ("Shots", *both(lambda run: str(len(run.shots)))),
        ("Temperature", *both(lambda run: f"{run.settings.temperature:g}")),
        ("Longest answer", *both(lambda run: plural(run.settings.max_tokens, "token"))),
        ("System prompt", *both(lambda run: run.settings.system or "—")),
        ("Tags", *both(lambda run: ", ".join(run.tags) or "—")),
        ("Seen by", *both(lambda run: "the team" if run.visibility is Visibility.TEAM else "me only")),
        ("State", *both(lambda run: run_words(run.state))),
        ("Time", *both(_time_words)),
        ("Cost", *both(lambda run: sum_words(run.cost, unpriced=run.unpriced_shots))),
        ("Picked", picked[0] or "—", picked[1] or "—"),
    ]


def pairs(first: Sequence[ShotRecord], second: Sequence[ShotRecord]) -> list[Pair]:
    """Set answers of one model side by side, shot by shot; a model that only one run asked stands alone, last."""
    models = list(dict.fromkeys(shot.model for shot in (*first, *second)))
    shared = {shot.model for shot in first} & {shot.model for shot in second}
    found: list[Pair] = []
    for model in sorted(models, key=lambda name: name not in shared):
        mine = [shot for shot in first if shot.model == model]
        theirs = [shot for shot in second if shot.model == model]
        found += zip_longest(mine, theirs)
    return found


def _record(page: Page, name: str) -> RunRecord | None:
    try:
        return page.services.runs.record(name, viewer=page.person)
    except ClaudePrompterError as error:
        draw_lost(page, name, error)
        return None


def _settings(page: Page, first: RunRecord, second: RunRecord) -> None:
    rows = settings_rows(first, second, picked=(_picked(page, first), _picked(page, second)))
    lines = [_head(first, second), "| --- | --- | --- |"]
    lines += [f"| {name} | {_cell(one)} | {_cell(other)} |" for name, one, other in rows if one != other]
    st.markdown("\n".join(lines))
    same = [f"{name.lower()} {_cell(one)}" for name, one, other in rows if one == other and one != "—"]
    if same:
        st.caption(f"The same in both: {', '.join(same)}.")


def _head(first: RunRecord, second: RunRecord) -> str:
    zone = reader_zone()
    names = [f"Run {mark}, {when(run.created_at, zone=zone)}" for mark, run in (("A", first), ("B", second))]
    return f"|  | {' | '.join(names)} |"


def _prompts(first: RunRecord, second: RunRecord) -> None:
    if first.prompt == second.prompt:
        st.markdown("#### The same prompt")
        with st.container(border=True, height=PROMPT_PIXELS if len(first.prompt) > 600 else "content"):
            draw_text(first.prompt[:LONGEST_DRAWN])
        return
    alike = likeness(first.prompt, second.prompt) >= WORTH_MARKING
    st.markdown("#### Prompts")
    left, right = st.columns(2)
    with left.container(border=True, height=PROMPT_PIXELS):
        draw_text(first.prompt[:LONGEST_DRAWN])
    with right.container(border=True, height=PROMPT_PIXELS):
        if alike:
            st.markdown(marked_differences(first.prompt, second.prompt))
        else:
            draw_text(second.prompt[:LONGEST_DRAWN])


def _answers(page: Page, first: RunRecord, second: RunRecord) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("#### Answers", width="content")
        st.space("stretch")
        marked = st.toggle("Mark differences", value=True, key="compare_marked")
        for mark, run in (("A", first), ("B", second)):
            page.link("history", f"Open {mark}", icon=":material/open_in_full:", run=run.public_id)
    for one, other in pairs(first.shots, second.shots):
        left, right = st.columns(2)
        with left:
            _answer(one)
        with right:
            _answer(other, against=one if marked else None)


def _answer(shot: ShotRecord | None, *, against: ShotRecord | None = None) -> None:
    with st.container(border=True, gap="small", height="stretch"):
        if shot is None:
            st.caption("Not asked in this run.")
            return
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(f"**{safe_label(shot.label)}** :gray[· {which_shot(shot)}]", width="content")
            st.markdown(place_badge(shot.place), width="content")
        if against is not None and against.text and against.text == shot.text:
            st.caption("The same, word for word.")
        elif against is not None and likeness(against.text, shot.text) >= WORTH_MARKING:
            st.markdown(marked_differences(against.text, shot.text))
        elif shot.text:
            draw_text(shot.text[:LONGEST_DRAWN])
        else:
            st.markdown(safe_markdown(shot.error_message or "No answer."))
        st.caption(foot_words(shot))


def _picked(page: Page, record: RunRecord) -> str:
    given = page.services.verdicts.of_run(record.public_id, viewer=page.person)
    return picked_words(given[-1], record) if given else ""


def picked_words(verdict: Verdict, record: RunRecord) -> str:
    """Give the newest pick of a run: which answer, a tie or none, and by whom."""
    words = {VerdictKind.TIE: "a tie", VerdictKind.NONE: "none good enough", VerdictKind.NOT_GOOD: "not good enough"}
    names = {shot.id: title_of(shot) for shot in record.shots}
    said = words.get(verdict.kind) or names.get(verdict.shot_id or 0, "an answer")
    return f"{said} (by {verdict.person or 'someone'})"


def _time_words(run: RunRecord) -> str:
    if run.finished_at is None:
        return "…"
    return seconds((run.finished_at - run.created_at).total_seconds() * 1000)


def _cell(text: str) -> str:
    return safe_label(text if len(text) <= 160 else f"{text[:160].rstrip()} …")


def _leave() -> None:
    st.query_params.pop(COMPARE, None)
