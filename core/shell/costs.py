"""`python -m core costs`: what was spent; `costs focus OUT.csv` as a FOCUS file; `costs reconcile FILE`: a bill."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from core.bootstrap import build
from core.costs.bills.kept import Bills
from core.costs.bills.reading import read_bill
from core.costs.focus import write_focus
from core.costs.reconcile import Reconciled, reconcile
from core.costs.review import month_of_day
from core.costs.sums import Group, GroupSum, Totals
from core.errors import InputError
from core.shell.output import json_option, say_json
from core.shell.workspaces import chosen, workspace_option

GROUPS = click.Choice([group.value for group in Group])
from_option = click.option("--from", "first", metavar="DAY", help="First day, UTC: 2026-10-01. The month's first.")
to_option = click.option("--to", "last", metavar="DAY", help="Last day, UTC, included. Today.")


@click.group("costs", invoke_without_command=True)
@from_option
@to_option
@click.option("--by", type=GROUPS, default=Group.MODEL.value, show_default=True, help="How to split the sum.")
@workspace_option
@json_option
@click.pass_context
def command(  # noqa: PLR0917 - click hands over one argument per option
    context: click.Context, first: str | None, last: str | None, by: str, workspace: str | None, as_json: bool
) -> None:
    """Say what was spent, in all and by group, from the ledger's sums. All digits; days are UTC."""
    if context.invoked_subcommand is not None:
        return
    start, end = _period(first, last)
    total, groups = build(*chosen(workspace)).reviews.spent(start, end, by=Group(by))
    if as_json:
        say_json(
            {
                "from": start.isoformat(),
                "to": end.isoformat(),
                "by": by,
                "total": asdict(total),
                "groups": [asdict(group) for group in groups],
            }
        )
        return
    for group in groups:
        click.echo(f"{group.label or 'nobody named':40} {_amount(group):>20} {group.answers:>9,} answers")
    click.echo(f"{'in all':40} {f'${total.amount:f}':>20} {total.answers:>9,} answers  ({start} to {end}, UTC)")
    for doubt in _doubts(total):
        click.echo(doubt)


@command.command("focus")
@click.argument("out", type=click.Path(path_type=Path))
@from_option
@to_option
@workspace_option
def focus(out: Path, first: str | None, last: str | None, workspace: str | None) -> None:
    """Write the charges of a period as a FOCUS 1.2 file; what has no price goes to a file beside it."""
    start, end = _period(first, last)
    services = build(*chosen(workspace))
    try:
        report = write_focus(services.database, out, first=start, last=end)
    except OSError as error:
        raise InputError(
            f"{out} cannot be written.", next_step="Give a path in a folder that exists.", detail=str(error)
        ) from error
    for path in report.files:
        click.echo(str(path))
    click.echo(f"{report.rows:,} charges, ${report.amount:f}; {report.unpriced:,} attempts have no price.")


@command.command("reconcile")
@click.argument("file", type=click.Path(path_type=Path))
@workspace_option
@json_option
def reconcile_bill(file: Path, workspace: str | None, as_json: bool) -> None:
    """Read a provider's bill, keep it, and hold the ledger against it. The same file again changes nothing."""
    services = build(*chosen(workspace))
    lines = read_bill(file)
    if not lines:
        raise InputError(f"{file} bills nothing for models.", next_step="Export a period with usage.")
    report = Bills(services.database).take_in(lines, read_from=file.name)
    first, last = min(line.day for line in lines), max(line.day for line in lines)
    providers = {line.provider for line in lines}
    found = [each for each in reconcile(services.database, first=first, last=last) if each.provider in providers]
    if as_json:
        say_json({"lines": asdict(report), "providers": [_facts(each) for each in found]})
        return
    click.echo(
        f"{report.added} lines are new, {report.replaced} replaced earlier figures, {report.unchanged} were known."
    )
    for each in found:
        share = "nothing billed" if each.coverage is None else f"{each.coverage:.1%} of it seen here"
        click.echo(f"{each.provider}: billed ${each.billed:f} to {each.until}, here ${each.ours:f}; {share}")
        click.echo(f"  of the difference ${each.volume:f} is tokens, ${each.price:f} is price")


def _facts(found: Reconciled) -> dict[str, Any]:
    lines = [asdict(line) | {"seen": line.seen.value, "difference": line.difference} for line in found.lines]
    return asdict(found) | {"coverage": found.coverage, "lines": lines}


def _period(first: str | None, last: str | None) -> tuple[date, date]:
    end = _day(last) if last else datetime.now(UTC).date()
    start = _day(first) if first else month_of_day(end).first
    if start > end:
        raise InputError("The period ends before it begins.", next_step="Check --from and --to.")
    return start, end


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is no day.", next_step="Write days as 2026-10-31.") from None


def _amount(group: GroupSum) -> str:
    if group.free:
        return "no charge"
    known = f"${group.amount:f}"
    return "no price known" if group.unpriced_attempts and group.amount == Decimal(0) else known


def _doubts(total: Totals) -> list[str]:
    found = []
    if total.unpriced_attempts:
        found.append(
            f"{total.unpriced_attempts} attempts have no price known ({total.unpriced_tokens:,} tokens): not in it."
        )
    if total.silent:
        found.append(f"{total.silent} calls ended without usage; they could add ${total.could_add:.4f}.")
    if total.estimated_attempts:
        found.append(f"${total.estimated_amount:f} of it is our own count of {total.estimated_attempts} attempts.")
    return found
