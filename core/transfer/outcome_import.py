"""Outcomes become past runs: one run a prompt and task, one shot a row, its quality an imported score.

All or nothing: a bad row keeps the whole file out unless it is to be passed over. A row that is here already (same
prompt, task, model, answer, quality and cost, from whatever file) adds nothing, so a second import changes nothing.
Nothing is charged: what the source says an answer cost is kept beside its score.
"""

import hashlib
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, BinaryIO

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.domain.labelling import ScoreSource
from core.domain.money import CostState, from_pico, to_pico
from core.domain.run import Origin, RunState, ShotSettings, ShotState, Strategy, Visibility
from core.errors import UnreadableFile
from core.labels.rollup import note_scores
from core.store import tables
from core.store.aliases import aliases
from core.store.among import among
from core.store.columns import storable
from core.store.database import Database, table
from core.store.people import person_id, tag_ids
from core.store.scores import ScoreRecord, add_scores
from core.transfer.outcomes import Outcome, Unanswered, read_outcomes
from core.transfer.rows import BadRow

RUN = table(tables.Run)
SHOT = table(tables.Shot)
SCORE = table(tables.Score)
RUN_TAG = table(tables.RunTag)
RUNS_AT_ONCE = 1_000
BAD_NAMED = 5
MOST_SHOTS = 10_000

