"""Costs, Budgets: for whom, how much, what then, how far it is used; edited in place, and each change can be undone."""

from decimal import Decimal
from typing import Any, Final

import streamlit as st

from core.costs.budget import BudgetRecord, BudgetScope, Ended, Period, Standing, Then
from core.costs.notices import Notice
from core.errors import ClaudePrompterError
from pages.ui.budget_words import (
    PERIODS,
    SCOPE_ICONS,
    SCOPES,
    THEN_MEANS,
    THENS,
    limits_words,
    told_words,
    used_words,
    whom,
)
from pages.ui.page import Page
from pages.ui.problems import problem_words
from pages.ui.text import safe_label
from pages.ui.viewport import is_narrow
from pages.ui.words import dollars, when

WIDTHS: Final = (2.0, 1.4, 1.3, 1.3, 1.6, 2.9, 1.6)
HEADS: Final = ("For whom", "Period", "Warn at", "Stop at", "Then", "Used", "")
NEW: Final = 0
_EDITED: Final = "budget_edited"
_UNDO: Final = "budget_undo"
_PROBLEM: Final = "budget_problem"


def draw(page: Page) -> None:
    """Draw the tab. Raises StoreError."""
    standings = page.services.budgets.standings()
    told = page.services.budgets.told(standings)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            "Days, weeks and months are UTC. What runs under way may still cost is held until they end, "
            "so a stop holds however many run at once.",
            width="stretch",
        )
        st.button(
            "Add a budget", type="primary", icon=":material/add:", key="budget_add", disabled=not page.admin,
            help=_who_may(page), on_click=_edit, args=(NEW,),
        )  # fmt: skip
    _undo_line(page)
    if problem := st.session_state.get(_PROBLEM):
        st.error(problem, icon=":material/error:")
    edited = st.session_state.get(_EDITED)
    with st.container(border=True, key="budgets"):
        if edited == NEW:
            _new_form(page)
        if not standings and edited != NEW:
            _empty()
        if standings and not is_narrow():
            for column, head in zip(st.columns(WIDTHS, gap="small"), HEADS, strict=True):
                column.caption(head)
        for standing in standings:
            if standing.budget.id == edited:
                _edit_form(page, standing)
            else:
                _row(page, standing, told.get(standing.budget.id, ()))
    _earlier(page)


def _row(page: Page, standing: Standing, notices: tuple[Notice, ...]) -> None:
    budget = standing.budget
    told = told_words(notices)
    set_by = f"Set by {budget.created_by or 'someone'} {when(budget.created_at)}."
    name = f"{SCOPE_ICONS[budget.scope]} **{safe_label(whom(budget))}**"
    if is_narrow():
        with st.container(border=True, key=f"budget_{budget.id}"):
            st.markdown(f"{name}, {PERIODS[budget.period]}  \n:gray[:small[{_escaped(limits_words(budget))}]]")
            _used(standing)
            _line(told or set_by)
            with st.container(horizontal=True):
                _buttons(page, standing)
        return
    with st.container(key=f"budget_{budget.id}", gap="xxsmall"):
        cells = st.columns(WIDTHS, gap="small", vertical_alignment="center")
        cells[0].markdown(f"{name}  \n:gray[:small[{safe_label(set_by)}]]")
        cells[1].markdown(PERIODS[budget.period])
        cells[2].markdown(_escaped(_limit(budget.warn_at)))
        cells[3].markdown(_escaped(_limit(budget.stop_at)))
        cells[4].markdown(THENS[budget.then])
        with cells[5]:
            _used(standing)
        with cells[6], st.container(horizontal=True, gap="small"):
            _buttons(page, standing)
        if told:
            _line(told)


def _used(standing: Standing) -> None:
    words = _escaped(used_words(standing))
    if standing.budget.period is Period.RUN:
        st.caption(words)
        return
    if standing.reached or standing.warned:
        words = f":material/warning: {words}"
    st.progress(min(standing.share, 1.0), text=words)


def _line(words: str) -> None:
    st.caption(f":material/notifications: {_escaped(safe_label(words))}" if words.startswith("Told") else words)


