"""The tables of the router: what was decided, which rules spoke, which runs must stay inside, what prompts ask for."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, UniqueConstraint
from sqlmodel import Field

from core.store.columns import BigId
from core.store.fields import Table, any_json, key, long_text, moment, money, ref


class RouteRow(Table, table=True):
    """The router's decision for one run. `choice` are the models it chose, `asked` those that were in fact asked.

    `receipt` is the whole decision without any prompt's text. Costs are what one answer was expected to cost.
    """

    __tablename__ = "route"
    __table_args__ = (Index("ix_route_created_at_id", "created_at", "id"),)

    id: int | None = key()
    public_id: str = Field(unique=True)
    run_id: int = Field(sa_column=Column(BigId, ForeignKey("run.id", ondelete="CASCADE"), nullable=False, unique=True))
    created_at: datetime = moment()
    strategy: str
    basis: str
    task: str = ""
    choice: Any = any_json()
    asked: Any = any_json()
    overridden: bool = False
    baseline: str = ""
    expected_cost: Decimal | None = money()
    baseline_cost: Decimal | None = money()
    challenger: str = ""
    probability: float | None = None
    keep: float = 1.0
    receipt: Any = any_json()


class RunPin(Table, table=True):
    """That a run must stay inside, and which rule said so when it was started. Kept for as long as the run is."""

    __tablename__ = "run_pin"

    run_id: int = Field(sa_column=Column(BigId, ForeignKey("run.id", ondelete="CASCADE"), primary_key=True))
    name: str
    reason: str = long_text()


class RuleHit(Table, table=True):
    """That a rule spoke: about a run, or about one that was refused and so is none.

    `models` are those it took away; `refused` says that something would have been sent and was not. `bytes` is the
    size of what would have been sent. No text of the prompt stands here.
    """

    __tablename__ = "rule_hit"
    __table_args__ = (Index("ix_rule_hit_at_rule", "at", "rule", "name"),)

    id: int | None = key()
    at: datetime = moment()
    rule: str
    name: str
    reason: str = long_text()
    run_id: int | None = ref("run.id", index=True, nullable=True)
    person_id: int | None = ref("person.id", index=True, nullable=True)
    project_id: int | None = ref("project.id", index=True, nullable=True)
    strategy: str = ""
    models: Any = any_json()
    hosts: Any = any_json()
    bytes: int = 0
    refused: bool = False


class PromptClass(Table, table=True):
    """What a language model said a prompt asks for, by the text's hash and the version of question and form.

    `state` is asked, answered or failed. `run_id` is the run that asked, which holds the call and its cost.
    """

    __tablename__ = "prompt_class"
    __table_args__ = (UniqueConstraint("text_sha256", "version", name="uq_prompt_class_text"),)

    id: int | None = key()
    text_sha256: str
    version: str
    model: str = ""
    state: str
    task: str = ""
    difficulty: str = ""
    needs: Any = any_json()
    confidence: float | None = None
    problem: str = long_text()
    run_id: int | None = ref("run.id", index=True, nullable=True)
    asked_at: datetime = moment(index=True)
    answered_at: datetime | None = moment(nullable=True)
