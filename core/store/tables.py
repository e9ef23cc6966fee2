"""The tables, one class each. Read section 2 of the README's architecture for what the words mean."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, UniqueConstraint, text
from sqlmodel import Field

from core.store.columns import BigId, UnitMoney
from core.store.cost_tables import (
    Adjustment,
    Billed,
    Budget,
    BudgetNotice,
    ClosedMonth,
    DailyCall,
    DailyCost,
    DailyTag,
    Decision,
    Discount,
    FxRate,
    HourlyCost,
    Reservation,
    ReviewNote,
    ServerPrice,
)
from core.store.fields import Table, any_json, key, long_text, maybe, micros, moment, money, one_active, ref
from core.store.label_tables import (
    Assessment,
    Item,
    JudgementRow,
    ModelAlias,
    PromptVector,
    Queue,
    SavedView,
    Score,
    Seen,
    Settlement,
    ShotQuality,
    Steadiness,
    Turn,
)
from core.store.measure_tables import DailyMeasure
from core.store.metric_tables import ATTEMPT_TOTAL, BudgetCrossing, ChunkTotal, OutboxEvent, Sink
from core.store.route_tables import PromptClass, RouteRow, RuleHit, RunPin

__all__ = [
    "ATTEMPT_TOTAL",
    "Adjustment",
    "Assessment",
    "Attempt",
    "Billed",
    "Budget",
    "BudgetCrossing",
    "BudgetNotice",
    "ChargeRow",
    "ChunkTotal",
    "ClosedMonth",
    "DailyCall",
    "DailyCost",
    "DailyMeasure",
    "DailyTag",
    "Decision",
    "Delta",
    "Discount",
    "Endpoint",
    "FxRate",
    "HourlyCost",
    "Item",
    "JudgementRow",
    "KnownModel",
    "Lease",
    "LocalModel",
    "ModelAlias",
    "ModelHealth",
    "OutboxEvent",
    "Person",
    "PriceOverride",
    "Probe",
    "Project",
    "PromptClass",
    "PromptVector",
    "Queue",
    "Reservation",
    "ReviewNote",
    "RouteRow",
    "RuleHit",
    "Run",
    "RunPin",
    "RunTag",
    "SavedPrompt",
    "SavedView",
    "Score",
    "Seen",
    "ServerPrice",
    "SettingChange",
    "Settlement",
    "Shot",
    "ShotQuality",
    "Sink",
    "Steadiness",
    "Table",
    "Tag",
    "Team",
    "Turn",
    "VerdictRow",
]


ELSEWHERE = text("attempts = 0 AND total_us > 0")


class Person(Table, table=True):
    """Somebody who runs and picks: by sign-in, or by the name given to this browser."""

    id: int | None = key()
    name: str = Field(unique=True)
    email: str = ""
    created_at: datetime = moment()


class Team(Table, table=True):
    """What a run is booked to, and whose members see it."""

    id: int | None = key()
    name: str = Field(unique=True)


class Project(Table, table=True):
    """What a run is booked to; `inside_only` pins its prompts to this machine and our network."""

    id: int | None = key()
    name: str = Field(unique=True)
    inside_only: bool = False


class Tag(Table, table=True):
    """A word put on runs."""

    id: int | None = key()
    name: str = Field(unique=True)


class Run(Table, table=True):
    """One prompt sent once by one person. `erased_at` is when its texts left the bin for good; its costs stay.

    `task` is what an outcomes file calls the prompt's kind, None where nobody said.
    """

    __table_args__ = (
        Index("ix_run_state_id", "state", "id"),
        Index("ix_run_created_id", "created_at", "id"),
        # History counts from this index alone, without reading any prompt.
        Index(
            "ix_run_seen", "deleted_at", "created_at", "id", "visibility", "person_id", "project_id", "team_id", "state"
        ),
    )

    id: int | None = key()
    public_id: str = Field(unique=True)
    source_id: str | None = Field(default=None, unique=True)
    origin: str
    state: str
    version: int = 0
    created_at: datetime = moment()
    started_at: datetime | None = moment(nullable=True)
    finished_at: datetime | None = moment(nullable=True)
    deleted_at: datetime | None = moment(nullable=True)
    erased_at: datetime | None = moment(nullable=True)
    cancel_requested_at: datetime | None = moment(nullable=True)
    person_id: int | None = ref("person.id", index=True, nullable=True)
    team_id: int | None = ref("team.id", index=True, nullable=True)
    project_id: int | None = ref("project.id", index=True, nullable=True)
    visibility: str
    strategy: str
    blind: bool = False
    prompt: str = long_text()
    prompt_sha256: str = Field(default="", index=True)
    template: str = long_text()
    variables: Any = any_json()
    models: Any = any_json()
    shots_per_model: int = 1
    settings: Any = any_json()
    per_model: Any = any_json()
    parent_id: int | None = ref("run.id", index=True, nullable=True)
    estimate: Decimal | None = money()
    simulated: bool = False
    warnings: Any = any_json()
    task: str | None = Field(default=None, index=True)


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
        Index("ix_shot_run_cost", "run_id", "model", "place", "state", "cost_state", "cost"),
        # Answers that came from another tool with their times: they have no attempts.
        Index("ix_shot_elsewhere", "run_id", "model", sqlite_where=ELSEWHERE, postgresql_where=ELSEWHERE),
    )

    id: int | None = key()
    run_id: int = ref("run.id")
    ordinal: int
    model: str
    label: str
    shot_index: int
    place: str
    state: str
    version: int = 0
    settings: Any = any_json()
    queued_at: datetime = moment()
    started_at: datetime | None = moment(nullable=True)
    finished_at: datetime | None = moment(nullable=True)
    cancel_requested_at: datetime | None = moment(nullable=True)
    lease_owner: str | None = None
    lease_until: datetime | None = moment(nullable=True)
    attempts: int = 0
    text: str = long_text()
    thinking: str = long_text()
    ttft_us: int | None = micros()
    total_us: int | None = micros()
    stream_us: int | None = micros()
    input_tokens: int = 0
    output_tokens: int = 0
    thinking_tokens: int = 0
    cost: Decimal | None = money()
    cost_state: str = "pending"
    finish_reason: str | None = None
    error_kind: str = ""
    error_message: str = long_text()
    error_next_step: str = long_text()
    error_detail: str = long_text()
    source_shot_id: int | None = ref("shot.id", nullable=True)


class Attempt(Table, table=True):
    """One HTTP request made for a shot; a retry is a new row. Durations are microseconds."""

    __table_args__ = (
        UniqueConstraint("shot_id", "number", name="uq_attempt_shot_number"),
        Index("ix_attempt_started_model", "started_at", "model"),
    )

    id: int | None = key()
    shot_id: int = ref("shot.id")
    run_id: int = ref("run.id", index=True)
    number: int
    state: str
    model: str
    response_model: str = ""
    provider: str = ""
    host: str = ""
    place: str
    started_at: datetime = moment()
    finished_at: datetime | None = moment(nullable=True)
    ttft_us: int | None = micros()
    total_us: int | None = micros()
    http_status: int | None = None
    finish_reason: str | None = None
    error_kind: str = ""
    error_message: str = long_text()
    error_detail: str = long_text()
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
    cost: Decimal | None = money()
    cost_state: str = "pending"


class ChargeRow(Table, table=True):
    """What an attempt cost for one token class, with the unit price frozen at the time."""

    __tablename__ = "charge"
    __table_args__ = (UniqueConstraint("attempt_id", "token_class", name="uq_charge_attempt_class"),)

    id: int | None = key()
    attempt_id: int = ref("attempt.id")
    token_class: str
    quantity: int
    unit_price: Decimal = Field(sa_column=Column(UnitMoney, nullable=False))
    amount: Decimal = money(nullable=False)
    source: str
    revision: str = ""


class Delta(Table, table=True):
    """A piece of text on its way: folded into the shot and removed when the shot settles."""

    __table_args__ = (Index("ix_delta_run_id", "run_id", "id"), Index("ix_delta_shot_id", "shot_id", "id"))

    id: int | None = key()
    run_id: int = ref("run.id")
    shot_id: int = ref("shot.id")
    thinking: bool = False
    text: str = long_text()


class VerdictRow(Table, table=True):
    """A person's word on a run, or on an item of it. Undone ones stay, with the time they were taken back.

    `compared` are shot ids in the order shown, `seconds` how long the person looked.
    """

    __tablename__ = "verdict"
    __table_args__ = (
        one_active("uq_verdict_active", "run_id", "person_id", also=" AND item_id IS NULL"),
        one_active("uq_verdict_item", "item_id", "person_id", also=" AND item_id IS NOT NULL"),
    )

    id: int | None = key()
    run_id: int = ref("run.id", index=True)
    person_id: int | None = ref("person.id", index=True, nullable=True)
    kind: str
    shot_id: int | None = ref("shot.id", index=True, nullable=True)
    compared: Any = any_json()
    blind: bool = False
    note: str = long_text()
    created_at: datetime = moment(index=True)
    undone_at: datetime | None = moment(nullable=True)
    item_id: int | None = maybe("item.id")
    seconds: float | None = None


class Endpoint(Table, table=True):
    """A server the team named, or a provider whose key was pasted here (the key itself is in the credentials file)."""

    id: int | None = key()
    name: str = Field(unique=True)
    provider: str
    base_url: str = ""
    place: str
    created_at: datetime = moment()
    created_by: str = ""
    removed_at: datetime | None = moment(nullable=True)


class KnownModel(Table, table=True):
    """What discovery last saw: one row a model, refreshed by the engine; pages read it instead of the network."""

    __tablename__ = "known_model"

    id: int | None = key()
    name: str = Field(unique=True)
    card: Any = any_json()
    checked_at: datetime = moment()


class ModelHealth(Table, table=True):
    """The breaker of one model, as the engine last saw it."""

    __tablename__ = "model_health"

    model: str = Field(primary_key=True)
    failures: int = 0
    paused_until: datetime | None = moment(nullable=True)
    reason: str = long_text()
    changed_at: datetime = moment()


class Probe(Table, table=True):
    """A connection test asked for by a page and answered by the engine."""

    id: int | None = key()
    model: str
    state: str
    asked_at: datetime = moment()
    finished_at: datetime | None = moment(nullable=True)
    total_us: int | None = micros()
    error_kind: str = ""
    error_message: str = long_text()
    error_next_step: str = long_text()
    error_detail: str = long_text()
    person: str | None = None


class PriceOverride(Table, table=True):
    """A price the team entered for one model and token class; the newest that has begun and was not undone counts."""

    __tablename__ = "price_override"

    id: int | None = key()
    model: str = Field(index=True)
    token_class: str
    unit_price: Decimal | None = Field(default=None, sa_column=Column(UnitMoney, nullable=True))
    valid_from: datetime = moment()
    created_at: datetime = moment()
    created_by: str = ""
    undone_at: datetime | None = moment(nullable=True)
    undone_by: str | None = None


class SettingChange(Table, table=True):
    """A setting a person changed: who, when, to what. The newest row of a key counts, so each change can be undone."""

    __tablename__ = "setting_change"
    __table_args__ = (Index("ix_setting_change_key_id", "key", "scope", "id"),)

    id: int | None = key()
    key: str
    scope: str = ""
    value: Any = any_json()
    person: str = ""
    changed_at: datetime = moment()


class SavedPrompt(Table, table=True):
    """A prompt kept under a name."""

    __tablename__ = "saved_prompt"

    id: int | None = key()
    name: str
    text: str = long_text()
    system: str = long_text()
    person_id: int | None = ref("person.id", nullable=True)
    created_at: datetime = moment()
    removed_at: datetime | None = moment(nullable=True)


class Lease(Table, table=True):
    """Who does a job that only one process may do, and until when; `status` says how it is getting on."""

    name: str = Field(primary_key=True)
    owner: str
    until: datetime = moment()
    status: str = ""
    detail: Any = any_json()


class LocalModel(Table, table=True):
    """A model inside the app: asked for on a page, fetched by the engine, kept in a folder of this machine."""

    __tablename__ = "local_model"

    id: int | None = key()
    name: str = Field(unique=True)
    state: str
    folder: str = long_text()
    fetched: bool = True
    size_bytes: int | None = micros()
    received_bytes: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, default=0))
    context_tokens: int | None = None
    revision: str = ""
    message: str = long_text()
    next_step: str = long_text()
    detail: str = long_text()
    asked_by: str = ""
    asked_at: datetime = moment()
    changed_at: datetime = moment()
