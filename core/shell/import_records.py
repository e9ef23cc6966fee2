"""`python -m core import PATH…`: past runs of other tools become runs here."""

import sys
from pathlib import Path

import click

from core.bootstrap import build
from core.errors import UnreadableFile
from core.shell.output import json_option, say_json
from core.shell.workspaces import chosen, workspace_option
from core.transfer.records import ImportReport, import_records


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@workspace_option
@json_option
def command(paths: tuple[Path, ...], workspace: str | None, as_json: bool) -> None:
    """Import result files, run folders, or folders of those. A second import of the same adds nothing."""
    services = build(*chosen(workspace))
    reports: dict[str, ImportReport] = {}
    unread: dict[str, str] = {}
    for path in paths:
        try:
            reports[str(path)] = import_records(services.database, path)
        except UnreadableFile as error:
            unread[str(path)] = str(error)
    if as_json:
        say_json(
            {
                "imported": [public_id for report in reports.values() for public_id in report.imported],
                "skipped": [list(pair) for report in reports.values() for pair in report.skipped],
                "warnings": [list(pair) for report in reports.values() for pair in report.warnings],
                "unread": [list(pair) for pair in unread.items()],
            }
        )
    else:
        _say(reports, unread)
    if unread:
        sys.exit(1)


def _say(reports: dict[str, ImportReport], unread: dict[str, str]) -> None:
    for path, report in reports.items():
        click.echo(f"{path}: {len(report.imported)} imported, {len(report.skipped)} left out")
        for public_id in report.imported:
            click.echo(f"  run {public_id}")
        for source, why in report.skipped:
            click.echo(f"  left out: {source}: {why}")
        for source, doubt in report.warnings:
            click.echo(f"  note: {source}: {doubt}")
    for path, why in unread.items():
        click.echo(f"{path}: not read. {why}", err=True)
