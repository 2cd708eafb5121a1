"""The log of what was asked of a simulated host."""

from dataclasses import dataclass


@dataclass
class Call:
    """One request; `status` 0 means that the caller got no whole answer."""

    method: str
    path: str
    query: str
    authenticated_as: str
    token_request: bool
    status: int = 0
    fault: bool = False

    @property
    def write(self) -> bool:
        """Whether the request asks for a change of what people see; token requests do not."""
        return self.method not in ("GET", "HEAD", "OPTIONS") and not self.token_request


class Calls(list[Call]):
    """All calls in the order of their arrival."""

    def writes(self) -> list[Call]:
        """Calls that change something."""
        return [call for call in self if call.write]

    def without_tokens(self) -> list[Call]:
        """Calls other than those that only fetch an access token."""
        return [call for call in self if not call.token_request]
