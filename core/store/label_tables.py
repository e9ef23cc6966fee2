"""The tables of labelling: what is judged, by whom, and what was said; and what is known of prompts and their names."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from core.store.columns import BigId
from core.store.fields import Table, any_json, key, long_text, maybe, moment, money, one_active, ref


class Queue(Table, table=True):
    """A named set of items to label. `view` is the History view its runs came from, `people` names (empty: anybody)."""

    id: int | None = key()
    public_id: str = Field(unique=True)
    name: str
    question: str = long_text()
    guide: str = long_text()
    view: Any = any_json()
    people: Any = any_json()
    overlap: str
    share: float = 0.0
    names_shown: str
    stop: str
    seed: int = Field(sa_column=Column(BigInteger, nullable=False))
    created_by: int | None = ref("person.id", nullable=True)
    created_at: datetime = moment()
    closed_at: datetime | None = moment(nullable=True)


class Item(Table, table=True):
    """Answers of one run that are judged together; without a queue it is a single question to a colleague.

    `key` is unique within the queue, `shots` are ids in the order drawn. `repeat_of` is the item that comes back in
    this one, `swapped` says with its sides swapped.
    """

    __table_args__ = (UniqueConstraint("queue_id", "key", name="uq_item_queue_key"),)

    id: int | None = key()
    public_id: str = Field(unique=True)
    queue_id: int | None = maybe("queue.id", ondelete="CASCADE")
    run_id: int = ref("run.id", index=True)
    key: str
    shots: Any = any_json()
    repeat_of: int | None = maybe("item.id", ondelete="CASCADE", index=True)
    swapped: bool = False
    created_at: datetime = moment()


class Turn(Table, table=True):
    """That a person is to judge an item, at which place of their order, and when they put it off."""

    item_id: int = Field(sa_column=Column(BigId, ForeignKey("item.id", ondelete="CASCADE"), primary_key=True))
    person_id: int = Field(
        sa_column=Column(BigId, ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True)
    )
    position: int
    skipped_at: datetime | None = moment(nullable=True)


class Seen(Table, table=True):
    """That a person saw which model wrote which answer of a run."""

    run_id: int = Field(sa_column=Column(BigId, ForeignKey("run.id", ondelete="CASCADE"), primary_key=True))
    person_id: int = Field(
        sa_column=Column(BigId, ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True)
    )
    seen_at: datetime = moment()


class Settlement(Table, table=True):
    """The lead's word where people disagreed on an item; their own verdicts stay as they are."""

    __table_args__ = (one_active("uq_settlement_active", "item_id"),)

    id: int | None = key()
    item_id: int = ref("item.id")
    run_id: int = ref("run.id", index=True)
    person_id: int | None = ref("person.id", nullable=True)
    kind: str
    shot_id: int | None = ref("shot.id", index=True, nullable=True)
    compared: Any = any_json()
    note: str = long_text()
    created_at: datetime = moment()
    undone_at: datetime | None = moment(nullable=True)


class JudgementRow(Table, table=True):
    """The word of an AI judge or of a check. `name` is the judging model or the check, `version` of question or form.

    `compared` are shot ids in the order asked about, `outcome` is one of a verdict's kinds, None where it could not be
    read. `subject` names the compared shots, so that the same question is kept once. What asking cost stands in the
    runs `cost_runs`.
    """

    __tablename__ = "judgement"
    __table_args__ = (one_active("uq_judgement_active", "source", "name", "version", "subject"),)

    id: int | None = key()
    run_id: int = ref("run.id", index=True)
    item_id: int | None = maybe("item.id", ondelete="CASCADE", index=True)
    source: str
    name: str
    version: str
    subject: str
    compared: Any = any_json()
    outcome: str | None = None
    shot_id: int | None = ref("shot.id", index=True, nullable=True)
    flipped: bool = False
    score: float | None = None
    reason: str = long_text()
    cost_runs: Any = any_json()
    created_at: datetime = moment()
    undone_at: datetime | None = moment(nullable=True)


