"""Labels: queues and their items, judgements and scores, qualities, saved views, vectors; an outcome's task and alias.

A verdict may now be on an item; then it counts once an item and person, else once a run and person as before.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")


def where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


ACTIVE = where("undone_at IS NULL")


def upgrade() -> None:
    add_names_and_vectors()
    add_queues()
    add_words_on_answers()
    change_runs_and_verdicts()


def add_names_and_vectors() -> None:
    op.create_table(
        "model_alias",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("alias", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_model_alias"),
        sa.UniqueConstraint("alias", name="uq_model_alias_alias"),
    )
    op.create_table(
        "prompt_vector",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("text_sha256", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("tail", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_prompt_vector"),
        sa.UniqueConstraint("model", "version", "text_sha256", name="uq_prompt_vector_text"),
    )
    op.create_index("ix_prompt_vector_text_sha256", "prompt_vector", ["text_sha256"])


def add_queues() -> None:
    op.create_table(
        "queue",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("guide", sa.Text(), nullable=False),
        sa.Column("view", sa.JSON(), nullable=True),
        sa.Column("people", sa.JSON(), nullable=True),
        sa.Column("overlap", sa.String(), nullable=False),
        sa.Column("share", sa.Float(), nullable=False),
        sa.Column("names_shown", sa.String(), nullable=False),
        sa.Column("stop", sa.String(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("created_by", KEY, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("closed_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name="fk_queue_created_by", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_queue"),
        sa.UniqueConstraint("public_id", name="uq_queue_public_id"),
    )
    op.create_table(
        "saved_view",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("filter", sa.JSON(), nullable=True),
        sa.Column("person_id", KEY, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("removed_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_saved_view_person_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_view"),
    )
    op.create_table(
        "item",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("queue_id", KEY, nullable=True),
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("shots", sa.JSON(), nullable=True),
        sa.Column("repeat_of", KEY, nullable=True),
        sa.Column("swapped", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["queue_id"], ["queue.id"], name="fk_item_queue_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["repeat_of"], ["item.id"], name="fk_item_repeat_of", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_item_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_item"),
        sa.UniqueConstraint("public_id", name="uq_item_public_id"),
        sa.UniqueConstraint("queue_id", "key", name="uq_item_queue_key"),
    )
    op.create_index("ix_item_repeat_of", "item", ["repeat_of"])
    op.create_index("ix_item_run_id", "item", ["run_id"])
    op.create_table(
        "seen",
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_seen_person_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_seen_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "person_id", name="pk_seen"),
    )
    op.create_index("ix_seen_person_id", "seen", ["person_id"])


def add_words_on_answers() -> None:
    op.create_table(
        "judgement",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("item_id", KEY, nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("compared", sa.JSON(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("shot_id", KEY, nullable=True),
        sa.Column("flipped", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("cost_runs", sa.JSON(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("undone_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_judgement_item_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_judgement_run_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["shot_id"], ["shot.id"], name="fk_judgement_shot_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_judgement"),
    )
    op.create_index("ix_judgement_item_id", "judgement", ["item_id"])
    op.create_index("ix_judgement_run_id", "judgement", ["run_id"])
    op.create_index("ix_judgement_shot_id", "judgement", ["shot_id"])
    op.create_index("uq_judgement_active", "judgement", ["source", "name", "version", "subject"], unique=True, **ACTIVE)
    op.create_table(
        "score",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("shot_id", KEY, nullable=False),
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("person_id", KEY, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_score_person_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_score_run_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["shot_id"], ["shot.id"], name="fk_score_shot_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_score"),
    )
    op.create_index("ix_score_run_id", "score", ["run_id"])
    op.create_index("ix_score_shot_source", "score", ["shot_id", "source"])
    op.create_table(
        "settlement",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("item_id", KEY, nullable=False),
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("shot_id", KEY, nullable=True),
        sa.Column("compared", sa.JSON(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("undone_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_settlement_item_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_settlement_person_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_settlement_run_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["shot_id"], ["shot.id"], name="fk_settlement_shot_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_settlement"),
    )
    op.create_index("ix_settlement_run_id", "settlement", ["run_id"])
    op.create_index("ix_settlement_shot_id", "settlement", ["shot_id"])
    op.create_index("uq_settlement_active", "settlement", ["item_id"], unique=True, **ACTIVE)
    op.create_table(
        "shot_quality",
        sa.Column("shot_id", KEY, nullable=False),
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("people_weight", sa.BigInteger(), nullable=False),
        sa.Column("people_total", sa.BigInteger(), nullable=False),
        sa.Column("machine_weight", sa.BigInteger(), nullable=False),
        sa.Column("machine_total", sa.BigInteger(), nullable=False),
        sa.Column("quality", sa.Float(), nullable=True),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_shot_quality_run_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["shot_id"], ["shot.id"], name="fk_shot_quality_shot_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shot_id", name="pk_shot_quality"),
    )
    op.create_index("ix_shot_quality_run_id", "shot_quality", ["run_id"])
    op.create_table(
        "turn",
        sa.Column("item_id", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("skipped_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_turn_item_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_turn_person_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("item_id", "person_id", name="pk_turn"),
    )
    op.create_index("ix_turn_person_id", "turn", ["person_id"])


def change_runs_and_verdicts() -> None:
    op.add_column("run", sa.Column("task", sa.String(), nullable=True))
    op.create_index("ix_run_task", "run", ["task"])
    op.drop_index("ix_shot_run_cost", table_name="shot")
    op.create_index("ix_shot_run_cost", "shot", ["run_id", "model", "place", "state", "cost_state", "cost"])
    op.drop_index("uq_verdict_active", table_name="verdict")
    with op.batch_alter_table("verdict") as verdict:
        verdict.add_column(sa.Column("item_id", KEY, nullable=True))
        verdict.add_column(sa.Column("seconds", sa.Float(), nullable=True))
        verdict.create_foreign_key("fk_verdict_item_id", "item", ["item_id"], ["id"])
    of_a_run = where("undone_at IS NULL AND item_id IS NULL")
    op.create_index("uq_verdict_active", "verdict", ["run_id", "person_id"], unique=True, **of_a_run)
    of_an_item = where("undone_at IS NULL AND item_id IS NOT NULL")
    op.create_index("uq_verdict_item", "verdict", ["item_id", "person_id"], unique=True, **of_an_item)
