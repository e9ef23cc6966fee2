"""What leaves a workspace by itself, as the settings say: nothing, unless somebody set where to."""

from core.domain.workspace import Workspace
from core.llm.environment import environment
from core.metrics.drain import Drain
from core.metrics.figures import Figures
from core.metrics.sinks import make_sink, sink_name
from core.metrics.telemetry import NOTHING, Telemetry, wish
from core.settings import Settings
from core.store import outbox
from core.store.database import Database

LOG = "log:"


def is_exported(settings: Settings, workspace: Workspace) -> bool:
    """Tell whether a workspace's events and traces may leave: the team's; the demo's only where it is all there is.

    Made-up figures must not stand beside real ones in somebody's backend.
    """
    return workspace is Workspace.TEAM or settings.forced_workspace is workspace


def event_urls(settings: Settings, workspace: Workspace) -> tuple[str, ...]:
    """Give where the events of a workspace go; with a log of JSON lines they go there too."""
    if not is_exported(settings, workspace):
        return ()
    log = (LOG,) if settings.log_format == "json" and LOG not in settings.events else ()
    return settings.events + log


def announce(settings: Settings, workspace: Workspace, database: Database) -> None:
    """Note who takes events before anything happens, so that a run started before its engine is up is told too."""
    urls = event_urls(settings, workspace)
    if urls:
        outbox.register(database, [sink_name(url) for url in urls])


def companions(
    settings: Settings, workspace: Workspace, database: Database, figures: Figures
) -> tuple[Drain | Telemetry, ...]:
    """Give what an engine of the workspace carries along. Raises SettingsError for a URL of no known form."""
    environ = environment()
    sinks = [make_sink(url, workspace=workspace, environ=environ) for url in event_urls(settings, workspace)]
    wanted = wish(environ) if is_exported(settings, workspace) else NOTHING
    return Drain(database, sinks), Telemetry(database, wanted, figures, environ=environ)
