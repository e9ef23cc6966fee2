"""Opens the usual workspace while the first browser is still loading the pages' own files.

Imports nothing of the product itself: the server answers first, and what the pages stand on is read meanwhile.
"""

import gc
import importlib
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

OF_THE_FIRST_PAGE = ("pages.ui.composer", "pages.ui.run_view", "numpy")
"""What the first page imports late: numpy is what Streamlit reads the icon of the browser's tab with."""

logger = logging.getLogger(__name__)


@asynccontextmanager
async def warm_up(_app: object) -> AsyncIterator[dict[str, object]]:
    """Begin in a thread as the server starts; what fails there is said on the page that meets it."""
    threading.Thread(target=_warm, name="warm-up", daemon=True).start()
    yield {}


def settle_memory() -> None:
    """Take everything that is there by now out of the reach of garbage collection.

    Streamlit collects all garbage after every run of a page or fragment. Over the classes and functions of a few
    hundred modules that took 90 ms a time (measured), several times a second while a run is followed; none of them
    ever becomes garbage.
    """
    gc.collect()
    gc.freeze()


def _warm() -> None:
    from core.domain.workspace import Workspace  # noqa: PLC0415 - see above
    from core.errors import ClaudePrompterError  # noqa: PLC0415
    from core.metrics.logs import log_as_json  # noqa: PLC0415
    from pages.ui import services  # noqa: PLC0415

    for module in OF_THE_FIRST_PAGE:
        importlib.import_module(module)
    try:
        if services.settings().log_format == "json":
            log_as_json()
        services.services_of(services.usual_workspace().value)
        if services.usual_workspace() is Workspace.DEMO:
            services.services_of(Workspace.TEAM.value)  # the demo's first page says what was found for the team
    except (ClaudePrompterError, OSError) as error:
        logger.warning("The workspace could not be opened ahead: %s", error)
    settle_memory()
