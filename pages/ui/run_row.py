"""The row that starts a run: one button that says what it will start and cost, More, and what it is booked to."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import streamlit as st

from core.costs.estimate import RunEstimate
from core.domain.model import ModelCard
from core.domain.route import Route
from core.errors import ClaudePrompterError
from pages.ui import choices
from pages.ui.auto_draft import AutoDraft
from pages.ui.budget_lines import draw_left
from pages.ui.draft import Draft
from pages.ui.more_settings import draw_more
from pages.ui.page import Page
from pages.ui.text import safe_label
from pages.ui.words import about_dollars, plural, seconds

LONGEST_ESTIMATED: Final = 400_000
"""Characters from which an estimate waits for the press: counting more on every click would be felt."""


def run_label(shots: int, estimate: RunEstimate | None, *, auto: bool = False) -> str:
    """Give the Run button's words: `Run 6 shots · about $0.004 · about 6 s`, as far as they are known."""
    parts = ["Run with Auto" if auto else f"Run {plural(shots, 'shot')}" if shots else "Run"]
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


def draw_run_row(
    page: Page,
    draft: Draft,
    cards: dict[str, ModelCard],
    start: Callable[[Page], None],
    route: Route | None = None,
    *,
    narrow: bool,
) -> None:
    """Draw the row; `start` is what the button does, `route` what Auto would ask where it chooses."""
    auto = AutoDraft(page)
    asked = (auto.instead() or (route.asked if route is not None else ())) if auto.on else tuple(draft.models)
    estimate = _estimate(page, draft, [cards[name] for name in asked if name in cards])
    draft.shown_estimate = estimate.amount if estimate is not None else None
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="run_row"):
        st.button(
            run_label(len(asked) * draft.shots, estimate, auto=auto.on and not auto.instead()),
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


def _estimate(page: Page, draft: Draft, chosen: list[ModelCard]) -> RunEstimate | None:
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
