"""What reporters send, in the shape of Agnox's own API."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from bot.domain.context import CiContext, Wire

MOST_EVENTS = 10_000
MOST_TEXT = 8_192
"""Characters of a log chunk or an error that are kept; more is cut."""


def _cut(length: int) -> BeforeValidator:
    return BeforeValidator(lambda value: value[:length] if isinstance(value, str) else value)


def _count(value: Any) -> Any:
    """A reporter's count is only a hint: nonsense is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 2**31:
        return None
    return int(value)


Count = Annotated[int | None, BeforeValidator(_count)]


class Setup(Wire):
    """The body of `POST /api/ingest/setup`."""

    project_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    run_name: Annotated[str, _cut(200)] | None = None
    framework: Annotated[str, _cut(64)] = ""
    reporter_version: Annotated[str, _cut(64)] | None = None
    total_tests: Count = None
    environment: Annotated[str, _cut(64)] | None = None
    ci_context: CiContext | None = None


class Batch(Wire):
    """The body of `POST /api/ingest/event`; events that mean nothing to us are passed over one by one."""

    session_id: Annotated[str, Field(max_length=64)]
    events: Annotated[list[Any], Field(min_length=1, max_length=MOST_EVENTS)]


class Summary(Wire):
    """The reporter's own counts: of attempts, not of tests; `duration` is in milliseconds."""

    total: Count = None
    passed: Count = None
    failed: Count = None
    skipped: Count = None
    duration: Count = None


class Teardown(Wire):
    """The body of `POST /api/ingest/teardown`."""

    session_id: Annotated[str, Field(max_length=64)]
    status: Literal["PASSED", "FAILED"]
    summary: Summary = Summary()

    @field_validator("summary", mode="before")
    @classmethod
    def _none(cls, value: Any) -> Any:
        return value if isinstance(value, Mapping) else {}
