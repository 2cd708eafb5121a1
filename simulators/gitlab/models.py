"""Namespaces, projects and people: what everything else on GitLab belongs to."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from simulators import git
from simulators.git import GitRepository
from simulators.gitlab.roles import Level

Json = dict[str, Any]
Visibility = Literal["private", "internal", "public"]

VISIBILITY_LEVELS = {"private": 0, "internal": 10, "public": 20}


@dataclass(eq=False)
class User:
    """A person, or the user that GitLab makes for a project or group access token."""

    id: int
    username: str
    name: str
    created_at: datetime
    bot: bool = False
    state: Literal["active", "blocked", "deactivated"] = "active"


@dataclass(eq=False)
class Member:
    """A user's role in a project or group."""

    user: User
    level: Level
    created_at: datetime


@dataclass(eq=False)
class Namespace:
    """A group, or what belongs to one user."""

    id: int
    full_path: str
    kind: Literal["group", "user"]
    owner: User | None = None
    parent: "Namespace | None" = None
    members: dict[int, Member] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The last part of the path."""
        return self.full_path.rpartition("/")[2]

    @property
    def name(self) -> str:
        """What people read."""
        return self.path.replace("-", " ").title()

    def upward(self) -> Iterator["Namespace"]:
        """This namespace and those around it."""
        yield self
        if self.parent is not None:
            yield from self.parent.upward()

    def level_of(self, user: User) -> Level:
        """A user's role here, perhaps inherited."""
        if self.owner is user:
            return Level.OWNER
        return max(
            (space.members[user.id].level for space in self.upward() if user.id in space.members), default=Level.NONE
        )


Commit: TypeAlias = git.Commit[User]


@dataclass(eq=False)
class Project(GitRepository[User]):
    """A project, known by its numeric id: paths change.

    `fetched` are commits that only refs of merge requests from forks hold, no branch.
    """

    id: int
    namespace: Namespace
    path: str
    visibility: Visibility
    created_at: datetime
    parent: "Project | None" = None
    deleted: bool = False
    members: dict[int, Member] = field(default_factory=dict, repr=False)
    fetched: dict[str, Commit] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """What people read."""
        return self.path.replace("-", " ").title()

    @property
    def full_path(self) -> str:
        """`namespace/path` as of now."""
        return f"{self.namespace.full_path}/{self.path}"

    def level_of(self, user: User) -> Level:
        """A user's role, own or inherited (GitLab, Members; `members/all`)."""
        own = self.members[user.id].level if user.id in self.members else Level.NONE
        return max(own, self.namespace.level_of(user))

    def member(self, user_id: int) -> Member | None:
        """The membership that counts: the highest of the project's own and the inherited ones."""
        spaces = (space.members.get(user_id) for space in self.namespace.upward())
        found = [member for member in (self.members.get(user_id), *spaces) if member is not None]
        if (owner := self.namespace.owner) is not None and owner.id == user_id:
            found.append(Member(owner, Level.OWNER, self.created_at))
        return max(found, key=lambda member: member.level, default=None)

    def visible_to(self, user: User | None) -> bool:
        """Whether somebody may know that the project exists."""
        if self.visibility == "public" or user is None:
            return self.visibility == "public"
        return self.visibility == "internal" or self.level_of(user) > Level.MINIMAL
