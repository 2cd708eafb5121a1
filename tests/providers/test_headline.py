"""The first line, case by case."""

import pytest

from providers.headline import headline
from providers.report import Counts, Finding, Novelty, Suite, Verdict
from tests.providers.samples import FLAKY, HELD, suite

NEW, KNOWN, UNKNOWN = (Finding("x", novelty=novelty) for novelty in (Novelty.NEW, Novelty.KNOWN, Novelty.UNKNOWN))

HERE = Finding("x", excuse="ignored on this pull request by ada")


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
        (
            suite(Verdict.FAILED, NEW, FLAKY, counts=Counts(9, 7, 2)),
            "2 of 9 tests failed, 1 of them flaky — 1 new cause",
        ),
        (suite(Verdict.UNSTABLE, FLAKY), "1 of 128 tests failed — flaky"),
        (suite(Verdict.UNSTABLE, FLAKY, HELD), "3 of 128 tests failed — all flaky or quarantined"),
        (suite(Verdict.UNSTABLE, HERE, counts=Counts()), "The tests failed — ignored"),
        (suite(Verdict.UNSTABLE, counts=Counts(9, 7, 2)), "2 of 9 tests failed — none that fails a check"),
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


def test_what_runs_besides() -> None:
    passed, running = (
        suite(Verdict.PASSED, counts=Counts(3, 3), name="unit"),
        suite(Verdict.RUNNING, counts=Counts(), name="e2e"),
    )
    assert headline(Verdict.PASSED, [passed], running=("lint", "lint")) == "3 tests passed (1 run still running)"
    words = "3 tests passed (2 runs still running)"
    assert headline(Verdict.PASSED, [passed, running], running=("lint", "e2e")) == words
    assert headline(Verdict.PENDING, []) == "No test result yet"
    assert headline(Verdict.PENDING, [], running=("lint",)) == "The tests are running"
