import threading

import pytest

from core.errors import InputError
from core.store.database import Database
from core.store.people import People, person_id, project_id, stays_inside, tag_ids, team_id


def test_a_person_is_added_once(database: Database) -> None:
    people = People(database)
    first = people.person("Anna", email="anna@example.org")
    assert people.person("  Anna ") == first
    assert people.person("Ben") != first
    assert people.names() == ("Anna", "Ben")


def test_names_come_in_the_order_a_person_expects(database: Database) -> None:
    people = People(database)
    for name in ("Émile", "carla", "Ben"):
        people.person(name)
    assert people.names() == ("Ben", "carla", "Émile")


def test_someone_without_a_name_is_nobody_in_particular(database: Database) -> None:
    with database.write() as connection:
        assert person_id(connection, "  ") is None
    with pytest.raises(InputError, match="needs a name"):
        People(database).person("")
    assert People(database).names() == ()


def test_a_name_of_any_script_is_kept_and_one_without_end_is_not(database: Database) -> None:
    people = People(database)
    people.person("王小明\x00")
    assert people.names() == ("王小明\ufffd",)
    with pytest.raises(InputError, match="120 characters"):
        people.person("x" * 121)


def test_projects_say_whether_their_prompts_stay_inside(database: Database) -> None:
    people = People(database)
    people.add_project("Spring")
    people.add_project("People matters", inside_only=True)
    assert [(project.name, project.inside_only) for project in people.projects()] == [
        ("People matters", True),
        ("Spring", False),
    ]
    with database.read() as connection:
        assert stays_inside(connection, "People matters")
        assert not stays_inside(connection, "Spring")
    assert not people.add_project("People matters", inside_only=False).inside_only
    assert not any(project.inside_only for project in people.projects())


def test_a_mistyped_project_is_refused_rather_than_made_without_its_rule(database: Database) -> None:
    People(database).add_project("People matters", inside_only=True)
    with database.write() as connection:
        with pytest.raises(InputError, match="no project named “Peopel matters”"):
            project_id(connection, "Peopel matters")
        assert project_id(connection, "") is None


def test_teams_are_known_by_name(database: Database) -> None:
    people = People(database)
    team = people.add_team("Marketing")
    assert people.add_team("Marketing") == team
    assert people.teams() == (team,)
    with database.read() as connection:
        assert team_id(connection, " Marketing") == team.id
        with pytest.raises(InputError, match="no team"):
            team_id(connection, "Sales")


def test_tags_are_added_as_they_come_each_once(database: Database) -> None:
    with database.write() as connection:
        first, second = tag_ids(connection, ["complaint", "urgent", "", " complaint "])
        assert tag_ids(connection, ["urgent"]) == (second,)
    assert first != second
    assert People(database).tags() == ("complaint", "urgent")


def test_one_name_given_in_many_places_at_once_is_one_person(database: Database) -> None:
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(People(database).person("Anna"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
