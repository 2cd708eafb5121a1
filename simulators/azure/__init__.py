"""A stand-in for Azure DevOps with state, strict about what it accepts."""

from simulators.azure.contract import azure_contract
from simulators.azure.effects import Effect
from simulators.azure.entra import Application, Entra
from simulators.azure.hooks import Notification
from simulators.azure.models import (
    Build,
    Comment,
    Commit,
    Identity,
    Iteration,
    Project,
    PullRequest,
    Repository,
    Reviewer,
    Status,
    Thread,
)
from simulators.azure.people import TENANT
from simulators.azure.ratelimit import RateLimit
from simulators.azure.simulator import AzureSimulator
from simulators.azure.subscriptions import Event, Subscription

__all__ = [
    "TENANT",
    "Application",
    "AzureSimulator",
    "Build",
    "Comment",
    "Commit",
    "Effect",
    "Entra",
    "Event",
    "Identity",
    "Iteration",
    "Notification",
    "Project",
    "PullRequest",
    "RateLimit",
    "Repository",
    "Reviewer",
    "Status",
    "Subscription",
    "Thread",
    "azure_contract",
]
