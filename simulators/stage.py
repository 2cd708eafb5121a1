"""One simulated host as the demo, the tests and the benchmarks use it, whichever it is."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from simulators.calls import Calls
from simulators.contract import Violation
from simulators.diff import FileDiff
from simulators.faults import Faults


@dataclass(frozen=True)
class Post:
    """A webhook delivery ready to be posted: where on the bot, and with what."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Pull:
    """An open pull request; `native` is the simulator's own."""

    number: int
    head_sha: str
    branch: str
    native: Any = field(repr=False)


@dataclass(frozen=True)
class Said:
    """Our comment as it stands; `settled` that it is shown as resolved."""

    id: str
    body: str
    settled: bool = False


@dataclass(frozen=True)
class Judged:
    """A verdict of ours that counts; `outcome` is passed, failed, pending, cancelled or other.

    `text` is all that is said in it, `lines` the places of its annotations.
    """

    id: str
    name: str
    outcome: str
    title: str
    text: str = ""
    url: str = ""
    lines: tuple[tuple[str, int], ...] = ()

    @property
    def finished(self) -> bool:
        return self.outcome != "pending"


@dataclass(frozen=True)
class Target:
    """Which requests do a thing, for faults: a method and a pattern of the path.

    `skip` of them, in the life of one report, come first and do something else.
    """

    method: str
    path: str
    skip: int = 0


class Stage(Protocol):
    """A simulated host with one repository, where the bot has not been let in yet.

    `targets` names the requests of the life of a report: `verdict`, `verdict changed`, `comments` (the search for
    ours), `comment`, `comment changed`, and `token` where one is fetched.
    """

    name: str
    """The provider's name, which contexts give as their source."""
    title: str
    path: str
    """The repository's path."""
    targets: Mapping[str, Target]

    @property
    def violations(self) -> Sequence[Violation]: ...

    @property
    def calls(self) -> Calls: ...

    @property
    def faults(self) -> Faults: ...

    def serve(self, port: int = 0) -> AbstractContextManager[str]:
        """Serves API and pages on loopback; gives the address."""
        ...

    def settings(self) -> Mapping[str, str]:
        """What a bot is told of this host: options of the host by their names. The host must be served."""
        ...

    @property
    def integration(self) -> tuple[str, str, str] | None:
        """A credential that will do, the instance's address and where a hook may hang; None if an app is installed."""
        ...

    def installed(self) -> list[Post]:
        """The app is installed on the repository."""
        ...

    def open_pull(
        self,
        branch: str = "feature",
        title: str = "Add a feature",
        files: Sequence[FileDiff] = (),
        *,
        sha: str | None = None,
        fork: bool = False,
    ) -> Pull: ...

    def push(self, pull: Pull, files: Sequence[FileDiff] | None = None, *, sha: str | None = None) -> str:
        """A new head of the pull request, in its source repository; gives its sha."""
        ...

    def close(self, pull: Pull) -> None: ...

    def comment(self, pull: Pull, login: str, body: str) -> str:
        """Somebody says something; gives the comment's id as the provider knows it."""
        ...

    def edit_comment(self, pull: Pull, comment_id: str, body: str) -> None: ...

    def allow(self, login: str) -> None:
        """Somebody may write to the repository."""
        ...

    def opened(self, pull: Pull) -> list[Post]: ...

    def pushed(self, pull: Pull) -> list[Post]: ...

    def closed(self, pull: Pull) -> list[Post]: ...

    def commented(self, pull: Pull, comment_id: str) -> list[Post]: ...

    def reactions(self, pull: Pull, comment_id: str) -> Sequence[str]: ...

    def comments(self, pull: Pull) -> list[Said]:
        """Our comments on the pull request, oldest first."""
        ...

    def verdicts(self, pull: Pull, sha: str = "") -> list[Judged]:
        """Our verdicts on the head, or another commit of it, in the order of their making."""
        ...

    def page(self, pull: Pull) -> str:
        """The address of the pull request's page."""
        ...


def change_of(file: FileDiff) -> Literal["added", "modified", "removed", "renamed"]:
    """What became of a file, as its diff tells."""
    if file.previous_path is not None:
        return "renamed"
    patch = file.patch or ""
    if patch.startswith("@@ -0,0 "):
        return "added"
    return "removed" if " +0,0 @@" in patch.partition("\n")[0] else "modified"
