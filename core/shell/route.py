"""`python -m core route`: what Auto would do with a prompt, and why."""

import json
from typing import Any

import click

from core.bootstrap import build
from core.domain.route import Basis, Candidate, Route, RouteRequest
from core.domain.run import Strategy
from core.shell.output import json_option
from core.shell.workspaces import chosen, workspace_option

PATIENCE_SECONDS = 120.0


@click.command("route")
@click.argument("prompt")
@click.option("--models", default="", help="Choose among these only, comma-separated.")
@click.option("--project", default="")
@click.option("--team", default="")
@click.option("--person", default="")
@click.option("--tag", "tags", multiple=True)
@click.option("--strategy", type=click.Choice([each.value for each in Strategy]), default=Strategy.HYBRID.value)
@click.option("--keep", type=click.FloatRange(0.5, 1.0), help="Share of the best model's quality to keep.")
@workspace_option
@json_option
def command(  # noqa: PLR0917 - click hands over one argument per option
    prompt: str, models: str, project: str, team: str, person: str, tags: tuple[str, ...], strategy: str,
    keep: float | None, workspace: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Print the receipt of Auto's choice for PROMPT; nothing is sent."""
    settings, where = chosen(workspace)
    services = build(settings, where)
    services.routes.ready(PATIENCE_SECONDS)
    route = services.routes.propose(
        RouteRequest(
            prompt=prompt,
            models=tuple(name.strip() for name in models.split(",") if name.strip()),
            strategy=Strategy(strategy),
            person=person,
            team=team,
            project=project,
            tags=tags,
            keep=keep,
        )
    )
    if as_json:
        click.echo(json.dumps(receipt(route), ensure_ascii=False, indent=2))
    else:
        _say(route)


def receipt(route: Route) -> dict[str, Any]:
    """Give the whole decision as JSON values; Decimals are text."""
    from pydantic import TypeAdapter  # noqa: PLC0415 - only here

    found: dict[str, Any] = TypeAdapter(Route).dump_python(route, mode="json")
    return found


def _say(route: Route) -> None:
    if route.basis is Basis.NOTHING:
        click.echo(f"{route.reason} {route.next_step}")
    else:
        labels = " and ".join(each.label for each in map(route.candidate, route.choice) if each is not None)
        click.echo(f"Auto would ask {labels}: {route.reason}")
    for each in route.candidates:
        click.echo(_line(each))
    for gone in route.removed:
        click.echo(f"  {gone.label}: out. {gone.reason}")
    if route.classified.task:
        click.echo(f"It reads as: {route.classified.task} ({route.classified.source.value})")


def _line(each: Candidate) -> str:
    cost = "no price known" if each.cost is None else "no charge" if not each.cost else f"~${each.cost:.6f}"
    took = "" if each.seconds is None else f", {each.seconds:.1f} s"
    span = f"{100 * each.quality:.0f} in 100 ({100 * each.low:.0f}–{100 * each.high:.0f})"
    return f"  {each.label}: {span}, {cost}{took}. {each.because}"
