"""Section 5, what shall we do: decisions with owner and day, carried until they end, and closing the month."""

from typing import Any, Final

import streamlit as st

from core.costs.decisions import Decision, DecisionState
from core.costs.meeting import Meeting
from core.costs.month import Month
from core.errors import ClaudePrompterError
from pages.ui.costs_view import View
from pages.ui.page import Page
from pages.ui.problems import problem_words
from pages.ui.text import safe_label

CLOSING: Final = "_costs_closing"


def draw_do(page: Page, view: View, found: Meeting) -> None:
    """Draw the decisions, room for another one, and the month's end."""
    if not found.decisions:
        st.markdown("Nothing was decided yet.")
    for each in found.decisions:
        _decision(page, found, each)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="costs_end"):
        _adder(page, view)
        _closer(page, view, found)


def _decision(page: Page, found: Meeting, each: Decision) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"decision_{each.id}"):
        key = f"done_{each.id}_{each.state.value}"
        text = safe_label(each.text)
        st.checkbox(
            f"~~{text}~~" if each.state is DecisionState.DROPPED else text, value=each.state is DecisionState.DONE,
            key=key, on_change=_tick, args=(page, each.id, key), width="stretch",
        )  # fmt: skip
        st.markdown(f":gray[:small[{safe_label(_facts(found.month, each))}]]", width="content")
        with st.popover("Edit", type="tertiary", icon=":material/edit:", key=f"edit_{each.id}"):
            _form(page, each)


def _facts(month: Month, each: Decision) -> str:
    words = [each.owner or "no owner"]
    if each.state is DecisionState.OPEN:
        words.append(f"until {each.until.day} {each.until:%b}" if each.until else "until next review")
    elif each.ended_at is not None:
        words.append(f"{each.state.value} {each.ended_at.day} {each.ended_at:%b}")
    if each.carried(month):
        words.append(f"decided in {each.month.first:%B}")
    return " · ".join(words)


def _form(page: Page, each: Decision) -> None:
    with st.form(f"decision_form_{each.id}", border=False):
        st.text_input("What", value=each.text, key=f"what_{each.id}")
        names = list(dict.fromkeys([*([each.owner] if each.owner else []), *page.services.people.names()]))
        st.selectbox(
            "Owner", names, index=names.index(each.owner) if each.owner else None, key=f"owner_{each.id}",
            accept_new_options=True, placeholder="Nobody yet",
        )  # fmt: skip
        st.date_input("Until (empty: the next review)", value=each.until, key=f"until_{each.id}")
        with st.container(horizontal=True, gap="small"):
            st.form_submit_button("Save", type="primary", on_click=_save, args=(page, each.id))
            dropped = each.state is DecisionState.DROPPED
            st.form_submit_button(
                "Take up again" if dropped else "Drop it", on_click=_mark,
                args=(page, each.id, DecisionState.OPEN if dropped else DecisionState.DROPPED),
            )  # fmt: skip
    st.caption(f"Written down by {safe_label(each.created_by or 'someone')}.")


def _adder(page: Page, view: View) -> None:
    with (
        st.popover("Add a decision", icon=":material/add:", key="add_decision"),
        st.form("new_decision", border=False, clear_on_submit=True),
    ):
        st.text_input("What shall be done", key="new_what", placeholder="Send Support summaries to Auto")
        st.selectbox(
            "Owner", page.services.people.names(), index=None, key="new_owner", accept_new_options=True,
            placeholder="Nobody yet",
        )  # fmt: skip
        st.date_input("Until (empty: the next review)", value=None, key="new_until")
        st.form_submit_button("Add", type="primary", on_click=_add, args=(page, view.month))


def _closer(page: Page, view: View, found: Meeting) -> None:
    name = f"{view.month.first:%B}"
    if found.closed is not None:
        st.markdown(f":material/lock: {name} is {safe_label(found.standing)}.", width="content")
        with st.popover("Open again", type="tertiary", key="reopen_month"):
            st.markdown("Its figures would move again with what arrives. The frozen ones stay on record.")
            st.button(f"Open {name}", key="reopen_now", on_click=_reopen, args=(page, view.month))
        return
    if not found.over:
        st.caption(f"{name} can be closed once it is over.")
        return
    if st.session_state.get(CLOSING) != view.month.number:
        st.button(f"Close {name}", key="close_month", icon=":material/lock:", on_click=_ask, args=(view.month,))
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small", key="confirm_close"):
        amount = safe_label(view.amounts.text(found.review.totals.amount))
        st.markdown(
            f"Close **{view.month.label}** at **{amount}**? Every figure is frozen; what arrives later is booked in "
            "the month in which it arrives.", width="stretch",
        )  # fmt: skip
        st.button("Close it", key="close_now", type="primary", on_click=_close, args=(page, view, found))
        st.button("Keep it open", key="close_not", type="tertiary", on_click=_ask, args=(None,))


def _ask(month: Month | None) -> None:
    st.session_state[CLOSING] = month.number if month else None


def _close(page: Page, view: View, found: Meeting) -> None:
    _ask(None)

    def close() -> None:
        review = page.services.reviews.month(view.month, now=view.now)
        page.services.months.close(review, person=page.person, now=view.now, auto=found.auto)

    _try(close, f"{view.month.label} is closed.")


def _reopen(page: Page, month: Month) -> None:
    _try(lambda: page.services.months.reopen(month, person=page.person), f"{month.label} is open again.")


def _add(page: Page, month: Month) -> None:
    state = st.session_state
    _try(
        lambda: page.services.decisions.add(
            month, state["new_what"], owner=state["new_owner"] or "", until=state["new_until"], person=page.person
        ),
        "Written down.",
    )


def _save(page: Page, decision: int) -> None:
    state = st.session_state
    until = state[f"until_{decision}"]
    _try(
        lambda: page.services.decisions.change(
            decision, text=state[f"what_{decision}"], owner=state[f"owner_{decision}"] or "", until=until,
            next_review=until is None,
        ),
        "Changed.",
    )  # fmt: skip


def _tick(page: Page, decision: int, key: str) -> None:
    done = bool(st.session_state[key])
    _mark(page, decision, DecisionState.DONE if done else DecisionState.OPEN)


def _mark(page: Page, decision: int, state: DecisionState) -> None:
    _try(lambda: page.services.decisions.mark(decision, state, person=page.person), "")


def _try(change: Any, done: str) -> None:
    try:
        change()
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
    else:
        if done:
            st.toast(done, icon=":material/check:")
