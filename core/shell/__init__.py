"""The same services from a shell: one file a command, imported only when it is called."""

import importlib
import sys
from typing import Any

import click

from core.errors import ClaudePrompterError

COMMANDS = {
    "backtest": "core.shell.backtest",
    "costs": "core.shell.costs",
    "demo": "core.shell.demo",
    "doctor": "core.shell.doctor",
    "engine": "core.shell.engine",
    "export": "core.shell.export",
    "import": "core.shell.import_records",
    "leaderboard": "core.shell.leaderboard",
    "learn": "core.shell.learn",
    "models": "core.shell.models",
    "route": "core.shell.route",
    "run": "core.shell.run",
    "serve-metrics": "core.shell.serve_metrics",
}
"""Command names and the modules that hold them as `command`."""


class LazyCommands(click.Group):
    """A group that imports a command only when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give all names."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        module = COMMANDS.get(cmd_name)
        command: click.Command | None = importlib.import_module(module).command if module else None
        return command


@click.command(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Run one prompt on several models, and look at what came back."""


def main(arguments: list[str] | None = None) -> Any:
    """Carry out a command; an error of the product is printed as two plain lines and ends with code 2."""
    try:
        return cli.main(args=arguments, prog_name="python -m core", standalone_mode=True)
    except ClaudePrompterError as error:
        click.echo(error.message, err=True)
        if error.next_step:
            click.echo(error.next_step, err=True)
        if error.detail:
            click.echo(f"({error.detail})", err=True)
        sys.exit(2)
