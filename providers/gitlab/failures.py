"""GitLab's refusals as errors of the contract, some told apart more finely (GitLab REST, Status codes)."""

from collections.abc import Mapping

from providers.errors import NotFound, ProviderError, Rejected, Unauthenticated
from providers.failures import Failures


class Moved(NotFound):
    """The thing has another address by now, as after a rename."""


class NoFile(NotFound):
    """The project and its version are there, but no such file in them."""


class Taken(Rejected):
    """It is there already."""


class WrongState(Rejected):
    """A commit status can't go from the state it is in to this one."""


class Raced(Rejected):
    """Somebody else changed the same thing in the same moment."""


def _refine(status: int, headers: Mapping[str, str], message: str) -> type[ProviderError] | None:
    told = message.lower()
    if status in (301, 302, 303, 307, 308):
        # A page to sign in is no address of the API.
        return Unauthenticated if "/users/sign_in" in headers.get("location", "") else Moved
    if status == 404 and told == "404 file not found":
        return NoFile
    if "already been taken" in told:
        return Taken
    if status == 400 and "cannot transition" in told:
        return WrongState
    return Raced if status in (409, 422) else None


FAILURES = Failures("GitLab", remaining="ratelimit-remaining", reset="ratelimit-reset", refine=_refine)
