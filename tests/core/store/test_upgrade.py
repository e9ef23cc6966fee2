import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from core.errors import StoreError, StoreTooNew
from core.store import upgrade as upgrading
from core.store.columns import Vector
from core.store.database import Database, table
from core.store.search_texts import INDEX
from core.store.steps import run_steps
from core.store.tables import Person, Project, Run, Table
from core.store.upgrade import HEAD, add_beside, upgrade, version_of

NOW = datetime(2026, 11, 12, 14, 2, tzinfo=UTC)


def differences(database: Database) -> list[object]:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                # Vectors are pgvector's where PostgreSQL has it, bytes elsewhere.
                "compare_type": lambda *of: False if isinstance(of[3], Vector) else None,
                "compare_server_default": True,
                "include_name": lambda name, kind, _of: kind != "table" or not str(name).startswith(INDEX),
            },
        )
        return list(compare_metadata(context, Table.metadata))


def spelled(index: Any) -> dict[str, object]:
    options = {key: str(value) for key, value in sorted(index.get("dialect_options", {}).items())}
    return {**index, "dialect_options": options}


def table_names(database: Database) -> list[str]:
    """All tables but those of the index of words, which is no migration's business."""
    names = sa.inspect(database.engine).get_table_names()
    return sorted(name for name in names if not name.startswith(INDEX))


def schema(database: Database) -> dict[str, object]:
    """All that the database itself says of its tables, in an order that does not depend on how they were made."""
    found: dict[str, object] = {}
    inspector = sa.inspect(database.engine)
    for name in table_names(database):
        found[name] = {
            "columns": [
                (column["name"], str(column["type"]), column["nullable"], column["default"])
                for column in inspector.get_columns(name)
            ],
            "key": inspector.get_pk_constraint(name),
            "foreign": sorted(inspector.get_foreign_keys(name), key=lambda key: str(key["name"])),
            "unique": sorted(inspector.get_unique_constraints(name), key=lambda key: str(key["name"])),
            "indexes": sorted(str(index) for index in map(spelled, inspector.get_indexes(name))),
        }
    return found


def step_by_step(database: Database) -> None:
    with database.write() as connection:
        run_steps(connection)
        add_beside(connection)


def test_a_new_database_has_the_tables_of_this_version(empty_database: Database) -> None:
    upgrade(empty_database)
    assert version_of(empty_database) == HEAD
    assert set(table_names(empty_database)) == {*Table.metadata.tables, "alembic_version"}


def test_the_steps_and_the_tables_agree(empty_database: Database) -> None:
    step_by_step(empty_database)
    assert differences(empty_database) == []


def test_a_database_made_at_once_equals_one_that_took_every_step(
    empty_database: Database,
) -> None:
    upgrade(empty_database)
    at_once = schema(empty_database)
    with empty_database.write() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
        Table.metadata.drop_all(connection)
    step_by_step(empty_database)
    assert schema(empty_database) == at_once


def test_the_newest_step_is_the_one_that_a_start_compares_with() -> None:
    scripts = ScriptDirectory(str(upgrading.MIGRATIONS))
    assert scripts.get_current_head() == HEAD


def test_nothing_happens_to_a_database_of_this_version(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrading, "_alone", lambda _database: pytest.fail("took the lock without need"))
    upgrade(database)


def test_a_start_with_nothing_to_do_does_not_import_alembic(sqlite_database: Database) -> None:
    program = (
        "import sys\n"
        "from core.store.database import Database\n"
        "from core.store.upgrade import upgrade\n"
        f"upgrade(Database({sqlite_database.url.render_as_string()!r}))\n"
        "sys.exit('alembic' in sys.modules)\n"
    )
    root = Path(__file__).resolve().parents[3]
    assert subprocess.run([sys.executable, "-c", program], cwd=root, check=False).returncode == 0


def test_a_database_of_a_newer_app_is_refused_and_left_alone(database: Database) -> None:
    with database.write() as connection:
        connection.execute(upgrading.VERSION.update().values(version_num="9999"))
    with pytest.raises(StoreTooNew, match="newer version") as refused:
        upgrade(database)
    assert "Update the app" in refused.value.next_step
    assert version_of(database) == "9999"


