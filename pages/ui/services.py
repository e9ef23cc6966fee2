"""The services of a workspace, built once per process, and what runs beside the pages: engine and demo data.

Nothing here makes a page wait: the engine and the demo's history are started from a thread, after the first page is up.
"""

import logging
import threading
import time
from typing import Final

import streamlit as st

from core.bootstrap import Services, build
from core.domain.workspace import Workspace
from core.errors import ClaudePrompterError
from core.settings import Settings, read_settings
from core.store.database import Database
from core.store.history_filter import HistoryFilter

FIRST_PAGE_SECONDS: Final = 0.4
"""How long the first page is left alone before the engine starts to take its share of the processor."""
LOOK_AGAIN_SECONDS: Final = 5.0

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


class Starter:
    """Starts what a workspace needs beside its pages, and looks again now and then while pages are opened."""

    def __init__(self) -> None:
        """Begin with nothing started."""
        self._lock = threading.Lock()
        self._looked: dict[str, float] = {}

    def look_after(self, services: Services, workspace: Workspace) -> None:
        """See to it, from a thread, that the engine runs and the demo has its history; at most every few seconds."""
        now = time.monotonic()
        with self._lock:
            last = self._looked.get(workspace)
            if last is not None and now - last < LOOK_AGAIN_SECONDS:
                return
            self._looked[workspace] = now
        timer = threading.Timer(FIRST_PAGE_SECONDS if last is None else 0.0, _start, (services, workspace))
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
        if workspace is Workspace.DEMO:
            services.demo.ensure()
    except (ClaudePrompterError, OSError):
        logger.exception("What runs beside the pages of the %s workspace could not be started", workspace)
