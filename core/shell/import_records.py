"""`python -m core import PATH…`: past runs of other tools, and outcomes made elsewhere, become runs here."""

import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from core.bootstrap import Services, build
from core.errors import UnreadableFile
from core.shell.output import json_option, say_json
from core.shell.workspaces import chosen, workspace_option
from core.transfer.outcome_import import OutcomesReport, import_outcomes
from core.transfer.outcomes import preview_outcomes
from core.transfer.records import ImportReport, import_records
from core.transfer.tables import format_of

BAD_SAID = 20


@dataclass(slots=True)
class _Came:
    """What came of all paths: reports of records and outcomes by path, and paths that could not be read."""

    records: dict[str, ImportReport]
    outcomes: dict[str, OutcomesReport]
    unread: dict[str, str]


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--pass-over-bad", is_flag=True, help="Import the good rows of an outcomes file that has bad ones.")
@click.option("--person", default="", help="Whose runs they become.")
@workspace_option
@json_option
def command(paths: tuple[Path, ...], pass_over_bad: bool, person: str, workspace: str | None, as_json: bool) -> None:
    """Import result files, run folders, zips of those, or outcomes as CSV, JSONL, Parquet or XLSX.

    Outcomes need the columns prompt, model and quality (0 to 1). A second import of the same adds nothing.
    """
    services = build(*chosen(workspace))
    came = _Came({}, {}, {})
    for path in paths:
        try:
            if format_of(path.name) is None:
                who = services.people.person(person) if person else None
                came.records[str(path)] = import_records(services.database, path, person_id=who)
            else:
                came.outcomes[str(path)] = _outcomes(services, path, person, pass_over_bad=pass_over_bad)
        except UnreadableFile as error:
            came.unread[str(path)] = str(error)
    if as_json:
        _say_json(came)
    else:
        _say(came)
    if came.unread:
        sys.exit(1)


def _outcomes(services: Services, path: Path, person: str, *, pass_over_bad: bool) -> OutcomesReport:
    try:
        file = path.open("rb")
    except OSError as error:
        raise UnreadableFile(
            f"{str(path)!r} cannot be read.", next_step="Check the path.", detail=str(error)
        ) from error
    with file:
        preview = preview_outcomes(path.name, file)
        for bad in preview.bad[:BAD_SAID]:
            click.echo(f"{path}: row {bad.number}: {bad.reason}", err=True)
        if preview.bad_rows > BAD_SAID:
            click.echo(f"{path}: and {preview.bad_rows - BAD_SAID:,} more bad rows", err=True)
        return import_outcomes(services.database, path.name, file, person=person, pass_over_bad=pass_over_bad)


def _say_json(came: _Came) -> None:
    reports = came.records.values()
    say_json(
        {
            "imported": [public_id for report in reports for public_id in report.imported],
            "skipped": [list(pair) for report in reports for pair in report.skipped],
            "warnings": [list(pair) for report in reports for pair in report.warnings],
            "outcomes": {path: asdict(report) for path, report in came.outcomes.items()},
            "unread": [list(pair) for pair in came.unread.items()],
        }
    )


def _say(came: _Came) -> None:
    for path, report in came.records.items():
        click.echo(f"{path}: {len(report.imported)} imported, {len(report.skipped)} left out")
        for public_id in report.imported:
            click.echo(f"  run {public_id}")
        for source, why in report.skipped:
            click.echo(f"  left out: {source}: {why}")
        for source, doubt in report.warnings:
            click.echo(f"  note: {source}: {doubt}")
    for path, outcomes in came.outcomes.items():
        click.echo(
            f"{path}: {outcomes.shots:,} outcomes imported ({outcomes.runs:,} new runs, {outcomes.grown:,} grown), "
            f"{outcomes.here_already:,} here already, {outcomes.passed_over:,} bad rows passed over"
        )
    for path, why in came.unread.items():
        click.echo(f"{path}: not read. {why}", err=True)
