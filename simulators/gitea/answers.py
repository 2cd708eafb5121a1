"""Refusals in the shape of Gitea's REST API (services/context/api.go)."""

from collections.abc import Mapping

from simulators.answers import Answer, Refusal

API_HELP = "https://gitea.example/api/swagger"


class GiteaRefusal(Refusal):
    """`{"message", "url"}`, where `url` is that of the API's documentation, or no body at all for an empty message."""

    def __init__(
        self, status: int, message: str, *, headers: Mapping[str, str] | None = None, violation: str | None = None
    ) -> None:
        super().__init__(status, message, headers=headers, violation=violation is not None)
        self._problem = violation

    @property
    def problem(self) -> str:
        """How the list of violations words it."""
        return self._problem or super().problem

    def answer(self) -> Answer:
        """The refusal as Gitea words it."""
        if not self.message:
            return Answer(status=self.status, headers=self.headers)
        return Answer({"message": self.message, "url": API_HELP}, self.status, self.headers)


class NotFound(GiteaRefusal):
    """404, also for what exists but may not be seen; it has `errors` besides."""

    def __init__(self, message: str = "The target couldn't be found.", *, violation: str | None = None) -> None:
        super().__init__(404, message, violation=violation)

    def answer(self) -> Answer:
        """The refusal as Gitea words it."""
        return Answer({"errors": None, "message": self.message, "url": API_HELP}, 404)


class Broken(GiteaRefusal):
    """500 with an empty message, which Gitea 1.23 answers for some things that are simply not there."""

    def __init__(self) -> None:
        super().__init__(500, "")

    def answer(self) -> Answer:
        """The refusal as an instance in production words it to those who are no site administrators."""
        return Answer({"message": "", "url": API_HELP}, 500)


def unprocessable(field: str, message: str) -> GiteaRefusal:
    """422 for a body that Gitea does not accept."""
    return GiteaRefusal(422, f"[{field}]: {message}", violation=f"{field}: {message}")
