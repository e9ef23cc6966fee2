"""`python -m core engine`: the process that asks the models."""

import logging
import signal
import sys
from types import FrameType

import click

from core.bootstrap import build_engine
from core.metrics.logs import log_as_json
from core.runs.tenure import EngineRuns
from core.shell.workspaces import chosen, workspace_option


@click.command("engine")
@workspace_option
@click.option("--parent", type=int, default=None, help="End when this process is gone and nothing is left to do.")
def command(workspace: str | None, parent: int | None) -> None:
    """Ask the models for one workspace until stopped. The app starts this by itself."""
    settings, where = chosen(workspace)
    if settings.log_format == "json":
        log_as_json()
    else:
        form = "%(asctime)s %(levelname)s %(name)s %(message)s"
        logging.basicConfig(level=logging.INFO, stream=sys.stderr, format=form)
    engine = build_engine(settings, where, parent=parent)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        engine.request_stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        engine.run()
    except EngineRuns as already:
        click.echo(already.message, err=True)
