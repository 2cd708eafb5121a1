"""What a host gives so that its pull requests can be seen and used."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from simulators.page.look import Look
from simulators.page.views import PullLine, PullPage


class NotThere(LookupError):
    """There is no such pull request, thread, check or button; like any LookupError of a host it becomes a 404."""


class PageHost(Protocol):
    """A simulated host behind the pages.

    `place` holds the path parameters of `look.address`, `viewer` the key of a person or anything else that came with
    the request; a host takes somebody sensible for an unknown one. NotThere is raised for what does not exist. Each
    method runs in a worker thread: it takes the state's lock itself, and lets go of it before posting a webhook, since
    the receiver may call back before it answers.
    """

    @property
    def look(self) -> Look:
        """Name, colour, words and address."""
        ...

    def pulls(self) -> Sequence[PullLine]:
        """All pull requests."""
        ...

    def show(self, place: Mapping[str, Any], viewer: str) -> PullPage:
        """One pull request as it is now."""
        ...

    def comment(self, place: Mapping[str, Any], viewer: str, body: str, thread: str | None) -> None:
        """Somebody comments, or replies in a thread; the webhook goes out as it would on the host."""
        ...

    def press(self, place: Mapping[str, Any], viewer: str, target: str, button: str) -> None:
        """Somebody presses a button of the check or thread `target`."""
        ...
