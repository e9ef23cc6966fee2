"""Runs and labels as tables: one row an answer, one row a word that was said of answers."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, BinaryIO

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.store import tables
from core.store.among import among
from core.store.database import Database, table
from core.store.history_filter import may_see
from core.store.item_verdicts import SETTLEMENT, settlements
from core.store.judgements import JUDGEMENT, read_judgements
from core.store.scores import QUALITY, SCORE, read_scores
from core.store.verdict_rows import VERDICT, read_verdicts
from core.transfer.rows import Column, Kind, Table, TableFormat
from core.transfer.tables import write_tables

RUN, SHOT, TAG, RUN_TAG = (table(each) for each in (tables.Run, tables.Shot, tables.Tag, tables.RunTag))
PERSON, TEAM, PROJECT = (table(each) for each in (tables.Person, tables.Team, tables.Project))
ITEM = table(tables.Item)
RUNS_AT_ONCE = 500


class Export(StrEnum):
    """What is taken out."""

    ANSWERS = "answers"
    LABELS = "labels"


def _columns(**kinds: Kind) -> tuple[Column, ...]:
    return tuple(Column(name=name, kind=kind) for name, kind in kinds.items())


ANSWERS = _columns(
    prompt=Kind.TEXT, model=Kind.TEXT, quality=Kind.NUMBER, answer=Kind.TEXT, task=Kind.TEXT, tags=Kind.TEXTS,
    cost_usd=Kind.MONEY, created_at=Kind.TIME, run=Kind.TEXT, shot=Kind.WHOLE, state=Kind.TEXT,
    quality_weight=Kind.NUMBER, cost_state=Kind.TEXT, label=Kind.TEXT, place=Kind.TEXT, person=Kind.TEXT,
    team=Kind.TEXT, project=Kind.TEXT, origin=Kind.TEXT, simulated=Kind.YES_NO, thinking=Kind.TEXT,
    input_tokens=Kind.WHOLE, output_tokens=Kind.WHOLE, thinking_tokens=Kind.WHOLE, first_token_ms=Kind.NUMBER,
    total_ms=Kind.NUMBER, error=Kind.TEXT,
)  # fmt: skip
LABELS = _columns(
    run=Kind.TEXT, prompt=Kind.TEXT, source=Kind.TEXT, by=Kind.TEXT, outcome=Kind.TEXT, model=Kind.TEXT,
    shot=Kind.WHOLE, compared=Kind.TEXTS, names_hidden=Kind.YES_NO, score=Kind.NUMBER, note=Kind.TEXT,
    item=Kind.TEXT, seconds=Kind.NUMBER, said_at=Kind.TIME, version=Kind.TEXT, simulated=Kind.YES_NO,
)  # fmt: skip


def export_tables(
    database: Database,
    kind: TableFormat,
    to: BinaryIO,
    *,
    runs: Sequence[str],
    what: Sequence[Export],
    viewer: str = "",
) -> None:
    """Write the answers of these runs (by public id, in this order), or what was said of them, or both as two sheets.

    Runs that `viewer` may not see are left out. `cost_state` "elsewhere" is what the source of an imported outcome says
    it cost. Raises InputError where the format takes one table only.
    """
    makers = {Export.ANSWERS: (ANSWERS, _answers), Export.LABELS: (LABELS, _labels)}
    sheets = {}
    for each in dict.fromkeys(what):
        columns, rows_of = makers[each]
        sheets[each.value.capitalize()] = Table(columns=columns, rows=_in_parts(database, runs, viewer, rows_of))
    write_tables(kind, sheets, to)


def _in_parts(database: Database, runs: Sequence[str], viewer: str, rows_of: Any) -> Iterator[tuple[Any, ...]]:
    for start in range(0, len(runs), RUNS_AT_ONCE):
        with database.read() as connection:
            part = _runs(connection, runs[start : start + RUNS_AT_ONCE], viewer)
            yield from rows_of(connection, part)


def _runs(connection: Connection, names: Sequence[str], viewer: str) -> dict[int, Any]:
    """Give the rows of these runs by key, in the order of the names."""
    asked = (
        sa.select(RUN, PERSON.c.name.label("person"), TEAM.c.name.label("team"), PROJECT.c.name.label("project"))
        .outerjoin(PERSON, PERSON.c.id == RUN.c.person_id)
        .outerjoin(TEAM, TEAM.c.id == RUN.c.team_id)
        .outerjoin(PROJECT, PROJECT.c.id == RUN.c.project_id)
        .where(among(connection, RUN.c.public_id, names), may_see(connection, viewer), RUN.c.deleted_at.is_(None))
    )
    by_name = {row.public_id: row for row in connection.execute(asked)}
    return {by_name[name].id: by_name[name] for name in dict.fromkeys(names) if name in by_name}


def _answers(connection: Connection, runs: dict[int, Any]) -> Iterator[tuple[Any, ...]]:
    tags = _tags(connection, runs)
    elsewhere = _costs_elsewhere(connection, runs)
    shots: dict[int, list[Any]] = defaultdict(list)
    asked = (
        sa.select(SHOT, QUALITY.c.quality, QUALITY.c.weight)
        .outerjoin(QUALITY, QUALITY.c.shot_id == SHOT.c.id)
        .where(among(connection, SHOT.c.run_id, runs))
        .order_by(SHOT.c.run_id, SHOT.c.ordinal)
    )
    for row in connection.execute(asked):
        shots[row.run_id].append(row)
    for key, run in runs.items():
        for shot in shots[key]:
            paid = shot.cost is None and shot.id in elsewhere
            yield (
                run.prompt, shot.model, shot.quality, shot.text, run.task or "", tags[key],
                elsewhere[shot.id] if paid else shot.cost, run.created_at, run.public_id, shot.ordinal, shot.state,
                shot.weight, "elsewhere" if paid else shot.cost_state, shot.label, shot.place, run.person or "",
                run.team or "", run.project or "", run.origin, run.simulated, shot.thinking, shot.input_tokens,
                shot.output_tokens, shot.thinking_tokens, _milliseconds(shot.ttft_us), _milliseconds(shot.total_us),
                shot.error_message,
            )  # fmt: skip


def _labels(connection: Connection, runs: dict[int, Any]) -> Iterator[tuple[Any, ...]]:
    said = _said(connection, runs)
    names = _shot_names(connection, runs)
    items = {
        row.id: row.public_id
        for row in connection.execute(
            sa.select(ITEM.c.id, ITEM.c.public_id).where(among(connection, ITEM.c.run_id, runs))
        )
    }
    for key, run in runs.items():
        for one in said[key]:
            model, shot = names.get(one["shot"], ("", None))
            compared = tuple(f"{names[each][0]} #{names[each][1]}" for each in one.get("compared", ()) if each in names)
            yield (
                run.public_id, run.prompt, one["source"], one["by"], one.get("outcome", ""), model, shot, compared,
                one.get("blind"), one.get("score"), one.get("note", ""), items.get(one.get("item"), ""),
                one.get("seconds"), one["at"], one.get("version", ""), run.simulated,
            )  # fmt: skip


def _said(connection: Connection, runs: dict[int, Any]) -> dict[int, list[dict[str, Any]]]:
    """Give all that was said of answers, by run: people first, then leads, judges and checks, and scores."""
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    words = read_verdicts(connection, VERDICT.c.undone_at.is_(None), among(connection, VERDICT.c.run_id, runs))
    settled = settlements(connection, among(connection, SETTLEMENT.c.run_id, runs))
    people = [("person", each) for each in words] + [("settlement", each.as_verdict()) for each in settled]
    for source, verdict in people:
        found[verdict.run_id].append(
            {"source": source, "by": verdict.person, "outcome": verdict.kind.value, "shot": verdict.shot_id,
             "compared": verdict.compared, "blind": verdict.blind, "note": verdict.note, "item": verdict.item_id,
             "seconds": verdict.seconds, "at": verdict.created_at}
        )  # fmt: skip
    for each in read_judgements(connection, among(connection, JUDGEMENT.c.run_id, runs)):
        found[each.run_id].append(
            {"source": each.source.value, "by": each.name, "outcome": each.outcome.value if each.outcome else "",
             "shot": each.shot_id, "compared": each.compared, "score": each.score, "note": each.reason,
             "item": each.item_id, "at": each.created_at, "version": each.version}
        )  # fmt: skip
    for score in read_scores(connection, among(connection, SCORE.c.run_id, runs)):
        found[score.run_id].append(
            {"source": score.source.value, "by": score.name, "shot": score.shot_id, "score": score.value, "at": None}
        )
    return found


def _tags(connection: Connection, runs: dict[int, Any]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = defaultdict(tuple)
    asked = sa.select(RUN_TAG.c.run_id, TAG.c.name).join(TAG, TAG.c.id == RUN_TAG.c.tag_id)
    for row in connection.execute(asked.where(among(connection, RUN_TAG.c.run_id, runs)).order_by(TAG.c.name)):
        found[row.run_id] += (row.name,)
    return found


def _costs_elsewhere(connection: Connection, runs: dict[int, Any]) -> dict[int, Any]:
    asked = sa.select(SCORE.c.shot_id, SCORE.c.cost).where(among(connection, SCORE.c.run_id, runs))
    return {row.shot_id: row.cost for row in connection.execute(asked.where(SCORE.c.cost.is_not(None)))}


def _shot_names(connection: Connection, runs: dict[int, Any]) -> dict[int, tuple[str, int]]:
    asked = sa.select(SHOT.c.id, SHOT.c.model, SHOT.c.ordinal).where(among(connection, SHOT.c.run_id, runs))
    return {row.id: (row.model, row.ordinal) for row in connection.execute(asked)}


def _milliseconds(micros: int | None) -> float | None:
    return None if micros is None else micros / 1000
