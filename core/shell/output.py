"""How commands speak: JSON for machines, a few plain lines for people."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import click

from core.domain.money import CostState
from core.domain.run import RunRecord, ShotRecord
from core.transfer.run_json import run_to_dict

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def say_json(value: Mapping[str, Any] | list[Any]) -> None:
    """Print a value as JSON; sums of money as text with all digits and never an exponent."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: object) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def say_run(run: RunRecord, *, as_json: bool) -> None:
    """Print a run with its shots."""
    if as_json:
        say_json(run_to_dict(run))
        return
    for shot in run.shots:
        click.echo(f"── {shot.label}, shot {shot.shot_index} · {_facts(shot)}")
        click.echo(shot.text or f"{shot.error_message} {shot.error_next_step}".strip())
        click.echo("")
    click.echo(f"run {run.public_id} · {run.state.value} · {_sum(run)}")


def cost_words(shot: ShotRecord) -> str:
    """Give a shot's cost in words: never $0 where it is unknown."""
    if shot.cost_state is CostState.FREE:
        return "no charge"
    if shot.cost is None:
        return "no price known"
    about = "~" if shot.cost_state is CostState.ESTIMATED else ""
    return f"{about}${shot.cost:.6f}"


def _facts(shot: ShotRecord) -> str:
    seconds = "" if shot.total_ms is None else f"{shot.total_ms / 1000:.1f} s · "
    return f"{shot.state.value} · {seconds}{shot.input_tokens} in, {shot.output_tokens} out · {cost_words(shot)}"


def _sum(run: RunRecord) -> str:
    unknown = f" and {run.unpriced_shots} without a price" if run.unpriced_shots else ""
    return f"${run.cost:.6f}{unknown}"
