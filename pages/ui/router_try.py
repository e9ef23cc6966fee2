"""Try a prompt: what Auto would do with it, and all that it rests on. Nothing is sent to any model."""

import streamlit as st

from core.domain.route import Route, RouteRequest
from core.errors import ClaudePrompterError
from pages.ui.judge_unproven import draw_unproven
from pages.ui.look_again import look_again
from pages.ui.page import Page
from pages.ui.problems import show_problem
from pages.ui.receipt import draw_receipt
from pages.ui.receipt_words import expected_words, headline, score_words
from pages.ui.text import safe_label

KEPT = "_router_tried"


def draw(page: Page, *, narrow: bool) -> None:
    """Draw the field, the button and the receipt."""
    text = st.text_area(
        "A prompt", key="router_prompt", height=110, placeholder="Paste a prompt", label_visibility="collapsed",
        persist_state="session",
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button("Ask the router", key="router_ask", type="primary", icon=":material/alt_route:",
                  shortcut=None if narrow else "Mod+Enter", on_click=_ask, args=(page,))  # fmt: skip
        booked = " · ".join(filter(None, (page.team, page.project)))
        where = f"As booked to {booked}. " if booked else ""
        st.caption(safe_label(f"{where}No model is asked for an answer."))
    found = st.session_state.get(f"{KEPT}_{page.workspace.value}")
    if isinstance(found, ClaudePrompterError):
        show_problem(found)
    elif isinstance(found, Route):
        _show(page, found, narrow=narrow)
    elif not text:
        st.caption(
            "You see which model Auto would ask, how sure it is, which past runs say so, and what the rules say."
        )


def _ask(page: Page) -> None:
    key = f"{KEPT}_{page.workspace.value}"
    text = str(st.session_state.get("router_prompt") or "")
    if not text.strip():
        st.session_state.pop(key, None)
        st.toast("Paste a prompt first.", icon=":material/edit:")
        return
    request = RouteRequest(
        prompt=text, strategy=page.strategy, person=page.person, team=page.team, project=page.project, may_ask=True
    )
    try:
        st.session_state[key] = page.services.routes.propose(request)
    except ClaudePrompterError as error:
        st.session_state[key] = error


def _show(page: Page, route: Route, *, narrow: bool) -> None:
    with st.container(border=True, key="router_receipt"):
        st.markdown(f"##### {safe_label(headline(route))}")
        facts = " · ".join(filter(None, (score_words(route), expected_words(route))))
        if facts:
            st.markdown(safe_label(facts))
        draw_receipt(page, route, key="try", narrow=narrow)
    draw_unproven(page, route)
    if route.unread or route.asking:
        look_again(route.prompt_sha256, before=lambda: _ask(page))
