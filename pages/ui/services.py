"""The services of a workspace, built once per process, and what runs beside the pages: engine, demo data, an old bin.

Nothing here makes a page wait: all of it is started from a thread, after the first page is up.
"""

import importlib
import logging
import threading
import time
from datetime import UTC, datetime
from typing import Final

import streamlit as st

from core.bootstrap import Services, build
from core.domain.workspace import Workspace
from core.errors import ClaudePrompterError
from core.settings import Settings, read_settings
from core.store.database import Database
from core.store.history_filter import HistoryFilter
from core.store.retention import empty_bin
from pages.ui.warm_up import settle_memory

FIRST_PAGE_SECONDS: Final = 1.2
"""How long the first page is left alone before the engine starts to take its share of the processor."""
HISTORY_SECONDS: Final = 1.5
"""How long the engine is left alone in turn before the demo's history is made: a first run may come any moment."""

OF_OTHER_PAGES: Final = (
    "pandas",
    "pages.ui.history_view",
    "pages.ui.drawer",
    "pages.ui.settings_models",
    "pages.ui.costs_review",
)
"""What the first click on another page would wait for otherwise: pandas is what Streamlit draws tables with."""

logger = logging.getLogger(__name__)


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """Give what the environment says, read once. Raises SettingsError."""
    return read_settings()


@st.cache_resource(show_spinner=False)
def services_of(workspace: str) -> Services:
    """Give the services of one workspace, the same to every session. Raises StoreError where its database fails."""
    return build(settings(), Workspace(workspace))


@st.cache_resource(show_spinner=False)
def _known() -> dict[str, bool]:
    return {}


def team_holds_a_run() -> bool:
    """Tell whether the team's workspace was ever used; once it was, that holds for good. Raises StoreError."""
    if not _known().get("used"):
        team = Workspace.TEAM.value
        file = Database(settings().url_of(Workspace.TEAM)).path
        if file is not None and not file.exists():
            return False
        _known()["used"] = services_of(team).history.page(HistoryFilter(), limit=1).total_runs > 0
    return _known()["used"]


def usual_workspace() -> Workspace:
    """Give the workspace of who names none: the forced one, else the team's once it holds a run, else the demo."""
    forced = settings().forced_workspace
    if forced is not None:
        return forced
    try:
        return Workspace.TEAM if team_holds_a_run() else Workspace.DEMO
    except ClaudePrompterError:
        return Workspace.DEMO


class Starter:
    """Starts what a workspace needs beside its pages, once; the engine's keeper then keeps the engine alive."""

    def __init__(self) -> None:
        """Begin with nothing started."""
        self._lock = threading.Lock()
        self._started: set[Workspace] = set()

    def look_after(self, services: Services, workspace: Workspace) -> None:
        """See to it, from a thread and once a process, that the engine runs and the demo has its history."""
        with self._lock:
            if workspace in self._started:
                return
            self._started.add(workspace)
        timer = threading.Timer(FIRST_PAGE_SECONDS, _start, (services, workspace))
        timer.daemon = True
        timer.name = f"start-{workspace}"
        timer.start()


@st.cache_resource(show_spinner=False)
def starter() -> Starter:
    """Give the one starter of this process."""
    return Starter()


def _start(services: Services, workspace: Workspace) -> None:
    try:
        services.engine.ensure()
        for module in OF_OTHER_PAGES:
            importlib.import_module(module)
        settle_memory()
        empty_bin(services.database, now=datetime.now(UTC))
        if workspace is Workspace.DEMO:
            time.sleep(HISTORY_SECONDS)
            services.demo.ensure()
        services.catching_up.ensure()
    except (ClaudePrompterError, OSError):
        logger.exception("What runs beside the pages of the %s workspace could not be started", workspace)