Same = tuple[str, str, float | None, Decimal | None]
"""What makes two rows of a run the same: model as written, answer, quality, cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomesReport:
    """What an import brought: new runs, runs that grew, shots; rows that were here already, bad ones passed over."""

    runs: int
    grown: int
    shots: int
    here_already: int
    passed_over: int


@dataclass(slots=True)
class _Group:
    """The rows of one run."""

    source_id: str
    rows: list[Outcome] = field(default_factory=list)
    run_id: int = 0
    shots_here: int = 0
    own: bool = False


def import_outcomes(
    database: Database, name: str, file: BinaryIO, *, person: str = "", pass_over_bad: bool = False
) -> OutcomesReport:
    """Import a file of outcomes in one transaction.

    Raises UnreadableFile where a row is bad (naming the first ones) or the file is no table, and StoreError; then
    nothing was added.
    """
    groups, passed_over = _grouped(name, file, pass_over_bad=pass_over_bad)
    total = sum(len(group.rows) for group in groups)
    new = grown = shots = 0
    with database.write() as connection:
        known_as = aliases(connection)
        by = person_id(connection, person)
        for start in range(0, len(groups), RUNS_AT_ONCE):
            part = _what_is_new(connection, groups[start : start + RUNS_AT_ONCE])
            fresh = [group for group in part if not group.run_id]
            _insert_runs(connection, fresh, known_as, by)
            _grow_runs(connection, [group for group in part if group.shots_here], known_as)
            _tag(connection, part)
            _insert_shots(connection, part, known_as, name, by)
            new += len(fresh)
            grown += len(part) - len(fresh)
            shots += sum(len(group.rows) for group in part)
    return OutcomesReport(runs=new, grown=grown, shots=shots, here_already=total - shots, passed_over=passed_over)


def _grouped(name: str, file: BinaryIO, *, pass_over_bad: bool) -> tuple[list[_Group], int]:
    groups: dict[str, _Group] = {}
    bad: list[BadRow] = []
    for row in read_outcomes(name, file):
        if isinstance(row, BadRow):
            bad.append(row)
        elif not isinstance(row, Unanswered):
            group = groups.setdefault(_source_id(row), _Group(_source_id(row)))
            wrong = _unfit(group.rows, row)
            if wrong:
                bad.append(BadRow(number=row.number, reason=wrong))
            else:
                group.rows.append(row)
    if bad and not pass_over_bad:
        named = "; ".join(f"row {row.number}: {row.reason.rstrip('.')}" for row in bad[:BAD_NAMED])
        more = f"; and {len(bad) - BAD_NAMED:,} more" if len(bad) > BAD_NAMED else ""
        raise UnreadableFile(
            f"{len(bad):,} rows of {name!r} cannot be used, so none was imported.",
            next_step="Correct them, or pass over bad rows.",
            detail=named + more,
        )
    if not groups:
        raise UnreadableFile(f"{name!r} holds no outcome.", next_step="It needs the columns prompt, model and quality.")
    return list(groups.values()), len(bad)


def _unfit(rows: list[Outcome], row: Outcome) -> str:
    """Give why a row cannot be of the same run as these, nothing where it can."""
    if rows and rows[0].prompt != row.prompt:
        return f"It names the run of row {rows[0].number}, but has another prompt."
    if len(rows) >= MOST_SHOTS:
        return f"Its prompt has more than {MOST_SHOTS:,} outcomes."
    return ""


def _source_id(row: Outcome) -> str:
    if row.run:
        return row.run
    digest = hashlib.sha256(f"{storable(row.prompt)}\0{row.task}".encode())
    return f"outcome:{digest.hexdigest()[:40]}"


def _what_is_new(connection: Connection, groups: Sequence[_Group]) -> list[_Group]:
    """Give the groups with what is not here yet, and the key of the run each belongs to where there is one."""
    names = {group.source_id: group for group in groups}
    found = _runs_here(connection, names)
    here: dict[int, Counter[Same]] = defaultdict(Counter)
    shots = connection.execute(
        sa.select(SHOT.c.run_id, SHOT.c.label, SHOT.c.text, SCORE.c.value, SCORE.c.cost)
        .outerjoin(SCORE, sa.and_(SCORE.c.shot_id == SHOT.c.id, SCORE.c.source == ScoreSource.IMPORT))
        .where(among(connection, SHOT.c.run_id, found))
    )
    for shot in shots:
        found[shot.run_id].shots_here += 1
        here[shot.run_id][shot.label, shot.text, shot.value, shot.cost] += 1
    for run_id, group in found.items():
        # A run under its own id came back in an export of this workspace: nothing in it is new.
        group.rows = [] if group.own else _surplus(group.rows, here[run_id])
    return [group for group in groups if group.rows]


def _runs_here(connection: Connection, names: dict[str, _Group]) -> dict[int, _Group]:
    """Give the groups whose run is here, by its key. Raises UnreadableFile where it has another prompt."""
    asked = sa.select(RUN.c.id, RUN.c.source_id, RUN.c.public_id, RUN.c.prompt, RUN.c.erased_at).where(
        sa.or_(among(connection, RUN.c.source_id, names), among(connection, RUN.c.public_id, names))
    )
    found: dict[int, _Group] = {}
    for row in connection.execute(asked):
        group = names[row.source_id if row.source_id in names else row.public_id]
        first = group.rows[0]
        if row.erased_at is None and row.prompt != storable(first.prompt):
            raise UnreadableFile(
                f"Row {first.number} names the run {group.source_id!r}, which is here with another prompt.",
                next_step="Leave the column `run` out; nothing was imported.",
            )
        group.run_id, group.own = row.id, row.public_id == group.source_id
        found[row.id] = group
    return found


def _hash(prompt: str) -> str:
    return hashlib.sha256(storable(prompt).encode()).hexdigest()


def _surplus(rows: Iterable[Outcome], here: Counter[Same]) -> list[Outcome]:
    left = Counter(here)
    new = []
    for row in rows:
        same = _same(row)
        if left[same] > 0:
            left[same] -= 1
        else:
            new.append(row)
    return new


def _same(row: Outcome) -> Same:
    """Give what the row will be once it is kept."""
    cost = None if row.cost is None or row.quality is None else from_pico(to_pico(row.cost))
    return storable(row.model), storable(row.answer), row.quality, cost


def _insert_runs(connection: Connection, groups: Sequence[_Group], known_as: dict[str, str], by: int | None) -> None:
    if not groups:
        return
    values = [_run_values(group, known_as, by) for group in groups]
    keys = connection.execute(sa.insert(RUN).returning(RUN.c.id, sort_by_parameter_order=True), values)
    for group, key in zip(groups, keys.scalars(), strict=True):
        group.run_id = key


def _run_values(group: _Group, known_as: dict[str, str], by: int | None) -> dict[str, Any]:
    first = group.rows[0]
    moment = min((row.created_at for row in group.rows if row.created_at), default=datetime.now(UTC))
    models = [known_as.get(row.model, row.model) for row in group.rows]
    return {
        "public_id": secrets.token_urlsafe(12),
        "source_id": group.source_id,
        "origin": Origin.IMPORT,
        "state": RunState.DONE,
        "version": 1,
        "created_at": moment,
        "started_at": moment,
        "finished_at": moment,
        "person_id": by,
        "visibility": Visibility.TEAM,
        "strategy": Strategy.HYBRID,
        "blind": False,
        "prompt": first.prompt,
        "prompt_sha256": _hash(first.prompt),
        "template": "",
        "models": [storable(model) for model in dict.fromkeys(models)],
        "shots_per_model": max(Counter(models).values()),
        "settings": asdict(ShotSettings()),
        "simulated": False,
        "warnings": [],
        "task": storable(first.task) or None,
    }


def _grow_runs(connection: Connection, groups: Sequence[_Group], known_as: dict[str, str]) -> None:
    for group in groups:
        row = connection.execute(sa.select(RUN.c.models, RUN.c.version).where(RUN.c.id == group.run_id)).one()
        models = dict.fromkeys([*row.models, *(known_as.get(each.model, each.model) for each in group.rows)])
        connection.execute(
            sa.update(RUN).where(RUN.c.id == group.run_id).values(models=list(models), version=row.version + 1)
        )


def _tag(connection: Connection, groups: Sequence[_Group]) -> None:
    wanted = {group.run_id: dict.fromkeys(tag for row in group.rows for tag in row.tags) for group in groups}
    names = list(dict.fromkeys(tag for tags in wanted.values() for tag in tags))
    if not names:
        return
    keys = dict(zip(names, tag_ids(connection, names), strict=True))
    there = {
        (row.run_id, row.tag_id)
        for row in connection.execute(sa.select(RUN_TAG).where(among(connection, RUN_TAG.c.run_id, wanted)))
    }
    rows = [
        {"run_id": run, "tag_id": keys[tag]}
        for run, tags in wanted.items()
        for tag in tags
        if (run, keys[tag]) not in there
    ]
    if rows:
        connection.execute(sa.insert(RUN_TAG), rows)


def _insert_shots(
    connection: Connection, groups: Sequence[_Group], known_as: dict[str, str], name: str, by: int | None
) -> None:
    rows = [(group, row) for group in groups for row in group.rows]
    if not rows:
        return
    numbers: Counter[tuple[int, str]] = _shots_of_models(connection, groups)
    ordinals = Counter({group.run_id: group.shots_here for group in groups})
    values = []
    for group, row in rows:
        model = storable(known_as.get(row.model, row.model))
        ordinals[group.run_id] += 1
        numbers[group.run_id, model] += 1
        values.append(_shot_values(row, group.run_id, model, ordinals[group.run_id], numbers[group.run_id, model]))
    keys = connection.execute(sa.insert(SHOT).returning(SHOT.c.id, sort_by_parameter_order=True), values).scalars()
    scores = [
        ScoreRecord(
            shot_id=key,
            run_id=group.run_id,
            source=ScoreSource.IMPORT,
            value=row.quality,
            name=storable(name),
            cost=row.cost,
        )
        for key, (group, row) in zip(keys, rows, strict=True)
        if row.quality is not None
    ]
    add_scores(connection, scores, person_id=by)
    note_scores(connection, scores)


def _shots_of_models(connection: Connection, groups: Sequence[_Group]) -> Counter[tuple[int, str]]:
    grown = [group.run_id for group in groups if group.shots_here]
    asked = sa.select(SHOT.c.run_id, SHOT.c.model).where(among(connection, SHOT.c.run_id, grown))
    return Counter((row.run_id, row.model) for row in connection.execute(asked))


def _shot_values(row: Outcome, run_id: int, model: str, ordinal: int, number: int) -> dict[str, Any]:
    moment = row.created_at or datetime.now(UTC)
    return {
        "run_id": run_id,
        "ordinal": ordinal,
        "model": model,
        "label": storable(row.model),
        "shot_index": number,
        "place": row.place,
        "state": ShotState.DONE,
        "version": 1,
        "settings": asdict(ShotSettings()),
        "queued_at": moment,
        "started_at": moment,
        "finished_at": moment,
        "attempts": 0,
        "text": row.answer,
        "thinking": row.thinking,
        "input_tokens": 0,
        "output_tokens": 0,
        "thinking_tokens": 0,
        "cost": None,
        "cost_state": CostState.UNPRICED,
        "error_kind": "",
        "error_message": "",
        "error_next_step": "",
        "error_detail": "",
    }
