"""Which workspace a command works in."""

import click

from core.domain.workspace import Workspace
from core.settings import Settings, read_settings

workspace_option = click.option(
    "--workspace",
    type=click.Choice([each.value for each in Workspace]),
    default=None,
    help="The demo or the team's own; the team's own unless CLAUDEPROMPTER_WORKSPACE says otherwise.",
)


def chosen(name: str | None) -> tuple[Settings, Workspace]:
    """Give the settings and the workspace that a command works in."""
    settings = read_settings()
    return settings, Workspace(name) if name else settings.forced_workspace or Workspace.TEAM
