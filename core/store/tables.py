"""The tables, one class each. Read section 2 of the README's architecture for what the words mean.

The base class has a registry of its own: Streamlit reloads every module when any source file changes, and classes
registered twice in SQLModel's global registry would raise "Table is already defined".
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, MetaData, UniqueConstraint, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from core.store.columns import BigId, Money, PlainText, UnitMoney, UtcTime

# SQLite can only change or drop a constraint that has a name.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMES))):
    """Base of every table."""


def _key() -> Any:
    return Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))


def _ref(target: str, *, index: bool = False, nullable: bool = False) -> Any:
    return Field(
        default=None,
        sa_column=Column(
            BigId, ForeignKey(target, ondelete="SET NULL" if nullable else "CASCADE"), index=index, nullable=nullable
        ),
    )


def _time(*, nullable: bool = False, index: bool = False) -> Any:
    return Field(default=None, sa_column=Column(UtcTime, nullable=nullable, index=index))


def _text() -> Any:
    return Field(default="", sa_column=Column(PlainText, nullable=False, default=""))


def _json() -> Any:
    return Field(default=None, sa_column=Column(JSON, nullable=True))


def _micros() -> Any:
    return Field(default=None, sa_column=Column(BigInteger, nullable=True))


def _money(*, nullable: bool = True) -> Any:
    return Field(default=None, sa_column=Column(Money, nullable=nullable))


class Person(Table, table=True):
    """Somebody who runs and picks: by sign-in, or by the name given to this browser."""

    id: int | None = _key()
    name: str = Field(unique=True)
    email: str = ""
    created_at: datetime = _time()


class Team(Table, table=True):
    """What a run is booked to, and whose members see it."""

    id: int | None = _key()
    name: str = Field(unique=True)


class Project(Table, table=True):
    """What a run is booked to; `inside_only` pins its prompts to this machine and our network."""

    id: int | None = _key()
    name: str = Field(unique=True)
    inside_only: bool = False


class Tag(Table, table=True):
    """A word put on runs."""

    id: int | None = _key()
    name: str = Field(unique=True)


class Run(Table, table=True):
    """One prompt sent once by one person. `erased_at` is when its texts left the bin for good; its costs stay."""

    __table_args__ = (
        Index("ix_run_state_id", "state", "id"),
        Index("ix_run_created_id", "created_at", "id"),
        # History counts from this index alone, without reading any prompt.
        Index(
            "ix_run_seen", "deleted_at", "created_at", "id", "visibility", "person_id", "project_id", "team_id", "state"
        ),
    )

    id: int | None = _key()
    public_id: str = Field(unique=True)
    source_id: str | None = Field(default=None, unique=True)
    origin: str
    state: str
    version: int = 0
    created_at: datetime = _time()
    started_at: datetime | None = _time(nullable=True)
    finished_at: datetime | None = _time(nullable=True)
    deleted_at: datetime | None = _time(nullable=True)
    erased_at: datetime | None = _time(nullable=True)
    cancel_requested_at: datetime | None = _time(nullable=True)
    person_id: int | None = _ref("person.id", index=True, nullable=True)
    team_id: int | None = _ref("team.id", index=True, nullable=True)
    project_id: int | None = _ref("project.id", index=True, nullable=True)
    visibility: str
    strategy: str
    blind: bool = False
    prompt: str = _text()
    prompt_sha256: str = Field(default="", index=True)
    template: str = _text()
    variables: Any = _json()
    models: Any = _json()
    shots_per_model: int = 1
    settings: Any = _json()
    per_model: Any = _json()
    parent_id: int | None = _ref("run.id", index=True, nullable=True)
    estimate: Decimal | None = _money()
    simulated: bool = False
    warnings: Any = _json()


class RunTag(Table, table=True):
    """A tag on a run."""

    __tablename__ = "run_tag"

    run_id: int = Field(sa_column=Column(BigId, ForeignKey("run.id", ondelete="CASCADE"), primary_key=True))
    tag_id: int = Field(sa_column=Column(BigId, ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True, index=True))


class Shot(Table, table=True):
    """One requested answer of one model within a run. Text stands here once the shot is settled; until then in deltas.

    `ttft_us` and `total_us` are microseconds. `version` is the run's version at the shot's last change.
    """

    __table_args__ = (
        UniqueConstraint("run_id", "ordinal", name="uq_shot_run_ordinal"),
        Index("ix_shot_state_id", "state", "id"),
        Index("ix_shot_model_state", "model", "state"),
        # Sums over many runs come from this index alone, without reading any answer.
        Index("ix_shot_run_cost", "run_id", "model", "state", "cost_state", "cost"),
    )

    id: int | None = _key()
    run_id: int = _ref("run.id")
    ordinal: int
    model: str
    label: str
    shot_index: int
    place: str
    state: str
    version: int = 0
    settings: Any = _json()
    queued_at: datetime = _time()
    started_at: datetime | None = _time(nullable=True)
    finished_at: datetime | None = _time(nullable=True)
    cancel_requested_at: datetime | None = _time(nullable=True)
    lease_owner: str | None = None
    lease_until: datetime | None = _time(nullable=True)
    attempts: int = 0
    text: str = _text()
    thinking: str = _text()
    ttft_us: int | None = _micros()
    total_us: int | None = _micros()
    stream_us: int | None = _micros()
    input_tokens: int = 0
    output_tokens: int = 0
    thinking_tokens: int = 0
    cost: Decimal | None = _money()
    cost_state: str = "pending"
    finish_reason: str | None = None
    error_kind: str = ""
    error_message: str = _text()
    error_next_step: str = _text()
    error_detail: str = _text()
    source_shot_id: int | None = _ref("shot.id", nullable=True)


class Attempt(Table, table=True):
    """One HTTP request made for a shot; a retry is a new row. Durations are microseconds."""

    __table_args__ = (
        UniqueConstraint("shot_id", "number", name="uq_attempt_shot_number"),
        Index("ix_attempt_started_model", "started_at", "model"),
    )

    id: int | None = _key()
    shot_id: int = _ref("shot.id")
    run_id: int = _ref("run.id", index=True)
    number: int
    state: str
    model: str
    response_model: str = ""
    provider: str = ""
    host: str = ""
    place: str
    started_at: datetime = _time()
    finished_at: datetime | None = _time(nullable=True)
    ttft_us: int | None = _micros()
    total_us: int | None = _micros()
    http_status: int | None = None
    finish_reason: str | None = None
    error_kind: str = ""
    error_message: str = _text()
    error_detail: str = _text()
    request_id: str = ""
    request_bytes: int = 0
    in_flight: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    thinking_tokens: int = 0
    usage_known: bool = False
    cost: Decimal | None = _money()
    cost_state: str = "pending"


class ChargeRow(Table, table=True):
    """What an attempt cost for one token class, with the unit price frozen at the time."""

    __tablename__ = "charge"
    __table_args__ = (UniqueConstraint("attempt_id", "token_class", name="uq_charge_attempt_class"),)

    id: int | None = _key()
    attempt_id: int = _ref("attempt.id")
    token_class: str
    quantity: int
    unit_price: Decimal = Field(sa_column=Column(UnitMoney, nullable=False))
    amount: Decimal = _money(nullable=False)
    source: str
    revision: str = ""


class Delta(Table, table=True):
    """A piece of text on its way: folded into the shot and removed when the shot settles."""

    __table_args__ = (Index("ix_delta_run_id", "run_id", "id"), Index("ix_delta_shot_id", "shot_id", "id"))

    id: int | None = _key()
    run_id: int = _ref("run.id")
    shot_id: int = _ref("shot.id")
    thinking: bool = False
    text: str = _text()


class VerdictRow(Table, table=True):
    """A person's word on a run. Undone ones stay, with the time they were taken back."""

    __tablename__ = "verdict"
    __table_args__ = (
        # One word a person and run counts; the ones before it stay, undone.
        Index(
            "uq_verdict_active",
            "run_id",
            "person_id",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
    )

    id: int | None = _key()
    run_id: int = _ref("run.id", index=True)
    person_id: int | None = _ref("person.id", index=True, nullable=True)
    kind: str
    shot_id: int | None = _ref("shot.id", index=True, nullable=True)
    compared: Any = _json()
    blind: bool = False
    note: str = _text()
    created_at: datetime = _time(index=True)
    undone_at: datetime | None = _time(nullable=True)


class Endpoint(Table, table=True):
    """A server the team named, or a provider whose key was pasted here (the key itself is in the credentials file)."""

    id: int | None = _key()
    name: str = Field(unique=True)
    provider: str
    base_url: str = ""
    place: str
    created_at: datetime = _time()
    created_by: str = ""
    removed_at: datetime | None = _time(nullable=True)


class KnownModel(Table, table=True):
    """What discovery last saw: one row a model, refreshed by the engine; pages read it instead of the network."""

    __tablename__ = "known_model"

    id: int | None = _key()
    name: str = Field(unique=True)
    card: Any = _json()
    checked_at: datetime = _time()


class ModelHealth(Table, table=True):
    """The breaker of one model, as the engine last saw it."""

    __tablename__ = "model_health"

    model: str = Field(primary_key=True)
    failures: int = 0
    paused_until: datetime | None = _time(nullable=True)
    reason: str = _text()
    changed_at: datetime = _time()


class Probe(Table, table=True):
    """A connection test asked for by a page and answered by the engine."""

    id: int | None = _key()
    model: str
    state: str
    asked_at: datetime = _time()
    finished_at: datetime | None = _time(nullable=True)
    total_us: int | None = _micros()
    error_kind: str = ""
    error_message: str = _text()
    error_next_step: str = _text()
    error_detail: str = _text()


class PriceOverride(Table, table=True):
    """A price the team entered for one model and token class; the newest row that has begun counts."""

    __tablename__ = "price_override"

    id: int | None = _key()
    model: str = Field(index=True)
    token_class: str
    unit_price: Decimal | None = Field(default=None, sa_column=Column(UnitMoney, nullable=True))
    valid_from: datetime = _time()
    created_at: datetime = _time()
    created_by: str = ""


class SettingChange(Table, table=True):
    """A setting a person changed: who, when, to what. The newest row of a key counts, so each change can be undone."""

    __tablename__ = "setting_change"
    __table_args__ = (Index("ix_setting_change_key_id", "key", "scope", "id"),)

    id: int | None = _key()
    key: str
    scope: str = ""
    value: Any = _json()
    person: str = ""
    changed_at: datetime = _time()


class SavedPrompt(Table, table=True):
    """A prompt kept under a name."""

    __tablename__ = "saved_prompt"

    id: int | None = _key()
    name: str
    text: str = _text()
    system: str = _text()
    person_id: int | None = _ref("person.id", nullable=True)
    created_at: datetime = _time()
    removed_at: datetime | None = _time(nullable=True)


class Lease(Table, table=True):
    """Who does a job that only one process may do, and until when; `status` says how it is getting on."""

    name: str = Field(primary_key=True)
    owner: str
    until: datetime = _time()
    status: str = ""
    detail: Any = _json()
