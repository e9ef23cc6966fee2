"""The list of queues: how far each one is, and the way into it."""

import streamlit as st

from core.errors import ClaudePrompterError
from core.labels.judge_figures import JudgeFigures
from core.labels.views import QueueCard
from pages.ui.label_judge_words import agrees_words
from pages.ui.label_words import agreement_words, standing_words
from pages.ui.page import Page
from pages.ui.problems import problem_words
from pages.ui.text import safe_label
from pages.ui.words import plural

AT_ONCE = 10


def draw_queues(page: Page) -> None:
    """Draw every open queue as a card. Raises StoreError."""
    cards = page.services.labelling.queues(person=page.person)
    if cards:
        grid = st.grid(2, min_column_width=320)
        for card in cards:
            with grid.cell():
                _card(page, card)
    else:
        _empty()
    _never_judged(page)


def _card(page: Page, card: QueueCard) -> None:
    queue = card.queue
    with st.container(border=True, gap="xsmall", key=f"queue_{queue.public_id}"):
        st.markdown(f"**{safe_label(queue.name)}**")
        st.markdown(safe_label(queue.question))
        lines = [standing_words(card), agreement_words(card)]
        lines += [safe_label(agrees_words(each)) for each in _told(page, card)]
        st.caption("  \n".join(lines))
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            if card.waits:
                words = "Continue" if card.mine_done else "Start"
                st.button(words, key=f"open_{queue.public_id}", type="primary", on_click=open_queue,
                          args=(queue.public_id,))  # fmt: skip
            elif card.mine:
                st.button("See what it settled", key=f"open_{queue.public_id}", on_click=open_queue,
                          args=(queue.public_id,))  # fmt: skip
            page.share("label", f"share_{queue.public_id}", "Copy link", queue=queue.public_id)
            if card.to_settle:
                st.button(
                    f"Settle ({card.to_settle})",
                    key=f"settle_{queue.public_id}",
                    on_click=open_queue,
                    args=(queue.public_id, True),
                )
            st.space("stretch")
            st.button("AI judge", key=f"judge_{queue.public_id}", type="tertiary", icon=":material/smart_toy:",
                      on_click=open_judge, args=(queue.public_id,),
                      help="A second opinion by a model, or a check of every answer")  # fmt: skip
            if page.person and page.person == queue.created_by:
                st.button("Close", key=f"close_{queue.public_id}", type="tertiary", on_click=_close,
                          args=(page, queue.public_id), help="Takes the queue off this list; its picks count on.",
                          )  # fmt: skip


def _told(page: Page, card: QueueCard) -> list[JudgeFigures]:
    found = page.services.second_raters.judges_of_queue(card.queue.public_id)
    return [each for each in found if each.told is not None]


def _empty() -> None:
    with st.container(border=True, horizontal_alignment="center", gap="xsmall", key="no_queues"):
        st.markdown(":material/rate_review:", width="content")
        st.markdown("**No queue yet**", width="content")
        st.caption(
            "A queue shows people answers without names and asks which one won. From these picks come the leaderboard "
            "and what Auto knows.",
            width="content",
        )


def _never_judged(page: Page) -> None:
    number = page.services.labelling.never_judged(viewer=page.person)
    if not number:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="never_judged"):
        verb = "has" if number == 1 else "have"
        st.markdown(f"{plural(number, 'run')} {verb} never been judged.", width="content")
        st.button(f"Label {min(AT_ONCE, number)} now", key="label_some", on_click=_label_some, args=(page,))


def open_queue(public_id: str, settle: bool = False) -> None:
    """Open a queue, or its disagreements, by the address."""
    st.query_params["queue"] = public_id
    if settle:
        st.query_params["settle"] = "1"
    else:
        st.query_params.pop("settle", None)


def open_judge(public_id: str) -> None:
    """Open what AI judges and checks say of a queue, by the address."""
    open_queue(public_id)
    st.query_params["judge"] = "1"


def _label_some(page: Page) -> None:
    if not page.person:
        st.toast("Say who you are first: your picks carry your name.", icon=":material/person:")
        return
    try:
        open_queue(page.services.labelling.label_some(person=page.person, number=AT_ONCE))
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")


def _close(page: Page, public_id: str) -> None:
    try:
        page.services.labelling.close(public_id)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
