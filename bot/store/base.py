"""What all tables share."""

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

import sqlalchemy
from sqlalchemy import JSON, DateTime, Dialect, ForeignKey, MetaData, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, mapped_column

from bot.domain.ids import new_id


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, kept as UTC; SQLite forgets the zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class _Storable(TypeDecorator[str]):
    """Text from outside: what no database takes (NUL, half a surrogate pair) is replaced by U+FFFD."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or (value.isascii() and "\0" not in value):
            return value
        return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class Text(_Storable):
    """Text of any length."""

    impl = sqlalchemy.Text
    cache_ok = True


class Line(_Storable):
    """Text of a bounded length; what is too long is cut."""

    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self._length = length

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        value = super().process_bind_param(value, dialect)
        return None if value is None else value[: self._length]


def now() -> datetime:
    return datetime.now(UTC)


Key = Annotated[str, mapped_column(String(32), primary_key=True, default=new_id)]
OrganizationKey = Annotated[
    str, mapped_column(String(32), ForeignKey("organization.id", ondelete="CASCADE"), index=True)
]
Text255 = Annotated[str, mapped_column(Line(255))]
Created = Annotated[datetime, mapped_column(UtcDateTime(), default=now)]


class Base(DeclarativeBase):
    """The root of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        dict[str, str]: JSON(),
        dict[str, int]: JSON(),
    }