def _buttons(page: Page, standing: Standing) -> None:
    budget = standing.budget
    st.button(
        "Edit", key=f"budget_edit_{budget.id}", type="tertiary", disabled=not page.admin, on_click=_edit,
        args=(budget.id,),
    )  # fmt: skip
    st.button(
        "Remove", key=f"budget_remove_{budget.id}", type="tertiary", disabled=not page.admin, on_click=_remove,
        args=(page, standing),
    )  # fmt: skip


def _edit_form(page: Page, standing: Standing) -> None:
    budget = standing.budget
    key = f"budget_{budget.id}"
    with st.form(f"{key}_form", border=False):
        cells = st.columns(WIDTHS, gap="small", vertical_alignment="bottom")
        cells[0].markdown(f"{SCOPE_ICONS[budget.scope]} **{safe_label(whom(budget))}**")
        _limits(cells, key, budget)
        with cells[6], st.container(horizontal=True, gap="xxsmall"):
            st.form_submit_button("Save", type="primary", on_click=_save, args=(page, standing, key))
            st.form_submit_button("Cancel", type="tertiary", on_click=_edit, args=(None,))
    _meaning()


def _new_form(page: Page) -> None:
    key = "budget_new"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        scope = st.segmented_control(
            "For", list(SCOPES), format_func=SCOPES.__getitem__, default=BudgetScope.EVERYTHING, required=True,
            key=f"{key}_scope",
        )  # fmt: skip
        names = _names(page, BudgetScope(scope))
        if scope != BudgetScope.EVERYTHING:
            st.selectbox(
                "Name", names, index=None, key=f"{key}_name_{scope}", width=260,
                placeholder=f"Choose {SCOPES[BudgetScope(scope)]}" if names else "There is none yet",
            )  # fmt: skip
    with st.form(f"{key}_form", border=False):
        cells = st.columns(WIDTHS, gap="small", vertical_alignment="bottom")
        _limits(cells, key, None)
        with cells[6], st.container(horizontal=True, gap="xxsmall"):
            st.form_submit_button("Add", type="primary", on_click=_add, args=(page, key, BudgetScope(scope)))
            st.form_submit_button("Cancel", type="tertiary", on_click=_edit, args=(None,))
    _meaning()


def _limits(cells: list[Any], key: str, budget: BudgetRecord | None) -> None:
    """Draw the fields of a budget as it is, or those of a new one."""
    period, then = (budget.period, budget.then) if budget else (Period.MONTH, Then.WARN)
    sums = (budget.warn_at, budget.stop_at) if budget else (None, None)
    cells[1].selectbox(
        "Period", list(Period), list(Period).index(period), format_func=PERIODS.__getitem__, key=f"{key}_period"
    )
    for cell, label, name, limit in zip(cells[2:4], ("Warn at", "Stop at"), ("warn", "stop"), sums, strict=True):
        cell.number_input(
            f"{label}, \\$", min_value=0.0, value=None if limit is None else float(limit), step=10.0, format="%.2f",
            placeholder="none", key=f"{key}_{name}",
        )  # fmt: skip
    cells[4].selectbox("Then", list(Then), list(Then).index(then), format_func=THENS.__getitem__, key=f"{key}_then")


def _meaning() -> None:
    words = "  \n".join(f"**{THENS[then]}**: {THEN_MEANS[then]}" for then in Then)
    st.caption(words)


def _names(page: Page, scope: BudgetScope) -> list[str]:
    people = page.services.people
    if scope is BudgetScope.TEAM:
        return [team.name for team in people.teams()]
    if scope is BudgetScope.PROJECT:
        return [project.name for project in people.projects()]
    if scope is BudgetScope.PERSON:
        return list(people.names())
    return list(people.tags()) if scope is BudgetScope.TAG else []


def _read(key: str) -> dict[str, Any]:
    state = st.session_state

    def limit(name: str) -> Decimal | None:
        found = state.get(f"{key}_{name}")
        return None if found is None else Decimal(str(found))

    return {
        "period": Period(state[f"{key}_period"]),
        "warn_at": limit("warn"),
        "stop_at": limit("stop"),
        "then": Then(state[f"{key}_then"]),
    }


