"""A stand-in for Gitea and Forgejo with state, strict about what it accepts."""

from simulators.gitea.models import (
    Account,
    ChangedFile,
    Comment,
    Commit,
    Hook,
    HookDelivery,
    Issue,
    PullRequest,
    Repository,
    Right,
    Status,
)
from simulators.gitea.simulator import BOT_SCOPES, SPANNING, GiteaSimulator
from simulators.gitea.views.common import Urls
from simulators.gitea.webhooks import Event

__all__ = [
    "BOT_SCOPES",
    "SPANNING",
    "Account",
    "ChangedFile",
    "Comment",
    "Commit",
    "Event",
    "GiteaSimulator",
    "Hook",
    "HookDelivery",
    "Issue",
    "PullRequest",
    "Repository",
    "Right",
    "Status",
    "Urls",
]
