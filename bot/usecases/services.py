"""What use cases work with, put together once at start."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from anyio import CapacityLimiter

from bot.node.executors import Executors
from bot.store.base import now
from bot.store.database import Database
from bot.store.vault import Vault
from bot.usecases.known_changes import KnownChanges
from bot.usecases.known_rights import KnownRights
from bot.usecases.llm_policy import LlmPolicy
from bot.usecases.read_policy import KnownPolicies
from providers.factory import Registry


@dataclass(frozen=True)
class Services:
    """The tools of a use case; nothing here belongs to one organization."""

    database: Database
    vault: Vault
    registry: Registry
    public_url: str
    executors: Executors
    execution_limit: timedelta = timedelta(minutes=30)
    log_limit: int = 20_000_000
    upload_limit: int = 100_000_000
    line_remarks: int = 0
    session_silence: timedelta = timedelta(minutes=10)
    llm: LlmPolicy = field(default_factory=LlmPolicy)
    changes: KnownChanges = field(default_factory=KnownChanges)
    policies: KnownPolicies = field(default_factory=KnownPolicies)
    rights: KnownRights = field(default_factory=KnownRights)
    clock: Callable[[], datetime] = now
    packing: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(1))
    """Files are masked and compressed one request at a time, so that they never take all threads."""
