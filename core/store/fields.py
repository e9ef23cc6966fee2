"""What every table is made of: the base class, and its kinds of column.

The base class has a registry of its own: Streamlit reloads every module when any source file changes, and classes
registered twice in SQLModel's global registry would raise "Table is already defined".
"""

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, MetaData, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from core.store.columns import BigId, Money, PlainText, UtcTime

# SQLite can only change or drop a constraint that has a name.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMES))):
    """Base of every table."""


def key() -> Any:
    """Give an ascending key."""
    return Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))


def ref(target: str, *, index: bool = False, nullable: bool = False) -> Any:
    """Refer to a row, with which this one goes; a nullable reference is emptied instead."""
    return Field(
        default=None,
        sa_column=Column(
            BigId, ForeignKey(target, ondelete="SET NULL" if nullable else "CASCADE"), index=index, nullable=nullable
        ),
    )


def maybe(target: str, *, ondelete: str | None = None, index: bool = False) -> Any:
    """Refer to what may be missing; without `ondelete` it cannot be deleted while something refers to it."""
    return Field(
        default=None, sa_column=Column(BigId, ForeignKey(target, ondelete=ondelete), index=index, nullable=True)
    )


def moment(*, nullable: bool = False, index: bool = False) -> Any:
    """Give an aware UTC time."""
    return Field(default=None, sa_column=Column(UtcTime, nullable=nullable, index=index))


def long_text() -> Any:
    """Give a text of any length."""
    return Field(default="", sa_column=Column(PlainText, nullable=False, default=""))


def any_json() -> Any:
    """Give a JSON value."""
    return Field(default=None, sa_column=Column(JSON, nullable=True))


def micros() -> Any:
    """Give a duration in microseconds."""
    return Field(default=None, sa_column=Column(BigInteger, nullable=True))


def money(*, nullable: bool = True) -> Any:
    """Give a sum of money."""
    return Field(default=None, sa_column=Column(Money, nullable=nullable))


def one_active(name: str, *columns: str, also: str = "") -> Index:
    """Give the index that lets one row count at a time; those before it stay, marked with the time they ended."""
    where = text(f"undone_at IS NULL{also}")
    return Index(name, *columns, unique=True, sqlite_where=where, postgresql_where=where)
