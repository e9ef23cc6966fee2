"""Budgets on the Run page: what is left, a warning that is passed, and the calls that were not made."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

import streamlit as st

from core.costs.budget import Facing, Standing, period_start
from core.costs.estimate import RunEstimate
from core.domain.model import ModelCard, ModelStatus, Place
from core.domain.run import RunRecord
from core.errors import BudgetReached, ClaudePrompterError
from pages.ui.budget_words import crossed_words, left_words, of_whom
from pages.ui.page import Page
from pages.ui.problems import problem_words, show_problem
from pages.ui.text import safe_label
from pages.ui.words import dollars

INSTEAD_SHOWN: Final = 3


def draw_left(page: Page, tags: Sequence[str], estimate: RunEstimate | None, cards: Mapping[str, ModelCard]) -> None:
    """Draw what the budgets leave a run that is being composed, and whether they would refuse it."""
    try:
        facing = page.services.budgets.facing(person=page.person, team=page.team, project=page.project, tags=tags)
    except ClaudePrompterError:
        return
    refusal = refusal_words(facing, estimate, cards)
    if refusal:
        st.markdown(f":orange[:material/warning: {safe_label(refusal)}]")
    elif facing.tightest is not None and not facing.warned:
        words = f"{left_words(facing.tightest)} · {of_whom(facing.tightest.budget)}"
        st.caption(f":material/account_balance_wallet: {safe_label(words)}")
    draw_crossed(page, facing.warned)


def refusal_words(facing: Facing, estimate: RunEstimate | None, cards: Mapping[str, ModelCard]) -> str:
    """Give why a run as estimated would be refused, empty where it would not: its worst case is more than is left."""
    if estimate is None:
        return ""
    outside = [model for model in estimate.per_model if not _inside(cards, model.model)]
    for place, counted in ((Place.CLOUD, outside), (Place.LOCAL, list(estimate.per_model))):
        left = facing.left(place)
        if left is None or not counted:
            continue
        unpriced = [cards[model.model].label for model in counted if model.worst_case is None and model.model in cards]
        if unpriced:
            return f"A budget holds, and no price is known of {', '.join(unpriced)}: the calls would not be made."
        worst = sum((model.worst_case or Decimal(0) for model in counted), Decimal(0))
        if worst > left or not (worst or left):
            return f"This run could cost up to {dollars(worst)} and {dollars(left)} is left: no call would be made."
    return ""


def draw_crossed(page: Page, passed: Sequence[Standing]) -> None:
    """Draw one line for each budget whose warning or stop is passed, and note that this person was told."""
    for standing in passed:
        st.markdown(f":orange[:material/warning: {safe_label(crossed_words(standing))}]")
        _note(page, standing)


def draw_crossed_of_run(page: Page, record: RunRecord) -> None:
    """Draw the same on an open run, of the budgets that it met in their present period."""
    try:
        facing = page.services.budgets.facing(
            person=record.person, team=record.team, project=record.project, tags=record.tags
        )
    except ClaudePrompterError:
        return
    now = datetime.now(UTC)
    draw_crossed(
        page,
        [each for each in facing.warned if record.created_at >= period_start(each.budget.period, now)],
    )


def draw_refused(page: Page, error: BudgetReached, ask: Callable[[tuple[str, ...]], None] | None = None) -> None:
    """Draw which calls a budget refused and what can still be asked; `ask` starts the run with those models instead."""
    show_problem(error, icon=":material/money_off:")
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="refused_instead"):
        for card in _instead(page, error) if ask is not None else ():
            st.button(
                f"Ask {safe_label(card.label)} instead", key=f"instead_{card.name}", icon=":material/computer:",
                help="Not outside: the budget leaves it free.", on_click=ask, args=((card.name,),),
            )  # fmt: skip
        page.link("costs", "Budgets", icon=":material/account_balance_wallet:", tab="Budgets")


def act(public_id: str, what: Callable[[str], object]) -> None:
    """Do something with a run that may call models; a budget's refusal stays on the page, other errors are a toast."""
    try:
        what(public_id)
    except BudgetReached as error:
        st.session_state[_key(public_id)] = error
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
    else:
        st.session_state.pop(_key(public_id), None)


def draw_refused_again(page: Page, public_id: str) -> None:
    """Draw what a budget refused when this open run was to go on."""
    error = st.session_state.get(_key(public_id))
    if isinstance(error, BudgetReached):
        draw_refused(page, error)


def _key(public_id: str) -> str:
    return f"refused_{public_id}"


def _inside(cards: Mapping[str, ModelCard], model: str) -> bool:
    return model in cards and cards[model].place.inside


def _instead(page: Page, error: BudgetReached) -> list[ModelCard]:
    """Give models inside that may still be asked: those that the run named, else whichever are up."""
    if not error.inside_only:
        return []
    try:
        cards = [card for card in page.services.known_models.all() if card.place.inside]
    except ClaudePrompterError:
        return []
    named = [card for card in cards if card.name in error.inside]
    return named or [card for card in cards if card.status is ModelStatus.UP][:INSTEAD_SHOWN]


def _note(page: Page, standing: Standing) -> None:
    """Note once that this person was told; where it cannot be written the warning stands all the same."""
    since = period_start(standing.budget.period, datetime.now(UTC))
    key = f"_told_{page.workspace}_{standing.budget.id}_{since:%Y%m%d}_{page.person}"
    if st.session_state.get(key):
        return
    st.session_state[key] = True
    try:
        page.services.budgets.tell(standing, person=page.person)
    except ClaudePrompterError:
        return
