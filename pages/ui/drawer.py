"""The drawer: one past run whole, with its answers, cost, speed, picks, and where the prompt went."""

from typing import Final

import streamlit as st

from core.domain.run import RunRecord, ShotRecord
from core.domain.verdict import Verdict, VerdictKind
from core.errors import ClaudePrompterError
from core.runs.live import LiveView
from core.store.history_filter import HistoryFilter
from pages.ui.again import plan_again
from pages.ui.answer_words import thinking_words, title_of
from pages.ui.arrangement import arrange
from pages.ui.cards import LONGEST_DRAWN, draw_tools, foot_words
from pages.ui.clip import copy_button
from pages.ui.draft import Draft
from pages.ui.drawer_tables import cost_table, speed_table, way_table
from pages.ui.export import draw_export
from pages.ui.first_minutes import tick
from pages.ui.grid import answered
from pages.ui.head import settings_words, summary_words
from pages.ui.history_address import reader_zone
from pages.ui.history_bar import deleted_now
from pages.ui.history_list import close_run, open_run
from pages.ui.page import Page
from pages.ui.palette import place_badge, state_icon
from pages.ui.picks import Picking, draw_after, draw_question, my_verdict
from pages.ui.problems import problem_words, show_problem
from pages.ui.text import draw_raw, draw_text, safe_label, safe_markdown
from pages.ui.words import when

TABS: Final = ("Answers", "Cost", "Speed", "Picks", "Why these models")
PROMPT_SHOWN: Final = 320


@st.dialog("Run", width="medium", position="right", on_dismiss=close_run)
def draw_drawer(page: Page, wanted: HistoryFilter) -> None:
    """Open the drawer over the list; the run shown is the one in the address, so that next and previous move it."""
    public_id = st.query_params.get("run", "")
    try:
        record = page.services.runs.record(public_id, viewer=page.person)
        view = page.services.live.follow(public_id).view()
        neighbours = page.services.history.neighbours(public_id, wanted)
        page.services.seen.mark(public_id, person=page.person)
    except ClaudePrompterError as error:
        show_problem(error)
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="drawer_head"):
        _move("Newer", ":material/chevron_left:", "K", neighbours.newer)
        _move("Older", ":material/chevron_right:", "J", neighbours.older)
        st.space("stretch")
        page.link("run", "Open", icon=":material/open_in_full:", run=public_id)
        page.share("history", f"share_drawer_{public_id}", run=public_id)
    _prompt(record)
    st.caption(f"{summary_words(record, view)}  \n{safe_label(settings_words(record))}")
    tab = st.segmented_control(
        "Part", TABS, default=TABS[0], key="drawer_tab", required=True, label_visibility="collapsed", width="stretch"
    )
    _tab(page, record, tab or TABS[0])
    _actions(page, record, view)


def _move(label: str, icon: str, shortcut: str, to: str | None) -> None:
    st.button(
        label,
        key=f"drawer_{label}",
        icon=icon,
        type="tertiary",
        shortcut=shortcut,
        disabled=to is None,
        on_click=open_run,
        args=(to or "",),
    )


def _prompt(record: RunRecord) -> None:
    text = record.prompt
    with st.container(border=True, gap="xsmall", key="drawer_prompt"):
        draw_text(text if len(text) <= PROMPT_SHOWN else f"{text[:PROMPT_SHOWN].rstrip()} …")
        with st.container(horizontal=True, gap="xsmall"):
            copy_button(text, f"copy_prompt_{record.public_id}")
            if len(text) > PROMPT_SHOWN:
                with st.popover("Show all", type="tertiary"):
                    draw_raw(text)


def _tab(page: Page, record: RunRecord, tab: str) -> None:
    if tab == "Answers":
        _answers(page, record)
        return
    if tab == "Picks":
        _picks(page, record)
        return
    attempts = page.services.attempts.of_run(record.id)
    if tab == "Cost":
        tick(page, "cost")
        table = cost_table(record, attempts, page.services.attempts.charges_of_run(record.id))
        st.markdown(table or "Nothing was asked from here: this run was imported, and its cost is not known.")
        if table:
            st.caption("List prices, before discount and tax. Failed attempts count where the provider counted tokens.")
    elif tab == "Speed":
        st.markdown(speed_table(record, attempts) or "Nothing was measured.")
    else:
        st.markdown(f"A person chose {safe_label(', '.join(record.models))}; the strategy was **{record.strategy}**.")
        st.markdown(way_table(record, attempts) or "Nothing was sent from here.")


