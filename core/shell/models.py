"""`python -m core models`: what can be asked, where it runs, at what price, and whether it is up."""

from dataclasses import asdict
from typing import Any

import click

from core.bootstrap import build
from core.domain.model import ModelCard
from core.shell.output import json_option, say_json
from core.shell.workspaces import chosen, workspace_option


@click.command("models")
@click.option("--search", default="", help="Only names that hold this.")
@workspace_option
@json_option
def command(search: str, workspace: str | None, as_json: bool) -> None:
    """Look around now, and list every model with its place, price and whether it can be reached."""
    services = build(*chosen(workspace))
    services.catalogue.look()
    services.remember_models()
    cards = [card for card in services.known_models.all() if search.lower() in card.name.lower()]
    if as_json:
        say_json([_facts(card) for card in cards])
        return
    for card in cards:
        click.echo(f"{card.name:50} {card.place.value:8} {_price(card):28} {card.status.value} {card.status_reason}")
    if not cards:
        click.echo("No model is connected. Set a provider's key, start Ollama, or name a server (see the README).")


def _facts(card: ModelCard) -> dict[str, Any]:
    return asdict(card) | {"capabilities": sorted(card.capabilities), "reachable": card.status.value == "up"}


def _price(card: ModelCard) -> str:
    if card.price_state.value == "free":
        return "no charge"
    if card.input_price is None or card.output_price is None:
        return "no price known"
    return f"${card.input_price}/{card.output_price} per 1M"
