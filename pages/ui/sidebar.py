"""The sidebar under the map: what is going on, what it cost, which places may be used, and who I am."""

from datetime import UTC, datetime
from typing import Final

import streamlit as st

from core.costs.budget import Standing
from core.costs.spending import Spent
from core.domain.run import Strategy
from core.domain.workspace import Workspace
from core.errors import ClaudePrompterError
from pages.ui import choices, identity, workspaces
from pages.ui.budget_words import left_words, of_whom
from pages.ui.page import Page
from pages.ui.problems import problem_words
from pages.ui.router_network import draw_network_notice
from pages.ui.text import safe_label
from pages.ui.words import first_line, plural, sum_words

REFRESH_SECONDS: Final = 2.0
_STRATEGIES: Final = {Strategy.HYBRID: "Hybrid", Strategy.OFFLINE: "Offline", Strategy.ONLINE: "Online"}
_STRATEGY_HELP: Final = (
    "Which models new runs may use.  \n**Hybrid**: all of them.  \n"
    "**Offline**: this machine and our network only; nothing leaves.  \n**Online**: those outside only."
)


def draw(page: Page) -> None:
    """Draw the sidebar of an open page."""
    with st.sidebar:
        with (
            st.container()
        ):  # alone in it: what a fragment drew may be dropped, and nothing after it must lose its place
            _pulse(page)
        with st.container():
            draw_network_notice(page)
        _strategy(page)
        _me(page)
        _workspace(page)
        identity.remember()


@st.fragment(run_every=REFRESH_SECONDS)
def _pulse(page: Page) -> None:
    """Show the runs that are going and the sums; looked at anew every two seconds, away from the page's own run."""
    try:
        going = page.services.runs.going(viewer=page.person)
        today, month = page.services.spending.today(), page.services.spending.month()
        tightest = page.services.budgets.facing(person=page.person, team=page.team, project=page.project).tightest
        demo = page.services.demo.state() if page.demo else None
    except ClaudePrompterError as error:
        st.caption(problem_words(error))
        return
    for run in going[:3]:
        words = f"{first_line(run.prompt, longest=18)} · {run.settled} of {run.total}"
        page.link("run", safe_label(words), icon=":material/progress_activity:", run=run.public_id)
    if len(going) > 3:
        st.caption(f"and {plural(len(going) - 3, 'more run', 'more runs')} going")
    if demo is not None and demo.state == "making":
        done = demo.done / demo.total if demo.total else 0.0
        st.progress(min(done, 1.0), text="Making up the demo's history")
    if page.name == "costs":  # a link to the page one is on would look chosen twice
        st.caption(_sums(today, month))
    else:
        page.link("costs", _sums(today, month), icon=":material/payments:")
    if tightest is not None and tightest.to_go is not None:
        st.progress(min(tightest.share, 1.0), text=_left(tightest))


def _sums(today: Spent, month: Spent) -> str:
    """Give `Today $0.41 · Nov $212.40`; while calls are under way, with what they cost so far and a ~ in front."""
    name = f"{datetime.now(UTC):%b}"
    return f"Today **{_sum(today)}** · {name} **{_sum(month)}**"


def _sum(spent: Spent) -> str:
    words = sum_words(spent.amount + spent.going, unpriced=spent.unpriced_attempts, estimated=spent.going > 0)
    return words.replace("$", r"\$").replace("~", r"\~")


def _left(standing: Standing) -> str:
    words = f"{left_words(standing)} · {of_whom(standing.budget)}"
    mark = ":orange[:material/warning:] " if standing.warned or standing.reached else ""
    return f"{mark}{safe_label(words)}"


def _strategy(page: Page) -> None:
    key = f"strategy_{page.workspace.value}"
    st.segmented_control(
        "Models that may be used",
        list(_STRATEGIES),
        format_func=_STRATEGIES.__getitem__,
        default=page.strategy,
        key=key,
        required=True,
        help=_STRATEGY_HELP,
        width="stretch",
        on_change=_keep_strategy,
        args=(page, key),
    )


def _keep_strategy(page: Page, key: str) -> None:
    _keep(page, choices.STRATEGY, str(st.session_state[key]))


def _me(page: Page) -> None:
    words = " · ".join(filter(None, (page.identity.name or "Your name?", page.team, page.project)))
    with st.popover(safe_label(first_line(words, longest=30)), icon=":material/account_circle:", width="stretch"):
        _name(page)
        _booked(page, "Team", choices.TEAM, page.team, [team.name for team in page.services.people.teams()])
        projects = [project.name for project in page.services.people.projects()]
        _booked(page, "Project", choices.PROJECT, page.project, projects)
        if page.identity.signed_in and st.user.get("is_logged_in"):
            st.button("Sign out", icon=":material/logout:", on_click=st.logout, width="stretch")


def _name(page: Page) -> None:
    if page.identity.signed_in:
        st.markdown(f"**{safe_label(page.identity.shown)}**")
        if page.identity.email:
            st.caption(safe_label(page.identity.email))
        return
    st.text_input(
        "Your name",
        value=page.identity.name,
        key="_name_changed",
        placeholder="Put on your runs and picks",
        max_chars=identity.LONGEST_NAME,
        on_change=lambda: identity.give_name(str(st.session_state["_name_changed"] or "")),
    )


def _booked(page: Page, label: str, kind: str, chosen: str, known: list[str]) -> None:
    """Draw one thing that runs are booked to: choose one, or type a new name to add it."""
    key = f"{kind}_{page.workspace.value}"
    options = known if not chosen or chosen in known else [*known, chosen]
    st.selectbox(
        label,
        options,
        index=options.index(chosen) if chosen else None,
        key=key,
        placeholder="None",
        accept_new_options=True,
        on_change=_keep_booking,
        args=(page, kind, key, tuple(known)),
    )


def _keep_booking(page: Page, kind: str, key: str, known: tuple[str, ...]) -> None:
    name = str(st.session_state[key] or "").strip()
    try:
        if name and name not in known:
            people = page.services.people
            name = people.add_team(name).name if kind == choices.TEAM else people.add_project(name).name
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
        return
    _keep(page, kind, name)


def _keep(page: Page, kind: str, value: str) -> None:
    try:
        choices.keep(page.services, page.identity, page.workspace, kind, value)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")


def _workspace(page: Page) -> None:
    label = "Demo: simulated" if page.demo else "Our workspace"
    icon = ":material/science:" if page.demo else ":material/groups:"
    if not workspaces.may_switch(page.settings):
        st.caption(f"{icon} {label}")
        return
    with st.popover(f":orange[{label}]" if page.demo else label, icon=icon, width="stretch"):
        if page.demo:
            st.markdown("**Everything here is made up**: the models, the history, the costs. Nothing is sent anywhere.")
            st.button(
                "Open our own workspace",
                icon=":material/groups:",
                on_click=workspaces.switch,
                args=(Workspace.TEAM,),
                width="stretch",
            )
        else:
            st.markdown("**Our own workspace**: real models, real costs.")
            st.button(
                "Open the demo",
                icon=":material/science:",
                on_click=workspaces.switch,
                args=(Workspace.DEMO,),
                width="stretch",
            )
        st.caption("This moves this browser tab alone. A link always opens the workspace it was made in.")
