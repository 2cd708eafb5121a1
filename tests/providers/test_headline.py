"""The first line, case by case."""

import pytest

from providers.headline import headline
from providers.report import Counts, Finding, Novelty, Suite, Verdict
from tests.providers.samples import suite

NEW, KNOWN, UNKNOWN = (Finding("x", novelty=novelty) for novelty in (Novelty.NEW, Novelty.KNOWN, Novelty.UNKNOWN))


@pytest.mark.parametrize(
    ("each", "words"),
    [
        (suite(Verdict.PENDING), "The tests are waiting to start"),
        (suite(Verdict.PASSED, counts=Counts()), "The tests passed"),
        (suite(Verdict.PASSED, counts=Counts(1, 1)), "1 test passed"),
        (suite(Verdict.PASSED, counts=Counts(5, 0, 0, 0, 5)), "No test ran: all 5 were skipped"),
        (suite(Verdict.UNSTABLE, counts=Counts(9, 9, flaky=2)), "9 tests passed, 2 only after a retry"),
        (suite(Verdict.PASSED, counts=Counts(9, 8, 1)), "8 tests passed, 1 failed"),
        (suite(Verdict.FAILED, counts=Counts()), "The tests failed"),
        (suite(Verdict.FAILED, NEW, counts=Counts()), "The tests failed — 1 new cause"),
        (suite(Verdict.FAILED, KNOWN, counts=Counts(3, 0, 3)), "3 tests failed — 1 cause, none new"),
        (suite(Verdict.FAILED, UNKNOWN, counts=Counts(3, 2, 0, 1)), "1 of 3 tests failed — 1 cause"),
        (suite(Verdict.ERROR, counts=Counts()), "No test result: the run did not finish"),
        (suite(Verdict.CANCELLED, counts=Counts()), "The tests were cancelled"),
    ],
)
def test_one_suite(each: Suite, words: str) -> None:
    assert headline(each.verdict, [each]) == words


def test_several_suites() -> None:
    passed, running = suite(Verdict.PASSED, counts=Counts(3, 3)), suite(Verdict.RUNNING, counts=Counts())
    stopped = suite(Verdict.CANCELLED, counts=Counts(), problem="A newer commit came.")
    assert headline(Verdict.RUNNING, [passed, running]) == "The tests are running, 1 of 2 suites are done"
    words = "1 of 3 suites cancelled: A newer commit came (1 suite still running)"
    assert headline(Verdict.CANCELLED, [passed, stopped, running]) == words
