"""`python -m core leaderboard`: which model is picked how often, how sure that is, and what judges and checks say."""

from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta
from typing import Any

import click

from core.bootstrap import Services, build
from core.errors import InputError
from core.labels.board import Board
from core.labels.judge_figures import JudgeFigures
from core.labels.strength import ModelStrength
from core.shell.output import json_option, say_json
from core.shell.workspaces import chosen, workspace_option
from core.store.history_filter import HistoryFilter


@click.command("leaderboard")
@click.option("--from", "first", metavar="DAY", help="Runs from this day on, UTC: 2026-10-01.")
@click.option("--to", "last", metavar="DAY", help="Runs up to this day, UTC, included.")
@click.option("--project", "projects", multiple=True, help="Runs of this project only; may be given again.")
@click.option("--tag", "tags", multiple=True, help="Runs with this tag only; may be given again.")
@click.option("--task", "tasks", multiple=True, help="Runs of this kind of task only; may be given again.")
@click.option("--by", "people", multiple=True, help="Picks of this person only; may be given again.")
@click.option("--names-hidden", is_flag=True, help="Only picks that were made with names hidden.")
@workspace_option
@json_option
def command(
    *,
    first: str | None,
    last: str | None,
    projects: tuple[str, ...],
    tags: tuple[str, ...],
    tasks: tuple[str, ...],
    people: tuple[str, ...],
    names_hidden: bool,
    workspace: str | None,
    as_json: bool,
) -> None:
    """Say how often each model is picked or tied, from people's picks; in JSON, shares lie between 0 and 1."""
    services = build(*chosen(workspace))
    end = _day(last, "--to")
    wanted = HistoryFilter(
        since=_day(first, "--from"),
        until=None if end is None else end + timedelta(days=1),
        projects=projects,
        tags=tags,
        tasks=tasks,
    )
    board = services.leaderboard.of(wanted, by=people, blind_only=names_hidden)
    if as_json:
        say_json(_everything(services, board, wanted))
        return
    for row in board.strengths.rows:
        click.echo(_line(board, row))
    for sentence in board.sentences():
        click.echo(sentence)
    for judge in services.second_raters.judges(wanted):
        click.echo(_judge_line(judge))


def _everything(services: Services, board: Board, wanted: HistoryFilter) -> dict[str, Any]:
    strengths = board.strengths
    return {
        "picks": strengths.picks,
        "decisive": strengths.decisive,
        "people": strengths.people,
        "prompts": strengths.prompts,
        "models": [asdict(row) | {"label": board.label(row.model), "picks": row.picks} for row in strengths.rows],
        "pairs": [
            {
                "first": each.record.first,
                "second": each.record.second,
                "wins": each.record.wins,
                "ties": each.record.ties,
                "losses": each.record.losses,
                "finding": each.finding.value,
                "better": each.better,
                "gap": each.gap,
                "more": each.more,
            }
            for each in board.answers
        ],
        "sentences": list(board.sentences()),
        "judges": [asdict(each) for each in services.second_raters.judges(wanted)],
        "checks": [asdict(each) for each in services.second_raters.checks(wanted)],
        "steadiness": [asdict(each) for each in services.steadiness.of_models(wanted)],
    }


def _line(board: Board, row: ModelStrength) -> str:
    if row.share is None:
        what = f"{row.needed} more decisive picks would make a start" if row.needed else "not linked with the others"
    else:
        low, high = (row.low or 0) * 100, (row.high or 0) * 100
        what = f"picked or tied {row.share * 100:.0f} in 100 (likely {low:.0f}-{high:.0f})"
    label = board.label(row.model)
    return f"{row.rank or '-':>2} {label:20} {what:48} {row.wins} won, {row.ties} tied, {row.losses} lost"


def _judge_line(judge: JudgeFigures) -> str:
    if judge.told is None:
        return f"AI judge {judge.label}: too few pairs that people judged too."
    return f"AI judge {judge.label} agrees with people in {judge.told.value * 100:.0f} % of {judge.told.number} pairs."


def _day(written: str | None, option: str) -> datetime | None:
    try:
        return None if written is None else datetime.combine(datetime.fromisoformat(written).date(), time(), UTC)
    except ValueError as error:
        raise InputError(f"{written!r} is no day.", next_step=f"Write {option} as 2026-10-01.") from error
