"""Before the run: the prompt, the models, and one button that says what it will start and cost."""

from decimal import Decimal
from typing import Final

import streamlit as st

from core.costs.estimate import RunEstimate
from core.domain.model import ModelCard
from core.errors import BudgetReached, ClaudePrompterError, CostNeedsConsent
from pages.ui import choices
from pages.ui.budget_lines import draw_left, draw_refused
from pages.ui.draft import Draft
from pages.ui.first_minutes import draw_first_minutes, tick
from pages.ui.found import draw_found
from pages.ui.model_list import cards_of
from pages.ui.more_settings import draw_more
from pages.ui.page import Page
from pages.ui.picker import draw_models, draw_shots
from pages.ui.problems import show_problem
from pages.ui.prompt_sources import draw_sources
from pages.ui.text import safe_label
from pages.ui.words import about_dollars, count, plural, seconds

SIX_LINES: Final = 158
MOST_HEIGHT: Final = 480
LONGEST_ESTIMATED: Final = 400_000
"""Characters from which an estimate waits for the press: counting more on every click would be felt."""


def draw(page: Page, *, narrow: bool) -> None:
    """Draw the composer."""
    draft = Draft(page)
    draft.begin_anew()
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
    _run_row(page, draft, cards, narrow=narrow)


def run_label(shots: int, estimate: RunEstimate | None) -> str:
    """Give the Run button's words: `Run 6 shots · about $0.004 · about 6 s`, as far as they are known."""
    parts = [f"Run {plural(shots, 'shot')}" if shots else "Run"]
    if estimate is not None and estimate.per_model:
        priced = [model for model in estimate.per_model if model.amount is not None and not model.free]
        if priced:
            parts.append(f"about {about_dollars(estimate.amount)}".replace("$", r"\$"))
        elif not estimate.unpriced:
            parts.append("no charge")
        if estimate.unpriced:
            parts.append(f"{len(estimate.unpriced)} without a price" if priced else "no price known")
        if estimate.seconds is not None:
            parts.append(f"about {seconds(max(1, round(estimate.seconds)) * 1000)}")
    return " · ".join(parts).replace(".0 s", " s")


def start(page: Page, *, consented: bool = False) -> None:
    """Start the run as composed and open it; what is wrong with it is said under the prompt. For a button's callback.

    The draft keeps one public id until its run is open, so that a second press starts nothing.
    """
    draft = Draft(page)
    try:
        public_id = page.services.runs.start(draft.plan(consented=consented))
    except ClaudePrompterError as error:
        draft.problem = error
        return
    draft.started()
    tick(page, "run")
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
    Draft(page).models = list(models)
    start(page)


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


def _run_row(page: Page, draft: Draft, cards: dict[str, ModelCard], *, narrow: bool) -> None:
    estimate = _estimate(page, draft, cards)
    draft.shown_estimate = estimate.amount if estimate is not None else None
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="run_row"):
        st.button(
            run_label(len(draft.models) * draft.shots, estimate),
            key=draft.key("run"),
            type="primary",
            icon=":material/play_arrow:",
            shortcut=None if narrow else "Mod+Enter",
            width="stretch" if narrow else "content",
            help=_spread(estimate),
            on_click=start,
            args=(page,),
        )
        draw_more(page, draft, cards)
        _project(page)
    with st.container(gap="xsmall"):
        draw_left(page, draft.tags, estimate, cards)


def _estimate(page: Page, draft: Draft, cards: dict[str, ModelCard]) -> RunEstimate | None:
    chosen = [cards[name] for name in draft.models if name in cards]
    if not chosen or not draft.text.strip() or len(draft.text) > LONGEST_ESTIMATED:
        return None
    try:
        return page.services.estimates.of(
            prompt=draft.filled(),
            models=chosen,
            shots=draft.shots,
            settings=draft.settings,
            per_model=draft.per_model,
        )
    except ClaudePrompterError:
        return None


def _spread(estimate: RunEstimate | None) -> str | None:
    """Give what stands behind the button's sum: how it may vary, and what it can cost at most."""
    if estimate is None or estimate.amount == Decimal(0):
        return None
    low, high, most = (about_dollars(sum_) for sum_ in (estimate.low, estimate.high, estimate.worst_case))
    past = sum(model.past_answers for model in estimate.per_model)
    basis = f"from {plural(past, 'past answer')}" if past else "there are no past answers to go by"
    return f"Likely {low} to {high} ({basis}); at most {most}.".replace("$", r"\$")


def _project(page: Page) -> None:
    """Draw which project the run is booked to; the same choice as in the sidebar."""
    projects = [project.name for project in page.services.people.projects()]
    if not projects:
        return
    key = f"run_project_{page.workspace.value}"
    st.session_state[key] = page.project if page.project in projects else None
    st.selectbox(
        "Project",
        projects,
        key=key,
        placeholder="No project",
        label_visibility="collapsed",
        width=200,
        on_change=_book,
        args=(page, key),
    )


def _book(page: Page, key: str) -> None:
    chosen = str(st.session_state.get(key) or "")
    try:
        choices.keep(page.services, page.identity, page.workspace, choices.PROJECT, chosen)
    except ClaudePrompterError as error:
        st.toast(safe_label(error.message), icon=":material/error:")
        return
    st.session_state[f"{choices.PROJECT}_{page.workspace.value}"] = chosen or None
