"""Vectors in the database: bytes of float32 everywhere, or the type of pgvector where PostgreSQL can have it."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

COLUMNS = ("head", "tail")


def prefer(connection: Connection) -> None:
    """Turn empty columns of vectors into pgvector's type where the server has it and lets this user have it."""
    if connection.dialect.name != "postgresql" or uses_pgvector(connection):
        return
    if connection.exec_driver_sql("SELECT 1 FROM prompt_vector LIMIT 1").first() is not None:
        return
    available = "SELECT 1 FROM pg_available_extensions WHERE name = 'vector'"
    if connection.exec_driver_sql(available).first() is None:
        return
    try:
        with connection.begin_nested():
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS vector")
            for column in COLUMNS:
                connection.exec_driver_sql(
                    f"ALTER TABLE prompt_vector ALTER COLUMN {column} TYPE vector USING NULL::vector"
                )
    except DBAPIError:
        return  # not allowed here; bytes do as well, only the searching is done by this process


def uses_pgvector(connection: Connection) -> bool:
    """Tell whether this database's vectors are pgvector's."""
    if connection.dialect.name != "postgresql":
        return False
    found = connection.execute(
        sa.text(
            "SELECT t.typname FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid "
            "WHERE a.attrelid = to_regclass('prompt_vector') AND a.attname = 'head'"
        )
    ).scalar()
    return bool(found == "vector")
