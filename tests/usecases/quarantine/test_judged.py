"""Which executions failed only of what fails no check."""

from typing import Any

import pytest

from bot.domain.excuses import Quarantine, Rules
from bot.store.models import Execution
from bot.usecases.compose_report import compose_suite
from bot.usecases.excuse_failures import all_excused, excuses
from providers.report import Verdict
from tests.usecases.quarantine.executions import told

RULES = Rules((Quarantine("test_pay", "ada"),))
PAY = {"title": "boom", "tests": ["test_pay"]}
ADD = {"title": "bang", "tests": ["test_add"]}
BUILD = {"title": "no build", "tests": [], "novelty": "flaky", "history": "passed on a retry before"}


@pytest.mark.parametrize(
    ("found", "fields", "verdict"),
    [
        ([PAY], {}, Verdict.UNSTABLE),
        ([PAY, ADD], {}, Verdict.FAILED),
        ([PAY, BUILD], {}, Verdict.FAILED),
        ([PAY | {"tests": ["test_pay", "test_add"]}], {}, Verdict.FAILED),
        ([ADD | {"novelty": "flaky", "history": "goes red and green by turns"}], {}, Verdict.UNSTABLE),
        ([ADD | {"novelty": "known", "history": "also fails on `main`"}], {}, Verdict.FAILED),
        ([], {}, Verdict.FAILED),
        ([PAY], {"problem": "the runner was lost"}, Verdict.FAILED),
        ([PAY], {"state": "ERROR"}, Verdict.ERROR),
        # Of more than this many nobody knows what they failed of.
        ([PAY], {"counts": {"total": 2000, "failed": 1000, "errored": 1}}, Verdict.FAILED),
        ([PAY], {"counts": {"total": 2000, "failed": 999, "errored": 1}}, Verdict.UNSTABLE),
    ],
)
def test_verdicts(found: list[dict[str, Any]], fields: dict[str, Any], verdict: Verdict) -> None:
    one = told(found, **fields)
    assert compose_suite(one, "https://bot.example", RULES).verdict is verdict
    excused = all_excused(one.execution, excuses(one.execution, RULES))
    assert excused is (verdict is Verdict.UNSTABLE)


def test_what_the_ci_allows_says_so() -> None:
    execution: Execution = told([PAY, ADD], outcome="passed", state="UNSTABLE").execution
    assert excuses(execution, RULES) == ["quarantined by ada", "allowed to fail: the CI run passed all the same"]
