"""A stand-in for GitHub with state, strict about what it accepts."""

from simulators.diff import ChangedFile
from simulators.github.models import (
    Account,
    App,
    CheckRun,
    Comment,
    Commit,
    Installation,
    Issue,
    PullRequest,
    Repository,
    Role,
    Status,
)
from simulators.github.simulator import GithubSimulator, github_contract
from simulators.github.webhooks import Event
from simulators.webhooks import Delivery

__all__ = [
    "Account",
    "App",
    "ChangedFile",
    "CheckRun",
    "Comment",
    "Commit",
    "Delivery",
    "Event",
    "GithubSimulator",
    "Installation",
    "Issue",
    "PullRequest",
    "Repository",
    "Role",
    "Status",
    "github_contract",
]
