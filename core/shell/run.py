"""`python -m core run`: one prompt, several models, several shots, from a shell."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from core.bootstrap import Services, build, build_engine
from core.domain.run import Origin, RunPlan, ShotSettings, Strategy, Visibility
from core.domain.workspace import Workspace
from core.errors import InputError, NoModelChosen, UnreadableFile
from core.runs.plan import fill
from core.runs.tenure import EngineRuns
from core.settings import Settings
from core.shell.output import json_option, say_run
from core.shell.workspaces import chosen, workspace_option

PATIENCE_SECONDS = 1.0
ROUTER_SECONDS = 60.0
USUAL = ShotSettings()


@click.command("run")
@click.argument("prompt", required=False)
@click.option("--prompt-file", type=click.Path(path_type=Path), help="Read the prompt from this file.")
@click.option("--models", default="", help="Names, comma-separated: see `python -m core models`.")
@click.option("--auto", is_flag=True, help="Let the router choose, among --models where these are given.")
@click.option("--shots", default=1, show_default=True, help="Shots per model.")
@click.option("--system", default="", help="System prompt.")
@click.option("--temperature", default=USUAL.temperature, show_default=True, type=float)
@click.option("--max-tokens", default=USUAL.max_tokens, show_default=True, type=int, help="Longest answer.")
@click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="A value for {{NAME}} in the prompt.")
@click.option("--person", default="", help="Who runs this.")
@click.option("--team", default="")
@click.option("--project", default="")
@click.option("--tag", "tags", multiple=True)
@click.option("--offline", is_flag=True, help="Only models on this machine or our network.")
@workspace_option
@json_option
def command(  # noqa: PLR0917 - click hands over one argument per option
    prompt: str | None, prompt_file: Path | None, models: str, auto: bool, shots: int, system: str, temperature: float,
    max_tokens: int, variables: tuple[str, ...], person: str, team: str, project: str, tags: tuple[str, ...],
    offline: bool, workspace: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Run a prompt and print the answers. Ends with code 1 when no shot succeeded."""
    settings, where = chosen(workspace)
    template = _read(prompt, prompt_file)
    values = _values(variables)
    plan = RunPlan(
        prompt=fill(template, values) if values else template,
        template=template if values else "",
        variables=tuple(values.items()),
        models=tuple(name.strip() for name in models.split(",") if name.strip()),
        shots_per_model=shots,
        settings=ShotSettings(temperature=temperature, max_tokens=max_tokens, system=system),
        strategy=Strategy.OFFLINE if offline else Strategy.HYBRID,
        visibility=Visibility.TEAM,
        origin=Origin.SHELL,
        person=person,
        team=team,
        project=project,
        tags=tags,
    )
    services = build(settings, where)
    if not models and not auto:
        raise NoModelChosen("No model is chosen.", next_step="Name some with --models, or let --auto choose.")
    look_for(plan.models, services)
    if auto:
        services.routes.ready(ROUTER_SECONDS)
        plan = services.routes.at_press(plan)
        click.echo(f"Auto: {plan.auto.reason}" if plan.auto else "", err=True)
    with engine_running(services, settings, where):
        public_id = services.runs.start(plan)
        follower = services.live.follow(public_id)
        view = follower.view()
        while not view.state.settled:
            view = follower.wait(PATIENCE_SECONDS) or view
    run = services.runs.record(public_id, viewer=person)
    say_run(run, as_json=as_json)
    if not any(shot.state.answered for shot in run.shots):
        sys.exit(1)


def look_for(models: tuple[str, ...], services: Services) -> None:
    """Look around once where a model is not known yet: a server may have come up since the engine last looked."""
    known = {card.name for card in services.known_models.all()}
    if not known.issuperset(models):
        services.catalogue.look()
        services.remember_models()


@contextmanager
def engine_running(services: Services, settings: Settings, where: Workspace) -> Iterator[None]:
    """Have an engine for as long as the block lasts: the one that runs already, or one in this process."""
    if services.engine.status().state == "ready":
        yield
        return
    engine = build_engine(settings, where)
    try:
        engine.start()
    except EngineRuns:  # another process was quicker
        yield
        return
    try:
        yield
    finally:
        engine.stop()


def _read(prompt: str | None, prompt_file: Path | None) -> str:
    if prompt_file is None:
        return prompt or ""
    if prompt is not None:
        raise InputError("Two prompts are given.", next_step="Give the text or --prompt-file, not both.")
    try:
        return prompt_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(
            f"{prompt_file} cannot be read as text.",
            next_step="Check the path; the file must be UTF-8.",
            detail=str(error),
        ) from error


def _values(pairs: tuple[str, ...]) -> dict[str, str]:
    values = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    if len(values) != len(pairs):
        raise InputError("A --var is not of the form NAME=VALUE.", next_step="Write --var name=value, each name once.")
    return values