def test_tables_that_this_app_did_not_make_are_left_alone(empty_database: Database) -> None:
    with empty_database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE run (theirs INTEGER)")
    with pytest.raises(StoreError, match="did not make"):
        upgrade(empty_database)
    assert sa.inspect(empty_database.engine).get_table_names() == ["run"]


def test_any_number_may_start_at_once(database_url: str) -> None:
    databases = [Database(database_url) for _ in range(6)]
    faults: list[BaseException] = []
    together = threading.Barrier(len(databases))

    def start(database: Database) -> None:
        together.wait()
        try:
            upgrade(database)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=start, args=(database,)) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert {version_of(database) for database in databases} == {HEAD}
    for database in databases:
        database.close()


@pytest.fixture
def older(sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database of this version with one row, where the app knows one more step: it rebuilds the table of projects."""
    steps = tmp_path / "steps"
    (steps / "versions").mkdir(parents=True)
    for step in (upgrading.MIGRATIONS / "env.py", *(upgrading.MIGRATIONS / "versions").glob("0*.py")):
        (steps / step.relative_to(upgrading.MIGRATIONS)).write_text(step.read_text())
    (steps / "versions" / "next.py").write_text(
        "import sqlalchemy as sa\n"
        "from alembic import op\n"
        "revision = 'next'\n"
        f"down_revision = {HEAD!r}\n"
        "def upgrade():\n"
        "    with op.batch_alter_table('project', recreate='always') as batch:\n"
        "        batch.add_column(sa.Column('colour', sa.String(), nullable=False, server_default='blue'))\n"
    )
    monkeypatch.setattr(upgrading, "MIGRATIONS", steps)
    monkeypatch.setattr(upgrading, "HEAD", "next")
    with sqlite_database.write() as connection:
        connection.execute(table(Project).insert().values(id=7, name="Spring"))
        connection.execute(
            table(Run)
            .insert()
            .values(
                public_id="one",
                origin="page",
                state="done",
                created_at=NOW,
                project_id=7,
                visibility="team",
                strategy="hybrid",
                prompt="Hello",
            )
        )
    return sqlite_database


def test_an_upgrade_keeps_the_rows_and_a_copy_of_the_file_before_it(older: Database) -> None:
    upgrade(older)
    with older.read() as connection:
        assert connection.exec_driver_sql("SELECT name, colour FROM project").all() == [("Spring", "blue")]
        assert connection.exec_driver_sql("SELECT project_id FROM run").all() == [(7,)]
    assert older.path is not None
    (copy,) = (older.path.parent / "backups").glob("*.db")
    kept = sqlite3.connect(copy)
    assert kept.execute("SELECT * FROM project").fetchall() == [(7, "Spring", 0)]
    assert kept.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
    kept.close()


def test_foreign_keys_are_watched_again_after_an_upgrade(older: Database) -> None:
    upgrade(older)
    with pytest.raises(StoreError), older.write() as connection:
        connection.exec_driver_sql("UPDATE run SET project_id = 99")


def test_a_step_that_fails_changes_nothing(older: Database) -> None:
    step = upgrading.MIGRATIONS / "versions" / "next.py"
    step.write_text(step.read_text() + "    raise RuntimeError('the step broke')\n")
    with pytest.raises(RuntimeError, match="the step broke"):
        upgrade(older)
    assert version_of(older) == HEAD
    with older.read() as connection:
        assert connection.exec_driver_sql("SELECT * FROM project").all() == [(7, "Spring", 0)]


def test_an_upgrade_that_would_orphan_rows_is_taken_back(older: Database) -> None:
    step = upgrading.MIGRATIONS / "versions" / "next.py"
    step.write_text(step.read_text() + "    op.execute('DELETE FROM project')\n")
    with pytest.raises(StoreError, match="point nowhere"):
        upgrade(older)
    assert version_of(older) == HEAD


def test_a_new_database_leaves_no_copy_behind(sqlite_database: Database) -> None:
    assert sqlite_database.path is not None
    assert not (sqlite_database.path.parent / "backups").exists()


def test_people_have_one_name_each(database: Database) -> None:
    with pytest.raises(StoreError), database.write() as connection:
        connection.execute(table(Person).insert(), [{"name": "Anna", "created_at": NOW}] * 2)
