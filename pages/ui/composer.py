"""Before the run: the prompt, the models, and one button that says what it will start and cost."""

from typing import Final

import streamlit as st

from core.domain.run import RunPlan
from core.errors import BudgetReached, ClaudePrompterError, CostNeedsConsent
from pages.ui.auto_draft import AutoDraft
from pages.ui.auto_strip import draw_strip
from pages.ui.budget_lines import draw_refused
from pages.ui.draft import Draft
from pages.ui.first_minutes import draw_first_minutes, tick
from pages.ui.found import draw_found
from pages.ui.model_list import cards_of
from pages.ui.page import Page
from pages.ui.picker import draw_models, draw_shots
from pages.ui.problems import show_problem
from pages.ui.prompt_sources import draw_sources
from pages.ui.run_row import draw_run_row
from pages.ui.text import safe_label
from pages.ui.words import count

SIX_LINES: Final = 158
MOST_HEIGHT: Final = 480


def draw(page: Page, *, narrow: bool) -> None:
    """Draw the composer."""
    draft = Draft(page)
    draft.begin_anew()
    if st.query_params.get("auto"):
        AutoDraft(page).on = True
        del st.query_params["auto"]
    draw_first_minutes(page, narrow=narrow)
    draw_found(page)
    try:
        cards = cards_of(page)
    except ClaudePrompterError as error:
        show_problem(error)
        cards = {}
    st.text_area(
        "Prompt",
        key=draft.key("text"),
        height=_height(draft.text),
        placeholder="What do you want to ask? {{name}} makes a field.",
        label_visibility="collapsed",
        persist_state="session",
    )
    _problem(page, draft)
    draw_sources(page, draft, narrow=narrow)
    _variables(page, draft)
    draw_models(page, draft, cards)
    draw_shots(draft)
    route = draw_strip(page, _as_it_stands(draft)) if AutoDraft(page).on else None
    draw_run_row(page, draft, cards, start, route, narrow=narrow)


def start(page: Page, *, consented: bool = False) -> None:
    """Start the run as composed and open it; what is wrong with it is said under the prompt. For a button's callback.

    The draft keeps one public id until its run is open, so that a second press starts nothing.
    """
    draft, auto = Draft(page), AutoDraft(page)
    try:
        plan = draft.plan(consented=consented)
        public_id = page.services.runs.start(auto.chosen(plan) if auto.on else plan)
    except ClaudePrompterError as error:
        draft.problem = error
        return
    draft.started()
    tick(page, "auto" if auto.on else "run")
    st.query_params["run"] = public_id


def _height(text: str) -> int:
    lines = text.count("\n") + len(text) // 110 + 1
    return max(SIX_LINES, min(MOST_HEIGHT, 26 * lines + 30))


def _problem(page: Page, draft: Draft) -> None:
    problem = draft.problem
    if problem is None:
        return
    if isinstance(problem, BudgetReached):
        draw_refused(page, problem, lambda models: _ask_instead(page, models))
        return
    if not isinstance(problem, CostNeedsConsent):
        show_problem(problem)
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="consent"):
        st.markdown(f":material/payments: {safe_label(problem.message)}", width="stretch")
        st.button(
            "Run it all the same", key=draft.key("consent"), on_click=start, args=(page,), kwargs={"consented": True}
        )
        st.button("Not now", key=draft.key("no_consent"), type="tertiary", on_click=_forget, args=(draft,))


def _ask_instead(page: Page, models: tuple[str, ...]) -> None:
    auto = AutoDraft(page)
    if auto.on:
        auto.ask_instead(models)
    else:
        Draft(page).models = list(models)
    start(page)


def _as_it_stands(draft: Draft) -> RunPlan:
    """Give the plan with the prompt as typed so far: what is not filled in yet keeps no strip waiting."""
    return draft.plan(prompt=draft.filled())


def _forget(draft: Draft) -> None:
    draft.problem = None


def _variables(page: Page, draft: Draft) -> None:
    values = draft.variables()
    if not values:
        return
    files = draft.files
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="variables"):
        for name in values:
            if name in files:
                _filed(page, draft, name, *files[name])
            else:
                st.text_input(safe_label(name), key=draft.key(f"value_{name}"), width=220, persist_state="session")


def _filed(page: Page, draft: Draft, name: str, file: str, text: str) -> None:
    size = page.services.estimates.tokens_of(text, draft.models[0] if draft.models else "")
    st.button(
        f"{safe_label(name)}: {safe_label(file)} · about {count(size)} tokens",
        key=draft.key(f"file_{name}"),
        icon=":material/close:",
        icon_position="right",
        help="Take the file out",
        on_click=draft.set_variable,
        args=(name, ""),
    )
