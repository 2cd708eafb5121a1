"""What a git host can refuse, the same for all hosts."""

from datetime import datetime

from providers.values import Written


class ProviderError(Exception):
    """A call to a git host did not do what was asked.

    `written` is set when a verb of several calls had done some of them: keep it as an unsure slot.
    """

    written: Written | None = None


class InvalidSignature(ProviderError):
    """A webhook delivery is not proven to come from the host."""


class MalformedPayload(ProviderError):
    """A webhook delivery is proven but can't be read."""


class Unauthenticated(ProviderError):
    """The host does not accept our credential: revoked, expired, or the wrong key."""


class NotFound(ProviderError):
    """The thing is not there, or the credential may not see it."""


class Forbidden(ProviderError):
    """The credential is good but lacks the right; the message names it if the host does."""


class Suspended(Forbidden):
    """The installation is suspended or gone: stop all work for it."""


class Rejected(ProviderError):
    """The host calls the request wrong (HTTP 400, 409, 422): trying again would not help."""


class TooLarge(Rejected):
    """What was asked for has more bytes than we take."""


class Unavailable(ProviderError):
    """The host, or the way to it, is broken for now: try again with backoff."""


class RateLimited(ProviderError):
    """The host asks us to wait until `retry_at` (aware, UTC)."""

    def __init__(self, message: str, *, retry_at: datetime) -> None:
        super().__init__(message)
        self.retry_at = retry_at
