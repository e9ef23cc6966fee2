"""What the address asks of the Label page: the list, a new queue, an item, a colleague's question, disagreements."""

import streamlit as st

from core.errors import ClaudePrompterError
from pages.ui import identity
from pages.ui.label_desk import desk_of
from pages.ui.label_item import Asked, draw_desk, draw_here
from pages.ui.label_judge import draw_judge, material_of
from pages.ui.label_new import draw_new
from pages.ui.label_queues import draw_queues
from pages.ui.label_settle import draw_settle
from pages.ui.page import Page
from pages.ui.problems import show_problem
from pages.ui.text import safe_label

NEW, JUDGE = "new", "judge"


def asks_name() -> bool:
    """Tell whether what is asked for needs a name, so that this page asks for it where there is none."""
    return bool(st.query_params.get("queue") or st.query_params.get("run"))


def draw(page: Page, *, narrow: bool) -> None:
    """Draw what is asked for. Raises StoreError."""
    queue, run = st.query_params.get("queue", ""), st.query_params.get("run", "")
    if queue or run:
        with page.actions:
            picking = queue and "settle" not in st.query_params and JUDGE not in st.query_params
            st.button("Pause" if picking else "Close", key="pause", on_click=_leave,
                      icon=":material/pause_circle:" if picking else ":material/close:",
                      help="What you picked is kept; come back whenever you like." if picking else None)  # fmt: skip
        if not page.person:
            _who()
            return
        try:
            _open(page, queue, run, narrow=narrow)
        except ClaudePrompterError as error:
            show_problem(error)
            page.link("label", "Back to all queues", icon=":material/arrow_back:")
        return
    if JUDGE in st.query_params or "assessment" in st.query_params:
        _second_raters(page)
        return
    if NEW in st.query_params or "runs" in st.query_params or "view" in st.query_params:
        draw_new(page, leave=_leave)
        return
    with page.actions:
        st.button("New queue", key="new_queue", icon=":material/add:", on_click=_new)
    draw_queues(page)


def _open(page: Page, queue: str, run: str, *, narrow: bool) -> None:
    labelling = page.services.labelling
    if run:
        asked = Asked(item=labelling.ask(run, person=page.person), phone=narrow)
    else:
        name = labelling.queue(queue, person=page.person).queue.name
        if not narrow:  # a phone's title line holds no more
            with page.head:
                st.markdown(f":gray[{safe_label(name)}]", width="content")
        if JUDGE in st.query_params:
            draw_judge(page, material_of(page, queue, ()))
            return
        if "settle" in st.query_params:
            draw_settle(page, queue)
            return
        labelling.join(queue, person=page.person)
        asked = Asked(queue=queue, phone=narrow)
    if narrow:
        draw_here(page, asked)
    else:
        draw_desk(page, asked)


def _second_raters(page: Page) -> None:
    """Draw an AI judge or a check over runs of no queue, as History asks for it."""
    with page.actions:
        st.button("Close", key="pause", on_click=_leave, icon=":material/close:")
    runs = tuple(run for run in st.query_params.get("runs", "").split(",") if run)
    try:
        draw_judge(page, material_of(page, "", runs))
    except ClaudePrompterError as error:
        show_problem(error)
        page.link("label", "Back to all queues", icon=":material/arrow_back:")


def _who() -> None:
    """Ask for a name: picks carry one, so that people can agree or not."""
    with st.container(border=True, width=460, key="label_who"):
        st.markdown("**Who are you?** Your picks carry your name.")
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            st.text_input("Your name", key="_label_name", placeholder="Anna", max_chars=identity.LONGEST_NAME,
                          label_visibility="collapsed", on_change=_named)  # fmt: skip
            st.button("Begin", type="primary", key="label_begin", on_click=_named)


def _named() -> None:
    if name := str(st.session_state.get("_label_name") or "").strip():
        identity.give_name(name)


def _new() -> None:
    st.query_params[NEW] = "1"


def _leave() -> None:
    if queue := st.query_params.get("queue", ""):
        desk_of(queue).clear()
    for name in ("queue", "settle", "run", "runs", "view", "assessment", NEW, JUDGE):
        st.query_params.pop(name, None)
