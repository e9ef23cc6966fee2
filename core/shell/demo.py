"""`python -m core demo`: the made-up history of the demo."""

import json
import os

import click

from core.demo.data import DemoData
from core.domain.workspace import Workspace
from core.settings import read_settings
from core.store.database import Database
from core.store.upgrade import upgrade


@click.command("demo")
@click.option("--reset", is_flag=True, help="Delete all runs of the demo first, those of visitors too.")
@click.option("--if-empty", is_flag=True, help="Do nothing where the history is there and of today.")
@click.option("--json", "as_json", is_flag=True, help="Print the state for machines.")
def command(*, reset: bool, if_empty: bool, as_json: bool) -> None:
    """Fill the demo's database with its made-up history. The app starts this by itself."""
    if if_empty and hasattr(os, "nice"):
        os.nice(10)  # started beside a page that somebody is looking at
    settings = read_settings()
    database = Database(settings.url_of(Workspace.DEMO))
    upgrade(database)
    demo = DemoData(database, settings)
    make = demo.reset if reset else demo.fill_if_needed if if_empty else demo.fill
    made = make()
    state = demo.state()
    if as_json:
        click.echo(json.dumps({"state": state.state, "made": made, "runs": state.done, "total": state.total}))
    elif made:
        click.echo(f"The demo's history is there: {state.done:,} made-up runs.")
    elif state.state == "making":
        click.echo("Another process is making the demo's history.")
    else:
        click.echo("The demo's history is there already.")
