"""The router: its decisions, the rules that spoke, the runs that must stay inside, and what prompts ask for."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    add_routes()
    add_rules()
    add_classes()


def add_routes() -> None:
    op.create_table(
        "route",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("strategy", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("choice", sa.JSON(), nullable=True),
        sa.Column("asked", sa.JSON(), nullable=True),
        sa.Column("overridden", sa.Boolean(), nullable=False),
        sa.Column("baseline", sa.String(), nullable=False),
        sa.Column("expected_cost", sa.BigInteger(), nullable=True),
        sa.Column("baseline_cost", sa.BigInteger(), nullable=True),
        sa.Column("challenger", sa.String(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=True),
        sa.Column("keep", sa.Float(), nullable=False),
        sa.Column("receipt", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_route_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_route"),
        sa.UniqueConstraint("public_id", name="uq_route_public_id"),
        sa.UniqueConstraint("run_id", name="uq_route_run_id"),
    )
    op.create_index("ix_route_created_at_id", "route", ["created_at", "id"])
    op.create_table(
        "run_pin",
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_run_pin_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", name="pk_run_pin"),
    )


def add_rules() -> None:
    op.create_table(
        "rule_hit",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("run_id", KEY, nullable=True),
        sa.Column("person_id", KEY, nullable=True),
        sa.Column("project_id", KEY, nullable=True),
        sa.Column("strategy", sa.String(), nullable=False),
        sa.Column("models", sa.JSON(), nullable=True),
        sa.Column("hosts", sa.JSON(), nullable=True),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_rule_hit_run_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_rule_hit_person_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_rule_hit_project_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_rule_hit"),
    )
    op.create_index("ix_rule_hit_at_rule", "rule_hit", ["at", "rule", "name"])
    for column in ("run_id", "person_id", "project_id"):
        op.create_index(f"ix_rule_hit_{column}", "rule_hit", [column])


def add_classes() -> None:
    op.create_table(
        "prompt_class",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("text_sha256", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("difficulty", sa.String(), nullable=False),
        sa.Column("needs", sa.JSON(), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("run_id", KEY, nullable=True),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("answered_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_prompt_class_run_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_prompt_class"),
        sa.UniqueConstraint("text_sha256", "version", name="uq_prompt_class_text"),
    )
    for column in ("run_id", "asked_at"):
        op.create_index(f"ix_prompt_class_{column}", "prompt_class", [column])
