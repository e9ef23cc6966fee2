"""Settings: people and projects, what is kept, the bin, the demo made anew, and how well all is."""

from datetime import UTC, datetime, timedelta

import pytest

from core.domain.event import Event, EventKind
from core.store import outbox
from core.store.known_models import Health
from pages.ui import services
from pages.ui.settings_data import copy_of

TABS = ["Models and keys", "People", "Workspace and data", "About"]


def texts(test):
    return " ".join(element.value for kind in (test.markdown, test.caption) for element in kind)


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("workspace", ["demo", "team"])
def test_every_tab_opens_from_its_link(app, tab, workspace):
    test = app("settings", ws=workspace, tab=tab)
    assert not test.exception
    assert not test.error
    assert len(texts(test)) > 100


def test_a_project_is_added_and_pinned_inside(app):
    test = app("settings", tab="People")
    field = next(field for field in test.text_input if field.placeholder == "New project")
    field.input("People matters")
    next(button for button in test.button if button.label == "Add" and "project" in str(button.form_id)).click().run()
    people = services.services_of("demo").people
    assert [(project.name, project.inside_only) for project in people.projects()] == [("People matters", False)]
    test.toggle[0].set_value(True).run()
    assert people.projects()[0].inside_only
    assert not test.exception


def test_choosing_a_pinned_project_leaves_it_pinned(app):
    test = app("settings", name="Anna", tab="People")
    people = services.services_of("demo").people
    people.add_project("People matters", inside_only=True)
    test.run()
    test.sidebar.selectbox(key="my_project_demo").set_value("People matters").run()
    assert people.projects()[0].inside_only
    assert services.services_of("demo").preferences.get("my_project", scope="person:Anna") == "People matters"


def test_a_team_chosen_at_the_sidebars_foot_is_kept_for_the_person(app):
    test = app("settings", name="Anna")
    services.services_of("demo").people.add_team("Marketing")
    test.run()
    test.sidebar.selectbox(key="my_team_demo").set_value("Marketing").run()
    assert not test.exception
    assert services.services_of("demo").preferences.get("my_team", scope="person:Anna") == "Marketing"


def test_the_strategy_is_kept_for_the_person(app):
    test = app("settings", name="Anna")
    test.sidebar.segmented_control[0].set_value("offline").run()
    assert services.services_of("demo").preferences.get("my_strategy", scope="person:Anna") == "offline"


def test_a_copy_of_the_database_is_a_whole_sqlite_file(app):
    app("settings", tab="Workspace and data")
    assert copy_of(services.services_of("demo").database).startswith(b"SQLite format 3\x00")


def test_a_copy_is_kept_beside_the_database(app, settings):
    test = app("settings", ws="team", tab="Workspace and data")
    next(button for button in test.button if button.label == "Keep a copy here").click().run()
    assert not test.exception
    assert [path.name.endswith("-by-hand.db") for path in (settings.data_dir / "backups").iterdir()] == [True]


def test_making_the_demo_anew_asks_first(app, monkeypatch):
    test = app("settings", tab="Workspace and data")
    made = []
    monkeypatch.setattr(type(services.services_of("demo").demo), "reset", lambda self: made.append(1))
    next(button for button in test.button if button.label == "Make the demo anew").click().run()
    assert not made
    next(button for button in test.button if button.label == "Make it anew").click().run()
    assert made == [1]
    assert not test.exception


def test_the_teams_workspace_offers_no_demo_to_make_anew(app):
    test = app("settings", ws="team", tab="Workspace and data")
    assert "The demo" not in texts(test)


def test_about_says_that_nothing_of_the_demo_leaves(app):
    shown = texts(app("settings", tab="About"))
    assert "Sent elsewhere" in shown
    assert "Nothing of the demo leaves this app" in shown


def test_about_says_what_each_destination_took_why_not_and_what_was_lost(app):
    app("settings", ws="team", tab="About")
    database = services.services_of("team").database
    now = datetime.now(UTC)
    outbox.register(database, ["webhook+https://example.test/hook", "jsonl:/events.jsonl"])
    with database.write() as connection:
        started = Event(kind=EventKind.RUN_STARTED, at=now - timedelta(minutes=5), run="r")
        outbox.write(connection, [started, started])
        outbox.taken(connection, "jsonl:/events.jsonl", position=2, count=1234, now=now)
        outbox.refused(connection, "webhook+https://example.test/hook", error="It answered 500.", now=now, lost=7)
    shown = texts(app("settings", ws="team", tab="About"))
    assert "1,234 events" in shown
    assert "2 waiting for 5 minutes, **7 dropped**" in shown
    assert "It answered 500." in shown
    assert shown.index("Not taken") < shown.index("Delivered")


def test_about_shows_models_left_alone_and_how_busy_it_was(app):
    app("settings", ws="team", tab="About")
    team = services.services_of("team")
    team.known_models.note_health("lab/one", Health(failures=3, paused_until=None, reason=""), datetime.now(UTC))
    shown = texts(app("settings", ws="team", tab="About"))
    assert "lab/one: the last 3 requests failed" in shown
    assert "No model was asked in the last 24 hours." in shown
