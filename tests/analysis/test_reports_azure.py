"""Test results of Azure Pipelines of which only the failed ones were fetched: totals stand for the others."""

import json
from typing import Any

import pytest

from bot.analysis import Limits
from bot.analysis.reports import READERS, Budget, Report

FAILED = {"automatedTestName": "A.b", "outcome": "Failed", "errorMessage": "no", "stackTrace": "at A.b"}


def read(*runs: Any) -> Report:
    data = json.dumps({"source": "azure-devops-test-results", "build": 1, "runs": runs}).encode()
    [reader] = [each for each in READERS if each.sniff(data)]
    limits = Limits()
    return reader.read([data], limits, Budget(limits), None)


def counts(report: Report) -> tuple[int, int, int, int]:
    found = report.counts
    return found.total, found.passed, found.failed, found.skipped


def test_totals_tell_of_what_was_not_fetched() -> None:
    first = {"name": "unit", "totalTests": 10, "passedTests": 7, "results": [FAILED]}
    second = {"name": "e2e", "totalTests": 2, "passedTests": 2, "results": []}
    report = read(first, second)
    assert counts(report) == (12, 9, 1, 2)
    assert [each.details for each in report.failures] == ["no\nat A.b"]


@pytest.mark.parametrize(
    "totals",
    [
        {},
        {"totalTests": 0, "passedTests": 9},
        {"totalTests": -5, "passedTests": -5},
        {"totalTests": "many"},
        {"x": None},
    ],
)
def test_totals_that_cannot_be_add_nothing(totals: dict[str, Any]) -> None:
    assert counts(read({**totals, "results": [FAILED]})) == (1, 0, 1, 0)


def test_a_run_of_which_nothing_failed() -> None:
    report = read({"name": "unit", "totalTests": 3, "passedTests": 3, "results": []})
    assert (counts(report), report.reason) == ((3, 3, 0, 0), None)


@pytest.mark.parametrize(
    ("storage", "name", "known_as"),
    [
        ("shop.tests.dll", "Shop.Tests.Cart.Adds", "Shop.Tests.Cart.Adds"),
        ("tests.test_cart", "test_adds[1]", "tests/test_cart.py::test_adds[1]"),
        ("com.acme.CartTest", "adds", "com.acme.CartTest::adds"),
        ("", "adds", "adds"),
    ],
)
def test_names_are_those_of_other_reports(storage: str, name: str, known_as: str) -> None:
    result = {**FAILED, "automatedTestName": name, "automatedTestStorage": storage}
    assert [each.id for each in read({"results": [result]}).failures] == [known_as]
