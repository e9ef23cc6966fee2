"""`python -m core export RUN`: a run as result files or as JSON."""

from pathlib import Path

import click

from core.bootstrap import build
from core.shell.output import json_option, say_json
from core.shell.workspaces import chosen, workspace_option
from core.transfer.result_markdown import export_run
from core.transfer.run_json import run_to_dict


@click.command("export")
@click.argument("run")
@click.option("--to", "folder", type=click.Path(path_type=Path), help="Write one result file a model into this folder.")
@click.option("--person", default="", help="Who asks; runs that only their author may see need it.")
@workspace_option
@json_option
def command(run: str, folder: Path | None, person: str, workspace: str | None, as_json: bool) -> None:
    """Export a run by its id: result files into a folder, or JSON to the screen."""
    services = build(*chosen(workspace))
    record = services.runs.record(run, viewer=person)
    if folder is None or as_json:
        say_json(run_to_dict(record))
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in export_run(record).items():
        (folder / name).write_text(text, encoding="utf-8")
        click.echo(str(folder / name))