def _answers(page: Page, record: RunRecord) -> None:
    given = _given(page, record)
    won = {verdict.shot_id for verdict in given if verdict.kind in (VerdictKind.WINNER, VerdictKind.GOOD)}
    first = next((shot.id for shot in record.shots if shot.id in won), None)
    opened = first or next((shot.id for shot in record.shots if shot.state.answered), None)
    for shot in record.shots:
        with st.expander(_answer_title(shot, given), expanded=shot.id == opened, key=f"answer_{shot.id}"):
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


def _answer_title(shot: ShotRecord, given: tuple[Verdict, ...]) -> str:
    by = [verdict for verdict in given if verdict.shot_id == shot.id and verdict.kind is not VerdictKind.NOT_GOOD]
    who = ", ".join(f"{verdict.person or 'someone'}{' (names hidden)' if verdict.blind else ''}" for verdict in by)
    mark = ":material/trophy:" if by else state_icon(shot.state)
    return f"{mark} {safe_label(title_of(shot))}" + (f" · picked by {safe_label(who)}" if by else "")


def _answer(record: RunRecord, shot: ShotRecord) -> None:
    st.markdown(place_badge(shot.place))
    if shot.error_message:
        st.markdown(f":red[:material/error:] {safe_markdown(shot.error_message)} {safe_markdown(shot.error_next_step)}")
    if shot.thinking:
        with st.popover(thinking_words(shot), type="tertiary"):
            draw_text(shot.thinking[:LONGEST_DRAWN])
    if shot.text:
        draw_text(shot.text[:LONGEST_DRAWN])
    st.caption(foot_words(shot))
    if shot.text:
        with st.container(horizontal=True, gap="xsmall"):
            draw_tools(shot, key=f"drawer_{record.public_id}_{shot.ordinal}")


def _picks(page: Page, record: RunRecord) -> None:
    given = _given(page, record)
    if not given:
        st.markdown("Nobody has picked yet.")
        return
    names = {shot.id: title_of(shot) for shot in record.shots}
    words = {
        VerdictKind.TIE: "called it a tie",
        VerdictKind.NONE: "found none good enough",
        VerdictKind.GOOD: "found it good enough",
        VerdictKind.NOT_GOOD: "found it not good enough",
    }
    for verdict in given:
        said = words.get(verdict.kind) or f"picked {safe_label(names.get(verdict.shot_id or 0, 'an answer'))}"
        seen = "names hidden" if verdict.blind else "names seen"
        who = safe_label(verdict.person or "someone")
        st.markdown(f"**{who}** {said} · {seen} · {when(verdict.created_at, zone=reader_zone())}")
        if verdict.note:
            st.caption(safe_label(verdict.note))


def _given(page: Page, record: RunRecord) -> tuple[Verdict, ...]:
    return page.services.verdicts.of_run(record.public_id, viewer=page.person)


def _actions(page: Page, record: RunRecord, view: LiveView) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="drawer_actions"):
        if st.button("Run again", icon=":material/replay:", key="drawer_again"):
            try:
                started = page.services.runs.start(plan_again(page, record))
            except ClaudePrompterError as error:
                st.toast(problem_words(error), icon=":material/error:")
            else:
                page.go("run", run=started)
        if st.button("Edit as new run", icon=":material/edit:", key="drawer_edit"):
            Draft(page).load(record)
            page.go("run")
        draw_export(record)
        if view.state.settled and st.button("Delete", icon=":material/delete:", type="tertiary", key="drawer_delete"):
            _delete(page, record)


def _delete(page: Page, record: RunRecord) -> None:
    """Put the run into the bin at once; the list then offers to take it back."""
    try:
        page.services.history.delete(record.public_id, page.person)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
        return
    deleted_now((record.public_id,))
    close_run()
    st.rerun()
