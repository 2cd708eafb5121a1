"""Tells tests that never ran, and failures that only follow from another one."""

import re

from bot.analysis.reports.base import TestResult

SEEN = 4_000
"""Characters of a failure's details that are looked at."""
_BEFORE_TESTS = re.compile(
    # pytest; unittest; JUnit 4 and 5; TestNG; Mocha and Cypress; Jest; RSpec; NUnit and xUnit.net; PHPUnit; Go
    r"^failed on setup with|^collection failure|worker 'gw\d+' crashed|\bsetUpClass\b|\bsetUpModule\b"
    r"|\binvokeBefore(?:All|Each)|statements\.RunBefores|@BeforeAll|@BeforeClass|\bbeforeClass\b"
    r"|\"before (?:all|each)\" hook|\bbeforeAll hook\b|Test suite failed to run|An error occurred while loading"
    r"|before\(:(?:context|all|suite)\)|^OneTimeSetUp:|fixture (?:type|constructor).{0,80}threw"
    r"|\bsetUpBeforeClass\b|\[(?:build|setup) failed\]|Failed to load ApplicationContext",
    re.MULTILINE,
)
_NO_TEST = re.compile(r"^(?:initializationError|setUpClass|setUpModule|beforeAll|.*\"before (?:all|each)\" hook)\b")
# A failure that repeats an earlier one, and what the earlier one looks like.
_FOLLOWS = (
    (re.compile(r"ApplicationContext failure threshold"), re.compile(r"Failed to load ApplicationContext")),
    (re.compile(r"NoClassDefFoundError: Could not initialize class"), re.compile(r"ExceptionInInitializerError")),
    (re.compile(r"current transaction is aborted"), re.compile(r"(?i)(?:sql|database|psycopg|integrity|programming)")),
    (re.compile(r"^previous test failed|\bprevious test failed \("), re.compile(r"\S")),
    (re.compile(r"(?i)invalid session id|session deleted|chrome not reachable"), re.compile(r"(?i)crash|disconnected")),
)


def kept_from_running(result: TestResult) -> bool:
    """Whether the test was never reached: its set-up, its import or its process failed before."""
    return bool(_NO_TEST.match(result.name) or _BEFORE_TESTS.search(_said(result)))


def follows(result: TestResult, earlier: TestResult | None = None) -> bool:
    """Whether a failure has the form of one that follows from another; with `earlier`, whether that can be the other.

    One that follows must have run in the same class or file, unless what it follows is shared by all.
    """
    text = _said(result)
    for pattern, before in _FOLLOWS:
        if pattern.search(text):
            return earlier is None or (before.search(_said(earlier)) is not None and _shared(text, result, earlier))
    return False


def _shared(text: str, result: TestResult, earlier: TestResult) -> bool:
    near = (result.classname, result.file) == (earlier.classname, earlier.file)
    return near or "ApplicationContext" in text or "Could not initialize" in text


def _said(result: TestResult) -> str:
    return f"{result.message[:SEEN]}\n{result.type}\n{result.details[:SEEN]}"
