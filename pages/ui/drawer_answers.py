"""The answers of a past run, each opened by a click, equal ones folded; below them the question who won."""

import streamlit as st

from core.domain.run import RunRecord, ShotRecord
from core.domain.verdict import Verdict, VerdictKind
from pages.ui.answer_words import thinking_words, title_of
from pages.ui.arrangement import arrange, repeats
from pages.ui.cards import LONGEST_DRAWN, draw_tools, foot_words
from pages.ui.grid import answered
from pages.ui.page import Page
from pages.ui.palette import place_badge, state_icon
from pages.ui.picks import Picking, draw_after, draw_question, my_verdict
from pages.ui.text import draw_text, safe_label, safe_markdown
from pages.ui.words import state_words


def draw_answers(page: Page, record: RunRecord) -> None:
    """Draw the answers, the winner's open, and the picks. Raises NotFound, StoreError."""
    given = page.services.verdicts.of_run(record.public_id, viewer=page.person)
    won = {verdict.shot_id for verdict in given if verdict.kind in (VerdictKind.WINNER, VerdictKind.GOOD)}
    same, copies = repeats(record.shots)
    shown = [shot for shot in record.shots if shot.id not in same or shot.id in won]
    first = next((shot.id for shot in shown if shot.id in won), None)
    opened = first or next((shot.id for shot in shown if shot.state.answered), None)
    for shot in shown:
        title = answer_title(shot, given, copies=copies.get(shot.id, 1))
        with st.expander(title, expanded=shot.id == opened, key=f"answer_{shot.id}"):
            _answer(record, shot)
    mine = my_verdict(page, record.public_id)
    arrangement = arrange(record.shots)
    picking = Picking(
        page=page,
        record=record,
        seats=tuple(answered(arrangement.seats)),
        hidden=False,
        single=len(record.shots) == 1,
    )
    if mine is not None:
        draw_after(picking, mine, seats=arrangement.seats, in_history=True)
    elif picking.seats:
        draw_question(picking)


def answer_title(shot: ShotRecord, given: tuple[Verdict, ...], *, copies: int = 1) -> str:
    """Give an answer's line: whose it is, how often it came word for word, what went wrong, who picked it."""
    by = [verdict for verdict in given if verdict.shot_id == shot.id and verdict.kind is not VerdictKind.NOT_GOOD]
    who = ", ".join(
        f"{verdict.person or 'someone'} ({'names hidden' if verdict.blind else 'names seen'})" for verdict in by
    )
    mark = ":material/trophy:" if by else state_icon(shot.state)
    often = f", the same ×{copies}" if copies > 1 else ""
    wrong = "" if shot.state.answered and shot.text else f": {state_words(shot)}"
    return f"{mark} {safe_label(title_of(shot))}{often}{wrong}" + (f" · picked by {safe_label(who)}" if by else "")


def _answer(record: RunRecord, shot: ShotRecord) -> None:
    st.markdown(place_badge(shot.place))
    if shot.error_message:
        st.markdown(f":red[:material/error:] {safe_markdown(shot.error_message)} {safe_markdown(shot.error_next_step)}")
    if shot.thinking:
        with st.popover(thinking_words(shot), type="tertiary"):
            draw_text(shot.thinking[:LONGEST_DRAWN])
    if shot.text:
        draw_text(shot.text[:LONGEST_DRAWN])
        if len(shot.text) > LONGEST_DRAWN:
            st.caption(f"{len(shot.text):,} characters in all; the whole text is under Raw and Copy.")
    st.caption(foot_words(shot))
    if shot.text:
        with st.container(horizontal=True, gap="xsmall"):
            draw_tools(shot, key=f"drawer_{record.public_id}_{shot.ordinal}")
