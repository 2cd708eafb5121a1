"""What an endpoint is, and what it is given."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from simulators.answers import Answer
from simulators.asked import Asked
from simulators.azure.answers import (
    bad_request,
    needs_permission,
    no_commit,
    no_project,
    no_pull_request,
    no_repository,
)
from simulators.azure.credentials import Caller
from simulators.azure.effects import Effects
from simulators.azure.hooks import Hooks
from simulators.azure.models import Commit, Identity, Json, Project, PullRequest, Repository
from simulators.azure.permissions import READ
from simulators.azure.state import State
from simulators.azure.views.common import Urls
from simulators.azure.world import World


@dataclass(frozen=True)
class ApiCall:
    """One accepted request with everything an endpoint needs to answer it."""

    asked: Asked[Caller]
    world: World
    hooks: Hooks
    effects: Effects
    urls: Urls
    latest: str

    @property
    def state(self) -> State:
        """Everything the host knows."""
        return self.world.state

    @property
    def actor(self) -> Identity:
        """Who is seen to have done it."""
        return self.asked.caller.identity

    @property
    def body(self) -> Json:
        """The body, if it is a JSON object; 400 otherwise."""
        if not isinstance(self.asked.body, dict):
            raise bad_request("The body of this request is a JSON object.")
        return self.asked.body

    @property
    def query(self) -> Mapping[str, str]:
        """The query parameters."""
        return self.asked.query

    @cached_property
    def project(self) -> Project | None:
        """The project of the path, if it names one."""
        name = self.asked.arguments.get("project")
        if name is None:
            return None
        project = self.state.project(name)
        if project is None:
            raise no_project(name)
        return project

    @cached_property
    def repository(self) -> Repository:
        """The repository of the path; one that may not be read is not there."""
        name = self.asked.arguments["repositoryId"]
        repository = self.state.repository(name, self.project)
        if repository is None or not self.state.may(self.actor, repository, READ):
            raise no_repository(name)
        return repository

    @cached_property
    def pull(self) -> PullRequest:
        """The pull request of the path."""
        pull = self.state.pulls.get(self.number("pullRequestId"))
        if pull is None or pull.repository is not self.repository:
            raise no_pull_request()
        return pull

    @cached_property
    def commit(self) -> Commit:
        """The commit of the path."""
        sha = self.asked.arguments["commitId"]
        commit = self.repository.commits.get(sha)
        if commit is None:
            raise no_commit(sha)
        return commit

    def number(self, name: str) -> int:
        """A number of the path; 400 if it is none."""
        value = self.asked.arguments[name]
        if not value.isdecimal() or len(value) > 10:
            raise bad_request(f"The value '{value}' is not valid for {name}.")
        return int(value)

    def count(self, name: str, default: int, most: int) -> int:
        """A number of the query, at most `most`; 400 if it is none."""
        value = self.query.get(name, str(default))
        if not value.isdecimal() or len(value) > 10:
            raise bad_request(f"The value '{value}' is not valid for {name}.")
        return min(int(value), most)

    def flag(self, name: str) -> bool:
        """A boolean of the query."""
        return self.query.get(name, "").lower() == "true"

    def demand(self, repository: Repository, bit: int) -> None:
        """403 TF401027 without the right."""
        if not self.state.may(self.actor, repository, bit):
            raise needs_permission(self.actor, bit)


Handler = Callable[[ApiCall], Answer]


@dataclass(frozen=True)
class Route:
    """An operation: its path below the collection as the OpenAPI description spells it, and who may call it.

    `scopes` are those of which a personal access token needs one, `right` is a bit on the repository of the path.
    """

    method: str
    path: str
    handler: Handler
    scopes: tuple[str, ...] = ()
    right: int | None = None
    preview_only: bool = False
    version_free: bool = False

    def paths(self) -> Iterator[str]:
        """The templates at which the operation stands: Git answers without a project in the path, too."""
        yield f"/{{organization}}/{self.path}"
        if self.path.startswith("{project}/_apis/git/"):
            yield f"/{{organization}}/{self.path.removeprefix('{project}/')}"


def listed(items: Sequence[Any], headers: Mapping[str, str] | None = None) -> Answer:
    """A list as Azure DevOps wraps it."""
    return Answer({"count": len(items), "value": list(items)}, headers=headers or {})
