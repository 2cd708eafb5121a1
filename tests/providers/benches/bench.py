"""What the contract suite needs of a simulated host, the same for all hosts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from providers.interface import CiProvider, Host
from providers.values import Account, CommentRef, Permission, PullRequest, Repository

SECRET = "a long secret that only the host and we know"


@dataclass(frozen=True)
class SeenCheck:
    """A verdict as it stands on the host; `state` in the host's words, `annotations` are their titles in order."""

    id: str
    name: str
    title: str
    state: str
    annotations: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()


@dataclass
class Moment:
    """A clock that tests set."""

    seconds: float = 1_790_000_000.0

    def __call__(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class Bench(Protocol):
    """One simulated host with a repository, an open pull request, and us let in."""

    @property
    def moment(self) -> Moment: ...

    @property
    def host(self) -> Host: ...

    @property
    def provider(self) -> CiProvider: ...

    @property
    def repository(self) -> Repository: ...

    @property
    def pull(self) -> PullRequest: ...

    def comments(self) -> list[str]: ...

    def resolved(self) -> list[bool]:
        """Which of `comments` ask for nothing any more; all False where the host can't show that."""
        ...

    def checks(self) -> list[SeenCheck]: ...

    def statuses(self) -> list[SeenCheck]:
        """The verdicts that count for the head of our pull request."""
        ...

    def remarks(self) -> list[tuple[str, int, bool]]:
        """Our remarks on the diff: path, line, and whether it is open."""
        ...

    def reactions(self, comment: CommentRef) -> list[str]: ...

    def stranger_says(self, body: str) -> CommentRef: ...

    def edit_comment(self, comment: CommentRef, body: str) -> None:
        """Its author changes it, later."""
        ...

    def we_said(self, body: str) -> str:
        """A comment of ours that nobody remembers; gives its id."""
        ...

    def remove_comment(self, comment_id: str) -> None: ...

    def remove_check(self, check_id: str) -> None: ...

    def give(self, login: str, permission: Permission) -> Account: ...

    def stranger(self, login: str) -> Account:
        """Somebody who has no right here; an empty login stands for a deleted account."""
        ...

    def fork_pull(self) -> tuple[PullRequest, str]:
        """A pull request from a fork and its branch as `owner:name`."""
        ...

    def push(self) -> str:
        """A new head of our pull request; gives its sha."""
        ...

    def commit(self, files: Mapping[str, bytes], branch: str = "main") -> str:
        """Puts files on a branch; gives the commit's sha."""
        ...

    def rename(self, path: str) -> None:
        """The repository gets another path."""
        ...

    @property
    def hook_place(self) -> str:
        """Where `ensure_hooks` can put a hook."""
        ...

    def hook_secrets(self) -> list[str]:
        """What the hooks made here prove themselves with, as the host keeps it."""
        ...

    def weak_provider(self) -> CiProvider:
        """A provider whose credential lacks rights that we need."""
        ...

    def revoke(self) -> None:
        """The credential of `provider` is not accepted any more."""
        ...

    def lose_answer(self, method: str, *, skip: int = 0) -> None:
        """The next such request is applied, and we don't hear of it."""
        ...

    def calls(self) -> tuple[int, int]:
        """Reads and writes since this was last asked, without those for tokens."""
        ...

    def problems(self) -> Sequence[object]:
        """Requests that the real host would not take."""
        ...
