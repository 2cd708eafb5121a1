"""Refusals in the shape of GitHub's REST API."""

from collections.abc import Mapping

from simulators import answers
from simulators.answers import Answer
from simulators.github.models import Json

DOCUMENTATION = "https://docs.github.com/rest"


class Refusal(answers.Refusal):
    """A refused request with GitHub's list of `errors`."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        errors: list[Json] | None = None,
        headers: Mapping[str, str] | None = None,
        violation: bool = False,
    ) -> None:
        super().__init__(status, message, headers=headers, violation=violation)
        self.errors = errors

    @property
    def problem(self) -> str:
        """The message and what each error says."""
        told = [self.message, *(error["message"] for error in self.errors or ())]
        return ": ".join(part.rstrip(".") for part in told)

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
