"""What an Agnox server keeps (keinar/Agnox, packages/shared-types)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]

TERMINAL = frozenset({"PASSED", "FAILED", "ERROR", "UNSTABLE", "CANCELLED"})


@dataclass(eq=False)
class Account:
    """An organization with its API key; `projects` are the ids of what it may test."""

    id: str
    key: str
    projects: list[str]
    revoked: bool = False


@dataclass(eq=False)
class Execution:
    """One run; `context` is its cycle's CI context."""

    task_id: str
    account: Account
    cycle_id: str
    request: Json
    started_at: datetime
    context: Json | None = None
    status: str = "PENDING"
    ended_at: datetime | None = None
    output: str = field(default="", repr=False)
    error: str = ""
    group: str = ""
    hidden: bool = False
    """Spoken of by a webhook before the database shows it."""
