"""One simulated host as the demo, the tests and the benchmarks use it, whichever it is."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

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
class SimJob:
    """A job of a CI run that ended: what it printed, and the test reports that it kept, by file name.

    `outcome` is passed, failed, cancelled or skipped.
    """

    name: str
    outcome: str = "passed"
    log: str = ""
    reports: Mapping[str, bytes] = field(default_factory=dict)


@dataclass
class Run:
    """A run of the host's own CI; `native` is the simulator's own."""

    id: str
    name: str
    sha: str
    native: Any = field(repr=False)


@dataclass(frozen=True)
class Target:
    """Which requests do a thing, for faults: a method and a pattern of the path.

    `skip` of them, in the life of one report, come first and do something else.
    """

    method: str
    path: str
    skip: int = 0


class Simulator(Protocol):
    """What every simulated host has."""

    violations: list[Violation]
    calls: Calls
    faults: Faults

    def serve(self, port: int = 0) -> AbstractContextManager[str]: ...


class Stage(ABC):
    """A simulated host with one repository, where the bot has not been let in yet.

    `targets` names the requests of the life of a report: `verdict`, `verdict changed`, `comments` (the search for
    ours), `comment`, `comment changed`, and `token` where one is fetched. `outcomes` reads the host's words for how a
    verdict stands.
    """

    name: str
    """The provider's name, which contexts give as their source."""
    title: str
    targets: Mapping[str, Target]
    outcomes: Mapping[str, str]
    simulator: Simulator

    def __init__(self, path: str, simulator: Simulator) -> None:
        self.path = path
        """The repository's path."""
        self.simulator = simulator
        self.url = ""
        """Where the host is served."""

    @property
    def violations(self) -> Sequence[Violation]:
        return self.simulator.violations

    @property
    def calls(self) -> Calls:
        return self.simulator.calls

    @property
    def faults(self) -> Faults:
        return self.simulator.faults

    @contextmanager
    def serve(self, port: int = 0) -> Iterator[str]:
        """Serves API and pages on loopback; gives the address."""
        with self.simulator.serve(port) as self.url:
            yield self.url

    def settings(self) -> Mapping[str, str]:
        """What a bot is told of this host: options of the host by their names. The host must be served."""
        return {}

    @property
    def integration(self) -> tuple[str, str, str] | None:
        """A credential that will do, the instance's address and where a hook may hang; None if an app is installed."""
        return None

    def installed(self) -> list[Post]:
        """The app is installed on the repository."""
        return []

    def open_pull(
        self,
        branch: str = "feature",
        title: str = "Add a feature",
        files: Sequence[FileDiff] = (),
        *,
        sha: str | None = None,
        fork: bool = False,
    ) -> Pull:
        """Somebody who may write opens a pull request, or somebody else from a fork."""
        return self._open(branch, title, files, sha, fork)

    @abstractmethod
    def _open(self, branch: str, title: str, files: Sequence[FileDiff], sha: str | None, fork: bool) -> Pull: ...

    def push(self, pull: Pull, files: Sequence[FileDiff] | None = None, *, sha: str | None = None) -> str:
        """A new head of the pull request, in its source repository; gives its sha."""
        pull.head_sha = self._push(pull.native, files, sha)
        return pull.head_sha

    @abstractmethod
    def _push(self, native: Any, files: Sequence[FileDiff] | None, sha: str | None) -> str: ...

    @abstractmethod
    def close(self, pull: Pull) -> None: ...

    @abstractmethod
    def comment(self, pull: Pull, login: str, body: str) -> str:
        """Somebody says something; gives the comment's id as the provider knows it."""

    @abstractmethod
    def edit_comment(self, pull: Pull, comment_id: str, body: str) -> None: ...

    @abstractmethod
    def allow(self, login: str) -> None:
        """Somebody may write to the repository."""

    @abstractmethod
    def opened(self, pull: Pull) -> list[Post]: ...

    @abstractmethod
    def pushed(self, pull: Pull) -> list[Post]: ...

    @abstractmethod
    def closed(self, pull: Pull) -> list[Post]: ...

    @abstractmethod
    def commented(self, pull: Pull, comment_id: str) -> list[Post]: ...

    @abstractmethod
    def reactions(self, pull: Pull, comment_id: str) -> Sequence[str]: ...

    @abstractmethod
    def comments(self, pull: Pull) -> list[Said]:
        """Our comments on the pull request, oldest first."""

    @abstractmethod
    def verdicts(self, pull: Pull, sha: str = "") -> list[Judged]:
        """Our verdicts on the head, or another commit of it, in the order of their making."""

    @abstractmethod
    def page(self, pull: Pull) -> str:
        """The address of the pull request's page."""

    def begin_run(self, name: str, pull: Pull | None = None, *, sha: str = "") -> Run:
        """The host's own CI begins a run: of a pull request's head (or `sha`), as the host does it (perhaps on a merge
        commit), or without one of a new commit (or `sha`) on the default branch."""
        raise NotImplementedError

    def end_run(self, run: Run, *jobs: SimJob) -> None:
        """It ends; any failed job makes it fail. Where `jobs` ran before, this is their next attempt."""
        raise NotImplementedError

    def run_posts(self, run: Run) -> list[Post]:
        """What the host sends of a run as it stands now."""
        raise NotImplementedError

    def reruns(self, run: Run) -> Sequence[str]:
        """What we asked to run again: `all`, `failed`, or a job's name; a run that was asked for has begun anew."""
        raise NotImplementedError

    def cancelled(self, run: Run) -> bool:
        """Whether we had it stopped."""
        raise NotImplementedError

    def pushed_default(self, files: Sequence[FileDiff] = ()) -> list[Post]:
        """A push to the default branch; gives what the host sends."""
        raise NotImplementedError

    def put_file(self, path: str, content: str) -> None:
        """A file stands on the default branch, as `.agnox.yml`."""
        raise NotImplementedError

    def missed(self, posts: Sequence[Post]) -> None:
        """Deliveries that we did not take, as the host remembers them."""
        raise NotImplementedError

    def resent(self) -> list[Post]:
        """What the host sends again because we asked for it, since the last look."""
        raise NotImplementedError

    def status(self, number: int, name: str, state: str, said: str | None, url: str | None) -> Judged:
        """A verdict that is a commit's status: a line of text and a link."""
        text = said or ""
        return Judged(str(number), name, self.outcomes.get(state, "other"), text, text, url or "")
