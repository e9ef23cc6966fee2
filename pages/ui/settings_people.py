"""Settings, People: who is here, what runs are booked to, and how somebody proves who they are."""

import streamlit as st

from core.errors import ClaudePrompterError
from core.store.people import ProjectRecord
from pages.ui import gate
from pages.ui.page import Page
from pages.ui.problems import problem_words, show_problem
from pages.ui.text import safe_label
from pages.ui.words import plural


def draw(page: Page) -> None:
    """Draw the tab."""
    try:
        teams, projects = page.services.people.teams(), page.services.people.projects()
        names = page.services.people.names()
    except ClaudePrompterError as error:
        show_problem(error)
        return
    left, right = st.columns(2, gap="medium")
    with left:
        _teams(page, [team.name for team in teams])
        _projects(page, projects)
    with right:
        _names(names)
        _sign_in(page)


def _teams(page: Page, names: list[str]) -> None:
    with st.container(border=True):
        st.markdown("##### Teams")
        st.caption("What a run is booked to. Everyone chooses their own at the foot of the sidebar.")
        if names:
            st.markdown("  \n".join(f":material/groups: {safe_label(name)}" for name in names))
        _adder(page, "team")


def _projects(page: Page, projects: tuple[ProjectRecord, ...]) -> None:
    with st.container(border=True):
        st.markdown("##### Projects")
        st.caption("Prompts of a project that **stays inside** go to this machine and our network only.")
        for project in projects:
            key = f"inside_{page.workspace.value}_{project.id}"
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f":material/folder: {safe_label(project.name)}", width="stretch")
                st.toggle(
                    "Stays inside",
                    value=project.inside_only,
                    key=key,
                    disabled=not page.admin,
                    on_change=_pin,
                    args=(page, project.name, key),
                )
        _adder(page, "project")


def _adder(page: Page, what: str) -> None:
    form = st.form(f"add_{what}", clear_on_submit=True, border=False)
    with form, st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(f"New {what}", placeholder=f"New {what}", label_visibility="collapsed")
        added = st.form_submit_button("Add", icon=":material/add:")
    if added and (name or "").strip():
        try:
            people = page.services.people
            people.add_team(name) if what == "team" else people.add_project(name)
        except ClaudePrompterError as error:
            show_problem(error)
        else:
            st.rerun()


def _pin(page: Page, name: str, key: str) -> None:
    inside = bool(st.session_state[key])
    try:
        page.services.people.add_project(name, inside_only=inside)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
        return
    where = "stays inside" if inside else "may use every model"
    st.toast(f"{safe_label(name)} {where}.", icon=":material/check:")


def _names(names: tuple[str, ...]) -> None:
    with st.container(border=True):
        st.markdown("##### People")
        st.caption("Everyone who has run or picked something here.")
        if not names:
            st.markdown("Nobody has said who they are yet.")
            return
        st.markdown(f"{plural(len(names), 'person', 'people')}: {safe_label(', '.join(names[:60]))}")
        if len(names) > 60:
            st.caption(f"and {len(names) - 60:,} more")


def _sign_in(page: Page) -> None:
    with st.container(border=True):
        st.markdown("##### Sign-in")
        if gate.oidc_configured():
            st.markdown(":green-badge[:material/lock: On] People sign in; their names come from there.")
        elif gate.trusted_headers():
            st.markdown(":green-badge[:material/lock: On] A trusted proxy says who is here.")
        else:
            st.markdown(
                ":gray-badge[:material/computer: This machine only] "
                "Nobody signs in, so the app answers this machine alone. People name themselves, once per browser."
            )
            with st.expander("Open it for a team"):
                st.code(gate.REFUSAL.partition("let people sign in first. ")[2], language=None, wrap_lines=True)
        admins = ", ".join(page.settings.admins)
        st.caption(
            f"Models are connected and rules changed by: {safe_label(admins)} (CLAUDEPROMPTER_ADMINS)."
            if admins
            else "Everyone here may connect models and change rules. CLAUDEPROMPTER_ADMINS names those who may."
        )
