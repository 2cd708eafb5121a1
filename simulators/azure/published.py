"""What the task "Publish Test Results" makes of a report (Azure Pipelines, result formats mapping)."""

from xml.etree import ElementTree

from simulators.azure.models import TestOutcome

_BROKEN = ("failure", "error")


def results_of(content: bytes) -> list[TestOutcome]:
    """The results of a JUnit report; none of anything else."""
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 (written by our own tests and demo)
    except ElementTree.ParseError:
        return []
    return [
        _result(case, case.get("classname") or suite.get("name") or "")
        for suite in root.iter("testsuite")
        for case in suite.findall("testcase")
    ]


def _result(case: ElementTree.Element, storage: str) -> TestOutcome:
    problem = next((found for tag in _BROKEN if (found := case.find(tag)) is not None), None)
    outcome = "NotExecuted" if case.find("skipped") is not None else "Passed" if problem is None else "Failed"
    return TestOutcome(
        name=case.get("name", ""),
        storage=storage,
        outcome=outcome,
        duration=float(case.get("time") or 0) * 1000,
        message=problem.get("message", "") if problem is not None else "",
        trace=(problem.text or "").strip() if problem is not None else "",
    )