class Assessment(Table, table=True):
    """A request that an AI judge or a check goes over answers; the engine carries it out.

    `spec` says how (rubric and question, or the check's form), `work` over what: `[run, item or null, [shots]]` each.
    `total`, `done`, `failed` and `left_out` count these. `message` and `next_step` say why it stopped.
    """

    id: int | None = key()
    public_id: str = Field(unique=True)
    source: str
    queue_id: int | None = maybe("queue.id", ondelete="CASCADE", index=True)
    name: str = long_text()
    version: str
    spec: Any = any_json()
    work: Any = any_json()
    person_id: int | None = ref("person.id", nullable=True)
    team: str = ""
    strategy: str = ""
    state: str = Field(index=True)
    total: int
    done: int = 0
    failed: int = 0
    left_out: int = 0
    message: str = long_text()
    next_step: str = ""
    created_at: datetime = moment()
    finished_at: datetime | None = moment(nullable=True)


class Score(Table, table=True):
    """A rating or an imported score of one shot, in [0, 1]. `name` is the file, tool or scale it comes from.

    `cost` is what the source says the answer cost; it was paid elsewhere and is in no sum of this app.
    """

    __table_args__ = (Index("ix_score_shot_source", "shot_id", "source"),)

    id: int | None = key()
    shot_id: int = ref("shot.id")
    run_id: int = ref("run.id", index=True)
    source: str
    name: str = long_text()
    value: float
    weight: float = 1.0
    cost: Decimal | None = money()
    person_id: int | None = ref("person.id", nullable=True)
    created_at: datetime = moment()


class ShotQuality(Table, table=True):
    """What was said of a shot: the tally of core/labels/quality.py in whole numbers, and what it comes to."""

    __tablename__ = "shot_quality"

    shot_id: int = Field(sa_column=Column(BigId, ForeignKey("shot.id", ondelete="CASCADE"), primary_key=True))
    run_id: int = ref("run.id", index=True)
    people_weight: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    people_total: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    machine_weight: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    machine_total: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    quality: float | None = None
    weight: float = 0.0
    updated_at: datetime = moment()


class Steadiness(Table, table=True):
    """How the answers of one model to one prompt agree, as core/labels/agreement_of_shots.py tells it.

    `shots` answers were compared by "words" or "meaning". `agreement` and `vote_share` lie in [0, 1]; both are None
    where nothing can be said.
    """

    run_id: int = Field(sa_column=Column(BigId, ForeignKey("run.id", ondelete="CASCADE"), primary_key=True))
    model: str = Field(primary_key=True)
    shots: int
    compared_by: str
    agreement: float | None = None
    vote_share: float | None = None
    odd_shot_id: int | None = ref("shot.id", index=True, nullable=True)
    updated_at: datetime = moment()


class SavedView(Table, table=True):
    """A view of History kept under a name, for everybody of the workspace."""

    __tablename__ = "saved_view"

    id: int | None = key()
    name: str
    filter: Any = any_json()
    person_id: int | None = ref("person.id", nullable=True)
    created_at: datetime = moment()
    removed_at: datetime | None = moment(nullable=True)


class PromptVector(Table, table=True):
    """The meaning of a prompt under one embedding model: of its head and, where it is long, of its tail.

    Both are float32 values, lowest byte first; or pgvector's own type where PostgreSQL has it (vector_columns.py).
    """

    __tablename__ = "prompt_vector"
    __table_args__ = (UniqueConstraint("model", "version", "text_sha256", name="uq_prompt_vector_text"),)

    id: int | None = key()
    text_sha256: str = Field(index=True)
    model: str
    version: str
    head: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    tail: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))


class ModelAlias(Table, table=True):
    """What another tool calls a model that has a name here."""

    __tablename__ = "model_alias"

    id: int | None = key()
    alias: str = Field(unique=True)
    model: str
    created_at: datetime = moment()
    created_by: str = ""