def _edit(budget: int | None) -> None:
    st.session_state[_EDITED] = budget
    st.session_state[_PROBLEM] = ""


def _add(page: Page, key: str, scope: BudgetScope) -> None:
    name = str(st.session_state.get(f"{key}_name_{scope}") or "")
    if scope is not BudgetScope.EVERYTHING and not name:
        st.session_state[_PROBLEM] = f"**Nobody is named.**  \nChoose {SCOPES[scope]} above."
        return
    try:
        page.services.budgets.enter(scope=scope, name=name, person=page.person, **_read(key))
    except ClaudePrompterError as error:
        st.session_state[_PROBLEM] = problem_words(error)
        return
    _edit(None)
    st.session_state[_UNDO] = None


def _save(page: Page, standing: Standing, key: str) -> None:
    budget = standing.budget
    wanted = _read(key)
    if wanted == {name: getattr(budget, name) for name in wanted}:
        _edit(None)
        return
    try:
        number = page.services.budgets.change(budget.id, person=page.person, **wanted)
    except ClaudePrompterError as error:
        st.session_state[_PROBLEM] = problem_words(error)
        return
    _edit(None)
    st.session_state[_UNDO] = (budget.id, number, f"The budget of {whom(budget)} was changed.")


def _remove(page: Page, standing: Standing) -> None:
    try:
        page.services.budgets.end(standing.budget.id, person=page.person)
    except ClaudePrompterError as error:
        st.session_state[_PROBLEM] = problem_words(error)
        return
    _edit(None)
    st.session_state[_UNDO] = (standing.budget.id, None, f"The budget of {whom(standing.budget)} was removed.")


def _undo_line(page: Page) -> None:
    undo = st.session_state.get(_UNDO)
    if not undo:
        return
    ended, instead_of, words = undo
    with st.container(horizontal=True, vertical_alignment="center", key="budget_undo_line"):
        st.markdown(f":material/check: {safe_label(words)}", width="content")
        st.button(
            "Undo", key="budget_undo_button", icon=":material/undo:", on_click=_put_back, args=(page, ended, instead_of)
        )


def _put_back(page: Page, ended: int, instead_of: int | None) -> None:
    st.session_state[_UNDO] = None
    try:
        page.services.budgets.put_back(ended, instead_of=instead_of, person=page.person)
    except ClaudePrompterError as error:
        st.session_state[_PROBLEM] = problem_words(error)


def _earlier(page: Page) -> None:
    found = page.services.budgets.ended()
    if not found:
        return
    with st.expander(f"Changed or removed ({len(found)})", icon=":material/history:"):
        for each in found:
            with st.container(horizontal=True, vertical_alignment="center", key=f"budget_was_{each.budget.id}"):
                st.markdown(_earlier_words(each), width="stretch")
                st.button(
                    "Put back", key=f"budget_back_{each.budget.id}", type="tertiary", disabled=not page.admin,
                    on_click=_put_back, args=(page, each.budget.id, None),
                )  # fmt: skip


def _earlier_words(ended: Ended) -> str:
    budget = ended.budget
    who = safe_label(ended.by or "someone")
    limits = _escaped(limits_words(budget))
    return (
        f"{SCOPE_ICONS[budget.scope]} {safe_label(whom(budget))}, {PERIODS[budget.period]}: {limits}  \n"
        f":gray[:small[until {when(ended.at)}, by {who}]]"
    )


def _empty() -> None:
    st.markdown("**No budget yet.** Every run is allowed, whatever it costs.")
    st.caption(
        "A budget counts what a person, a team, a project, a tag or everything spends in a day, a week, a month or "
        "one run. At a sum it warns; at another it stops, or lets only this machine and our network go on."
    )


def _who_may(page: Page) -> str | None:
    if page.admin:
        return None
    return f"Budgets are set by {safe_label(', '.join(page.settings.admins))}."


def _limit(limit: Decimal | None) -> str:
    return "none" if limit is None else dollars(limit)


def _escaped(words: str) -> str:
    return words.replace("$", r"\$").replace("~", r"\~")
