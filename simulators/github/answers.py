"""Answers and refusals in the shape of GitHub's REST API."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulators.github.models import Json

DOCUMENTATION = "https://docs.github.com/rest"


@dataclass(frozen=True)
class Answer:
    """What an endpoint says: JSON, or bytes with their own content type."""

    content: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """A refused request; `violation` marks those that a correct client never sends."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        errors: list[Json] | None = None,
        headers: Mapping[str, str] | None = None,
        violation: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors
        self.headers = dict(headers or {})
        self.violation = violation

    def answer(self) -> Answer:
        """The refusal as GitHub words it (GitHub REST, Troubleshooting)."""
        body: Json = {"message": self.message, "documentation_url": DOCUMENTATION, "status": str(self.status)}
        if self.errors is not None:
            body["errors"] = self.errors
        return Answer(body, self.status, self.headers)


def invalid(resource: str, field_name: str, message: str) -> Refusal:
    """422 for content that GitHub does not accept."""
    error = {"resource": resource, "field": field_name, "code": "custom", "message": message}
    return Refusal(422, "Validation Failed", errors=[error], violation=True)


def not_found() -> Refusal:
    """404, also for what exists but may not be seen."""
    return Refusal(404, "Not Found")


def not_accessible() -> Refusal:
    """403 for an installation or user whose permissions do not reach this far."""
    return Refusal(403, "Resource not accessible by integration")
