"""The keys of an item, each also a button: 1 to 4, T, N, S, M, U. A key held for another item does nothing."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core.domain.verdict import VerdictKind
from core.errors import ClaudePrompterError
from core.labels.views import ItemView
from pages.ui.first_minutes import tick
from pages.ui.focus import focus
from pages.ui.label_desk import MOST_UNDONE, Desk, desk_of
from pages.ui.page import Page
from pages.ui.problems import problem_words
from pages.ui.text import safe_label


@dataclass(frozen=True, slots=True, kw_only=True)
class Picking:
    """An item that one person judges: in a queue, or a single one where `queue` is empty. `key` names the desk."""

    page: Page
    queue: str
    key: str
    view: ItemView
    phone: bool


def draw_keys(picking: Picking, desk: Desk) -> None:
    """Draw the keys of a desk in one row."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="picks"):
        _words(picking, short=False)
        st.space("stretch")
        _rest(picking, desk)


def draw_keys_phone(picking: Picking, desk: Desk, *, turn_guide: Callable[[str], None]) -> None:
    """Draw the keys of a phone in two rows, for the thumb."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="picks"):
        _words(picking, short=True)
    if desk.asked_about is not None:
        st.caption(f"You have not opened {desk.asked_about} yet. Press it again to pick it all the same.")
    draw_note(picking, desk)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="more_picks"):
        _rest(picking, desk)
        st.button("Guide", key=f"guide_{picking.view.id}", type="tertiary", on_click=turn_guide, args=(picking.key,))


def draw_note(picking: Picking, desk: Desk) -> None:
    """Draw the field of a note while it is open; Enter keeps it and goes back to the keys."""
    if not desk.note_open:
        if desk.note:
            st.caption(f"Note: {safe_label(desk.note)}")
        return
    key = f"note_text_{picking.view.id}"
    st.text_input(
        "Note",
        value=desk.note,
        key=key,
        placeholder="Why? Enter keeps the note; it goes with your pick",
        label_visibility="collapsed",
        on_change=_keep_note,
        args=(picking.key, key),
    )
    focus(key, once=f"{picking.view.id} {desk.note_since}")


def _words(picking: Picking, *, short: bool) -> None:
    view = picking.view
    if view.single:
        _word(picking, "Yes", VerdictKind.GOOD, "Y", number=1)
        _word(picking, "No", VerdictKind.NOT_GOOD, "N", number=1)
        return
    for answer in view.answers:
        # On a desk the key stands beside the word: "Answer 1".
        word = str(answer.number) if short else "Answer"
        _word(picking, word, VerdictKind.WINNER, str(answer.number), number=answer.number)
    if not short:
        st.space("xsmall")
    _word(picking, "Tie", VerdictKind.TIE, "T")
    _word(picking, "None" if short else "None is good enough", VerdictKind.NONE, "N")


def _word(picking: Picking, label: str, kind: VerdictKind, shortcut: str, *, number: int | None = None) -> None:
    st.button(
        label,
        key=f"say_{picking.view.id}_{kind.value}_{number or 0}",
        shortcut=None if picking.phone else shortcut,
        width="stretch" if picking.phone else "content",  # for the thumb
        on_click=_give,
        args=(picking, kind, number),
    )


def _rest(picking: Picking, desk: Desk) -> None:
    view = picking.view
    keys = {"Skip": "S", "Note": "M", "Undo": "U"}

    def button(label: str, icon: str, act: Callable[[Picking], None], *, disabled: bool = False) -> None:
        st.button(
            label,
            key=f"{label.lower()}_{view.id}",
            shortcut=None if picking.phone else keys[label],
            type="tertiary",
            icon=None if picking.phone else icon,
            disabled=disabled,
            on_click=act,
            args=(picking,),
        )

    if picking.queue:
        button("Skip", ":material/skip_next:", _skip)
    button("Note", ":material/edit_note:", _open_note)
    if picking.queue:
        button("Undo", ":material/undo:", _undo, disabled=desk.undone >= MOST_UNDONE)


def _give(picking: Picking, kind: VerdictKind, number: int | None) -> None:
    desk, view = desk_of(picking.key), picking.view
    if desk.item != view.id or desk.begins_note:
        return
    unopened = picking.phone and kind is VerdictKind.WINNER and number not in desk.opened
    if unopened and desk.asked_about != number:
        desk.asked_about = number
        return
    try:
        given = picking.page.services.labelling.give(
            view.id,
            person=picking.page.person,
            kind=kind,
            number=number,
            note=desk.note,
            seconds=round(desk.seconds(), 2),
        )
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
        return
    desk.picked(given)
    tick(picking.page, "pick")


def _skip(picking: Picking) -> None:
    if desk_of(picking.key).begins_note:
        return
    try:
        picking.page.services.labelling.skip(picking.view.id, person=picking.page.person)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
        return
    desk_of(picking.key).clear()


def undo(page: Page, queue: str, key: str) -> None:
    """Take back the last pick of a queue; its item comes back."""
    desk = desk_of(key)
    try:
        item = page.services.labelling.undo(queue, person=page.person)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
        return
    if item is None:
        st.toast("There is no pick of yours to take back here.")
        return
    desk.clear()
    desk.item, desk.last, desk.undone = item, None, desk.undone + 1


def _undo(picking: Picking) -> None:
    if not desk_of(picking.key).begins_note:
        undo(picking.page, picking.queue, picking.key)


def _open_note(picking: Picking) -> None:
    desk_of(picking.key).turn_note()


def _keep_note(key: str, widget: str) -> None:
    desk = desk_of(key)
    desk.note, desk.note_open = str(st.session_state.get(widget) or "").strip(), False
