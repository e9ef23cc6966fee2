"""Runs the migrations; apart from upgrade.py because alembic is only imported when there is something to do."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

MIGRATIONS = Path(__file__).with_name("migrations")


def run_steps(connection: Connection, folder: Path = MIGRATIONS) -> None:
    """Run the migrations that a database still lacks, inside the connection's own transaction."""
    config = _config(folder)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def known_versions(folder: Path = MIGRATIONS) -> frozenset[str]:
    """Give the versions of a database that this app has steps for."""
    scripts = ScriptDirectory.from_config(_config(folder))
    return frozenset(script.revision for script in scripts.walk_revisions())


def _config(folder: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config
