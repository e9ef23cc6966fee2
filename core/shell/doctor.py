"""`python -m core doctor`: what is installed, set, stored and reachable, without a secret."""

import platform
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import click
import sqlalchemy as sa

from core.bootstrap import build
from core.domain.workspace import Workspace
from core.errors import ClaudePrompterError
from core.settings import Settings, read_settings
from core.shell.output import json_option, say_json
from core.store.size import measure

PACKAGES = ("streamlit", "litellm", "sqlmodel", "sqlalchemy", "pandas", "plotly", "scikit-learn", "torch")


@click.command("doctor")
@json_option
def command(as_json: bool) -> None:
    """Say how the app is doing here. Ends with code 1 where a workspace cannot be opened."""
    settings = read_settings()
    report: dict[str, Any] = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "packages": {name: _version(name) for name in PACKAGES},
        "settings": _settings(settings),
        "workspaces": {each.value: _workspace(settings, each) for each in Workspace},
    }
    if as_json:
        say_json(report)
    else:
        _say(report)
    if any("error" in facts for facts in report["workspaces"].values()):
        sys.exit(1)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _settings(settings: Settings) -> dict[str, Any]:
    return {
        "data folder": str(settings.data_dir),
        "team database": _without_password(settings.team_url),
        "forced workspace": settings.forced_workspace,
        "admins": len(settings.admins),
        "endpoints": {each.name: each.base_url for each in settings.endpoints},
        "ollama": settings.ollama_host,
    }


def _without_password(url: str) -> str:
    return sa.make_url(url).render_as_string(hide_password=True)


def _workspace(settings: Settings, workspace: Workspace) -> dict[str, Any]:
    try:
        services = build(settings, workspace)
        return {
            "engine": services.engine.status().state,
            "database": asdict(measure(services.database)),
            "models": {
                card.name: f"{card.place.value}, {card.price_state.value}, {card.status.value}"
                for card in services.known_models.all()
            },
        }
    except ClaudePrompterError as error:
        return {"error": error.message, "next step": error.next_step, "detail": error.detail}


def _say(report: dict[str, Any], indent: int = 0) -> None:
    for name, value in report.items():
        if isinstance(value, dict):
            click.echo(f"{'  ' * indent}{name}")
            _say(value, indent + 1)
        else:
            click.echo(f"{'  ' * indent}{name}: {value}")
