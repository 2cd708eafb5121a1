"""The tables, one class a word of the field."""

from bot.store.base import Base
from bot.store.models.agnox import AgnoxRun, AgnoxServer
from bot.store.models.ci import CiRun, MergeGroup
from bot.store.models.history import GreenLog, TestOutcome
from bot.store.models.idempotency import KeyedRequest
from bot.store.models.llm import LlmAccess, LlmAnswer, LlmCall
from bot.store.models.nodes import LogChunk, TestingNode
from bot.store.models.rules import IgnoredFinding, Quarantined
from bot.store.models.sessions import IngestChunk, IngestSession
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
    "AgnoxRun",
    "AgnoxServer",
    "ApiKey",
    "Artifact",
    "AuditEntry",
    "Base",
    "CiRun",
    "CommentCommand",
    "Delivery",
    "DeliveryState",
    "Execution",
    "Finding",
    "GreenLog",
    "IgnoredFinding",
    "IngestChunk",
    "IngestSession",
    "Installation",
    "Integration",
    "Job",
    "JobState",
    "KeyedRequest",
    "LlmAccess",
    "LlmAnswer",
    "LlmCall",
    "LogChunk",
    "MergeGroup",
    "Organization",
    "Project",
    "Publication",
    "PullRequest",
    "Quarantined",
    "Repository",
    "TestCycle",
    "TestOutcome",
    "TestResult",
    "TestingNode",
]
