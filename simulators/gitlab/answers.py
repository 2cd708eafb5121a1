"""Refusals in the shapes of GitLab's REST API (GitLab REST, Status codes)."""

from collections.abc import Mapping

from simulators.answers import Answer, Refusal

PLAIN = {"content-type": "text/plain; charset=utf-8"}


class Denied(Refusal):
    """A token that is not good enough, worded as OAuth does where there is a `code` (RFC 6750, 3.1)."""

    def __init__(self, message: str, code: str = "", status: int = 401, scope: str = "") -> None:
        super().__init__(status, message)
        self._code = code
        self._scope = scope

    def answer(self) -> Answer:
        """`{"error", "error_description"}`, or a message alone."""
        if not self._code:
            return super().answer()
        body = {"error": self._code, "error_description": self.message}
        return Answer(body | ({"scope": self._scope} if self._scope else {}), self.status, self.headers)


class Malformed(Refusal):
    """A request that does not fit the description; `{"error"}` as the parameter checks word it."""

    def __init__(self, message: str, status: int = 400, *, violation: bool = True) -> None:
        super().__init__(status, message, violation=violation)

    def answer(self) -> Answer:
        """The shape of parameter checks."""
        return Answer({"error": self.message}, self.status, self.headers)


class Throttled(Refusal):
    """429 with a plain text that is no JSON (GitLab, Rate limits)."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__(429, "Retry later", headers={**PLAIN, **headers})

    def answer(self) -> Answer:
        """Two words."""
        return Answer("Retry later\n", self.status, self.headers)


def not_found(what: str = "") -> Refusal:
    """404, also for what exists but may not be seen."""
    return Refusal(404, f"404 {what} Not Found" if what else "404 Not found")


def forbidden(why: str = "") -> Refusal:
    """403 for a role that does not reach this far."""
    return Refusal(403, f"403 Forbidden - {why}" if why else "403 Forbidden")


def bad_request(why: str, *, violation: bool = False) -> Refusal:
    """400 for content that GitLab does not accept."""
    return Refusal(400, f"400 Bad request - {why}", violation=violation)
