"""What git keeps of a repository, whichever host it is on: commits with their trees, and branches."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

Author = TypeVar("Author")


@dataclass(eq=False)
class Commit(Generic[Author]):
    """One revision with its whole tree."""

    sha: str
    message: str
    parents: tuple[str, ...]
    author: Author
    date: datetime
    tree: dict[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def title(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]


@dataclass(eq=False, kw_only=True)
class GitRepository(Generic[Author]):
    """Branches with their commits; `commits` holds those too that no branch reaches."""

    default_branch: str
    branches: dict[str, str] = field(default_factory=dict, repr=False)
    commits: dict[str, Commit[Author]] = field(default_factory=dict, repr=False)

    def commit(
        self,
        files: Mapping[str, bytes | str],
        author: Author,
        date: datetime,
        sha: str,
        *,
        branch: str | None = None,
        message: str = "Change files",
        parents: tuple[str, ...] | None = None,
    ) -> str:
        """Puts `files` on top of what a branch holds, a new one on top of the default branch; gives the sha."""
        branch = branch or self.default_branch
        start = self.branches.get(branch) or self.branches.get(self.default_branch)
        tree = dict(self.commits[start].tree) if start else {}
        tree |= {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
        before = parents if parents is not None else ((start,) if start else ())
        self.commits[sha] = Commit(sha, message, before, author, date, tree)
        self.branches[branch] = sha
        return sha
