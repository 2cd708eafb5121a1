"""What a repository asks of us in its `.agnox.yml`."""

from bot.domain.policy.effective import Row, Source, effective, layered
from bot.domain.policy.mistakes import Mistake, PolicyErrors
from bot.domain.policy.model import VERSION, Ai, Checks, Commands, PathRule, Policy, Quarantine, Runs, Tests
from bot.domain.policy.reading import FILE, LARGEST, parse, too_large
from bot.domain.policy.schema import FILE as SCHEMA
from bot.domain.policy.values import Comment, Engine, Level, Read, TestOn, WaitFor

__all__ = [
    "FILE",
    "LARGEST",
    "SCHEMA",
    "VERSION",
    "Ai",
    "Checks",
    "Commands",
    "Comment",
    "Engine",
    "Level",
    "Mistake",
    "PathRule",
    "Policy",
    "PolicyErrors",
    "Quarantine",
    "Read",
    "Row",
    "Runs",
    "Source",
    "TestOn",
    "Tests",
    "WaitFor",
    "effective",
    "layered",
    "parse",
    "too_large",
]
