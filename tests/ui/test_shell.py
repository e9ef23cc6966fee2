"""The frame without a browser: every page opens through it, whoever comes in by whichever way."""

import ast
from pathlib import Path

import pytest
import streamlit as st

from core.domain.workspace import Workspace
from pages.ui import gate, identity, shell
from pages.ui.page import FOLDER

SCRIPTS = sorted(path for path in FOLDER.glob("*.py") if path.name != "__init__.py")


def test_every_page_is_on_the_map_and_nothing_else_is():
    assert {entry.name for entry in shell.PAGES} == {path.stem for path in SCRIPTS}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_every_page_opens_through_the_frame_before_anything_else(path: Path):
    """Without it a deep link straight after the start would skip the map and the sign-in."""
    statements = [
        node
        for node in ast.parse(path.read_text()).body
        if not isinstance(node, ast.Import | ast.ImportFrom)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]
    first = statements[0]
    assert isinstance(first, ast.Assign | ast.AnnAssign)
    assert ast.unparse(first.value).startswith(f"open_page('{path.stem}'")


@pytest.mark.parametrize("name", [entry.name for entry in shell.PAGES])
def test_every_page_opens_and_names_its_workspace(app, name):
    test = app(name)
    assert not test.exception
    assert any("Demo: simulated" in element.value for element in test.main.markdown)


def test_the_first_start_opens_the_demo_and_says_so_in_the_address(app):
    assert app().query_params["ws"] == "demo"


def test_a_link_names_its_workspace(app):
    assert app(ws="team").query_params["ws"] == "team"


def test_a_made_up_workspace_opens_the_usual_one(app):
    assert app(ws="nonsense").query_params["ws"] == "demo"


def test_a_forced_workspace_wins_over_a_link(app, monkeypatch):
    monkeypatch.setenv("CLAUDEPROMPTER_WORKSPACE", "team")
    test = app(ws="demo")
    assert test.query_params["ws"] == "team"
    assert not any(Workspace.DEMO in str(button.label).lower() for button in test.sidebar.button)


def test_settings_that_cannot_be_used_are_said_in_plain_words(app, monkeypatch):
    monkeypatch.setenv("CLAUDEPROMPTER_WORKSPACE", "elsewhere")
    test = app()
    assert not test.exception
    assert "settings cannot be used" in test.error[0].value


def test_a_database_that_cannot_be_opened_is_said_in_plain_words(app, monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}")
    test = app(ws="team")
    assert not test.exception
    assert test.error


def test_a_name_from_the_cookie_is_known_and_not_asked_for(app):
    test = app("settings", name="Anna O'Neil")
    assert not [button for button in test.button if button.key == "save_name"]


def test_a_name_is_asked_for_once_and_can_wait(app):
    test = app("settings")
    test.button(key="name_later").click().run()
    assert not [button for button in test.button if button.key == "save_name"]


def test_without_sign_in_nothing_of_the_page_is_drawn(app, monkeypatch):
    monkeypatch.setattr(gate, "oidc_configured", lambda: True)
    monkeypatch.setattr(identity, "_providers", lambda: ("",))
    test = app("settings")
    assert [button.label for button in test.button] == ["Sign in"]
    assert not test.tabs
    assert not test.sidebar.caption


def test_a_proxy_that_does_not_say_who_it_is_opens_nothing(app, monkeypatch):
    monkeypatch.setattr(gate, "trusted_headers", lambda: {"X-Forwarded-Email": "email"})
    monkeypatch.setattr(identity, "_claim", lambda name: "")
    test = app("settings")
    assert "did not say who you are" in test.error[0].value
    assert not test.tabs


@pytest.mark.parametrize(
    ("admins", "email", "allowed"),
    [((), "anna@a.test", True), (("anna@a.test",), "Anna@A.test", True), (("cara@a.test",), "anna@a.test", False)],
)
def test_listed_admins_alone_may_connect_models(settings, admins, email, allowed):
    listed = settings.model_copy(update={"admins": admins})
    assert identity.may_administer(listed, name="Anna", email=email) is allowed


def test_somebody_without_a_name_and_address_is_no_admin_where_admins_are_listed(settings):
    listed = settings.model_copy(update={"admins": ("",)})
    assert not identity.may_administer(listed, name="", email="")


@pytest.mark.parametrize(("typed", "kept"), [("  Anna \n O\x00Neil ", "Anna O Neil"), ("x" * 99, "x" * 60), ("\t", "")])
def test_a_name_stays_on_one_line(typed, kept):
    assert identity.tidy_name(typed) == kept


def test_the_script_of_every_page_exists():
    assert all(Path(shell.script_of(entry.name)).is_file() for entry in shell.PAGES)


def test_streamlit_still_has_what_the_frame_stands_on():
    assert st.__version__.startswith("1.67.")
