"""Column types that make the same value of both databases: aware UTC times, exact money, vectors."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, Integer, Text
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

from core.domain.money import from_pico, to_pico

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

BigId = BigInteger().with_variant(Integer(), "sqlite")
"""An ascending integer key: SQLite only gives row ids to a column of type INTEGER."""


class PlainText(TypeDecorator[str]):
    """Any text a person or a model may send, without what a database cannot hold.

    PostgreSQL refuses NUL, and half of a UTF-16 pair is no UTF-8: each becomes U+FFFD, the replacement character.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace what cannot be kept; any other text passes as it is."""
        return None if value is None else storable(value)


def storable(text: str) -> str:
    """Give the text with NUL and lone surrogates replaced by U+FFFD, so that both databases take it."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


class UtcTime(TypeDecorator[datetime]):
    """An aware time in UTC: timestamptz on PostgreSQL, whole microseconds since 1970 on SQLite."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column's type for the database at hand."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse naive times; give the database its form."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else (moment - EPOCH) // MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give an aware UTC time back."""
        if value is None:
            return None
        return value.astimezone(UTC) if isinstance(value, datetime) else EPOCH + int(value) * MICROSECOND


class Money(TypeDecorator[Decimal]):
    """Dollars as a 64-bit integer of pico-dollars, so that sums in SQL are exact."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Round once, half to even, to whole pico-dollars."""
        return None if value is None else to_pico(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Give exact dollars; PostgreSQL sums 64-bit integers to NUMERIC, hence the int()."""
        return None if value is None else from_pico(int(value))


class UnitMoney(TypeDecorator[Decimal]):
    """Dollars for one unit, kept as pico-dollars per million units: $0.000000075 a token is 75,000,000,000."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Scale up a million times, then round once."""
        return None if value is None else to_pico(value * 1_000_000)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Scale back, exactly."""
        return None if value is None else from_pico(int(value)).scaleb(-6)


class Vector(UserDefinedType[Any]):
    """The column type of the PostgreSQL extension pgvector, known here so that its tables can be read."""

    cache_ok = True

    def __init__(self, dimensions: int | None = None) -> None:
        """Take the number of dimensions as PostgreSQL tells it."""
        self.dimensions = dimensions

    def get_col_spec(self, **_options: Any) -> str:
        """Give the type's name in SQL."""
        return "vector"


ischema_names["vector"] = Vector
