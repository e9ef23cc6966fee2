"""Which answer won? One key or one click; then one sentence and one next step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.costs.afterpick import AfterPick, Comparison, Standing, after_pick
from core.domain.run import RunRecord, ShotRecord
from core.domain.verdict import Verdict, VerdictKind
from core.errors import ClaudePrompterError
from pages.ui.again import refine, run_again
from pages.ui.answer_words import pick_headline, pick_sentence, title_of
from pages.ui.arrangement import Seat
from pages.ui.auto_said import draw_next_time
from pages.ui.clip import copy_button
from pages.ui.first_minutes import tick
from pages.ui.page import Page
from pages.ui.problems import problem_words
from pages.ui.text import safe_label

MOST_KEYS: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Picking:
    """A run whose answers are being judged by one person. `seats` are the answers on view, done ones only."""

    page: Page
    record: RunRecord
    seats: tuple[Seat, ...]
    hidden: bool
    single: bool

    @property
    def id(self) -> str:
        """Give the run's public id."""
        return self.record.public_id


def my_verdict(page: Page, public_id: str) -> Verdict | None:
    """Give this person's present word on a run. Raises NotFound."""
    given = page.services.verdicts.of_run(public_id, viewer=page.person)
    return next((verdict for verdict in reversed(given) if verdict.person == page.person), None)


def draw_question(picking: Picking) -> None:
    """Draw the question with a button for each answer, or "Good enough?" for a single one."""
    if picking.single:
        _good_enough(picking)
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="picks"):
        st.markdown("**Which answer won?**", width="content")
        st.space("xsmall")
        for seat in picking.seats:
            _pick_button(picking, seat)
        st.space("xsmall")
        _word(picking, "Tie", VerdictKind.TIE, "T")
        _word(picking, "None is good enough", VerdictKind.NONE, "N")


def draw_winner_bar(picking: Picking, seat: Seat) -> None:
    """Draw the phone's bar: the answer on screen wins, a tie, or none."""
    if picking.single:
        _good_enough(picking)
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="picks"):
        if seat.shot.state.answered:
            _word(picking, f"{seat.mark} wins", VerdictKind.WINNER, None, seat=seat, primary=True)
        _word(picking, "Tie", VerdictKind.TIE, None)
        _word(picking, "None", VerdictKind.NONE, None)


def draw_after(picking: Picking, verdict: Verdict, *, seats: Sequence[Seat], in_history: bool = False) -> AfterPick:
    """Draw what a pick means and, on the Run page, what to do next; give what it means."""
    record = picking.record
    after = after_pick(record.shots, kind=verdict.kind, winner_id=verdict.shot_id)
    with st.container(border=True, gap="small", key="after_pick"):
        sentence = pick_sentence(after, _standing(picking.page, after, verdict))
        headline = f":material/trophy: **{pick_headline(after, blind=verdict.blind)}.**"
        st.markdown(f"{headline} {sentence}".strip())
        draw_next_time(picking.page, record, verdict)
        _note_field(picking, verdict)
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="next_steps"):
            if not in_history:
                _next_steps(picking, after, seats)
            st.space("stretch")
            _note_button(picking)
            _undo_button(picking)
    return after


def _pick_button(picking: Picking, seat: Seat) -> None:
    key = seat.mark if not picking.hidden and int(seat.mark) <= MOST_KEYS else None
    if picking.hidden:
        label = seat.mark
    elif key:
        label = safe_label(seat.shot.label)
    else:
        label = f"{seat.mark} {safe_label(seat.shot.label)}"
    st.button(
        label,
        key=f"pick_{picking.id}_{seat.mark}",
        shortcut=key,
        help=None if picking.hidden else title_of(seat.shot),
        on_click=_give,
        args=(picking, VerdictKind.WINNER, seat),
    )


def _word(
    picking: Picking,
    label: str,
    kind: VerdictKind,
    shortcut: str | None,
    *,
    seat: Seat | None = None,
    primary: bool = False,
) -> None:
    st.button(
        label,
        key=f"pick_{picking.id}_{kind.value}",
        shortcut=shortcut,
        type="primary" if primary else "secondary",
        on_click=_give,
        args=(picking, kind, seat),
    )


