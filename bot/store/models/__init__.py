"""The tables, one class a word of the field."""

from bot.store.base import Base
from bot.store.models.history import GreenLog, TestOutcome
from bot.store.models.llm import LlmAccess, LlmAnswer, LlmCall
from bot.store.models.tenancy import (
    ApiKey,
    AuditEntry,
    CommentCommand,
    Installation,
    Integration,
    Organization,
    Project,
    PullRequest,
    Repository,
)
from bot.store.models.testing import Artifact, Execution, Finding, Publication, TestCycle, TestResult
from bot.store.models.work import Delivery, DeliveryState, Job, JobState

__all__ = [
    "ApiKey",
    "Artifact",
    "AuditEntry",
    "Base",
    "CommentCommand",
    "Delivery",
    "DeliveryState",
    "Execution",
    "Finding",
    "GreenLog",
    "Installation",
    "Integration",
    "Job",
    "JobState",
    "LlmAccess",
    "LlmAnswer",
    "LlmCall",
    "Organization",
    "Project",
    "Publication",
    "PullRequest",
    "Repository",
    "TestCycle",
    "TestOutcome",
    "TestResult",
]
