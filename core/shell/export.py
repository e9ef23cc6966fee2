"""`python -m core export [RUN…]`: runs as result files or JSON; answers, labels and preferred pairs as tables."""

import sys
from pathlib import Path
from typing import BinaryIO

import click

from core.bootstrap import Services, build
from core.errors import InputError
from core.shell.output import json_option, say_json
from core.shell.workspaces import chosen, workspace_option
from core.store.history_filter import HistoryFilter
from core.transfer.export_tables import Export, export_tables
from core.transfer.preference_pairs import export_pairs
from core.transfer.result_markdown import export_run
from core.transfer.rows import TableFormat
from core.transfer.run_json import run_to_dict

PAIRS = "pairs"


@click.command("export")
@click.argument("runs", nargs=-1)
@click.option(
    "--to", "target", type=click.Path(path_type=Path), help="The folder of result files, or the table's file."
)
@click.option("--format", "kind", type=click.Choice([each.value for each in TableFormat]), help="Write one table.")
@click.option(
    "--what",
    type=click.Choice([*(each.value for each in Export), "both", PAIRS]),
    default=Export.ANSWERS.value,
    show_default=True,
    help="Answers; labels; both, as two sheets of a workbook; or pairs of answers, chosen and rejected, as JSON lines.",
)
@click.option("--words", default="", help="Export the runs that say this, instead of naming them.")
@click.option("--all", "everything", is_flag=True, help="Export every run.")
@click.option("--person", default="", help="Who asks; runs that only their author may see need it.")
@workspace_option
@json_option
def command(
    *,
    runs: tuple[str, ...],
    target: Path | None,
    kind: str | None,
    what: str,
    words: str,
    everything: bool,
    person: str,
    workspace: str | None,
    as_json: bool,
) -> None:
    """Export runs by their ids: result files into a folder, JSON to the screen, or tables with --format."""
    services = build(*chosen(workspace))
    if kind is None and what != PAIRS:
        _records(services, runs, target, person, as_json=as_json)
        return
    named = runs
    if words or everything:
        named = services.history.ids(HistoryFilter(words=words, viewer=person))
    if not named:
        raise InputError("There is no run to export.", next_step="Name runs, or use --words or --all.")

    def write(to: BinaryIO) -> None:
        _table(services, named, to, kind=TableFormat(kind or "csv"), what=what, person=person)

    if target is None:
        write(sys.stdout.buffer)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        write(file)
    click.echo(str(target))


def _records(services: Services, runs: tuple[str, ...], folder: Path | None, person: str, *, as_json: bool) -> None:
    if not runs:
        raise InputError("There is no run to export.", next_step="Name a run, or choose a --format.")
    for run in runs:
        record = services.runs.record(run, viewer=person)
        if folder is None or as_json:
            say_json(run_to_dict(record))
            continue
        within = folder / run if len(runs) > 1 else folder
        within.mkdir(parents=True, exist_ok=True)
        for name, text in export_run(record).items():
            (within / name).write_text(text, encoding="utf-8")
            click.echo(str(within / name))


def _table(
    services: Services, runs: tuple[str, ...], to: BinaryIO, *, kind: TableFormat, what: str, person: str
) -> None:
    if what == PAIRS:
        export_pairs(services.database, to, runs=runs, viewer=person)
        return
    wanted = tuple(Export) if what == "both" else (Export(what),)
    export_tables(services.database, kind, to, runs=runs, what=wanted, viewer=person)