def _good_enough(picking: Picking) -> None:
    seat = picking.seats[0]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="picks"):
        st.markdown("**Good enough?**", width="content")
        _word(picking, "Yes", VerdictKind.GOOD, "Y", seat=seat)
        _word(picking, "No", VerdictKind.NOT_GOOD, "N", seat=seat)


def _give(picking: Picking, kind: VerdictKind, seat: Seat | None) -> None:
    page = picking.page
    try:
        page.services.verdicts.give(
            picking.id,
            person=page.person,
            kind=kind,
            compared=[each.shot.ordinal for each in picking.seats],
            shot=None if seat is None else seat.shot.ordinal,
            blind=picking.hidden,
        )
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
        return
    st.session_state[seen_key(picking.id)] = True
    tick(page, "pick")


def seen_key(public_id: str) -> str:
    """Give the session's key under which it stands that this person has seen the names of a run."""
    return f"names_seen_{public_id}"


def _undo_button(picking: Picking) -> None:
    st.button(
        "Undo",
        key=f"undo_{picking.id}",
        type="tertiary",
        icon=":material/undo:",
        shortcut="U",
        on_click=_undo,
        args=(picking,),
    )


def _undo(picking: Picking) -> None:
    try:
        picking.page.services.verdicts.undo(picking.id, person=picking.page.person)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")


def _note_button(picking: Picking) -> None:
    st.button(
        "Note",
        key=f"note_{picking.id}",
        type="tertiary",
        icon=":material/edit_note:",
        shortcut="M",
        on_click=_open_note,
        args=(picking.id,),
    )


def _note_field(picking: Picking, verdict: Verdict) -> None:
    """Draw the field for a note while it is open; Enter keeps the note and closes it."""
    if not st.session_state.get(f"note_open_{picking.id}"):
        if verdict.note:
            st.caption(f"Note: {safe_label(verdict.note)}")
        return
    key = f"note_text_{picking.id}"
    st.text_input(
        "Why this one?",
        value=verdict.note,
        key=key,
        placeholder="Why this one? Enter keeps the note",
        label_visibility="collapsed",
        on_change=_keep_note,
        args=(picking, key),
    )


def _open_note(public_id: str) -> None:
    key = f"note_open_{public_id}"
    st.session_state[key] = not st.session_state.get(key, False)


def _keep_note(picking: Picking, key: str) -> None:
    _open_note(picking.id)
    try:
        picking.page.services.verdicts.note(
            picking.id, person=picking.page.person, note=str(st.session_state.get(key) or "")
        )
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")


def _standing(page: Page, after: AfterPick, verdict: Verdict) -> Standing | None:
    """Count the picks between the winner and the model it is set beside, as they stood when this one was made."""
    if after.winner is None or after.other is None:
        return None
    kept = f"standing_{page.workspace.value}_{verdict.id}"
    if kept not in st.session_state:
        st.session_state[kept] = _counted(page, after.winner, after.other)
    found = st.session_state[kept]
    return found if isinstance(found, Standing) else None


def _counted(page: Page, winner: ShotRecord, other: Comparison) -> Standing | None:
    try:
        found = page.services.verdicts.standing(winner.model, other.model)
    except ClaudePrompterError:
        return None
    wins = ((winner.label, found.wins), (other.label, found.losses))
    return Standing(runs=found.runs, ties=found.ties, wins=tuple(sorted(wins, key=lambda win: -win[1])))


def _next_steps(picking: Picking, after: AfterPick, seats: Sequence[Seat]) -> None:
    page, record, winner = picking.page, picking.record, after.winner
    if winner is not None and winner.text:
        copy_button(winner.text, f"copy_winner_{record.public_id}", "Copy the winner", framed=True)
        st.button("Refine it", key=f"refine_{record.public_id}", on_click=refine, args=(page, record, winner))
    if len(seats) > 1:
        page.share("label", f"ask_{record.public_id}", "Ask someone, names hidden", run=record.public_id)
    st.button("Run again", key=f"run_again_{record.public_id}", on_click=run_again, args=(page, record))
    page.link("history", "Open in History", icon=":material/history:", run=record.public_id)
