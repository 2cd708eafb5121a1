"""Every sample report gives exactly what is written down for it."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.analysis import Input, analyze

REPORTS = Path(__file__).parents[1] / "data" / "reports"
EXPECTED: dict[str, dict[str, Any]] = json.loads((REPORTS / "expected.json").read_text(encoding="utf-8"))


def test_every_sample_has_an_expectation() -> None:
    files = {path.name for path in REPORTS.iterdir() if path.is_file()} - {"README.md", "expected.json"}
    assert files == EXPECTED.keys()


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_sample(name: str) -> None:
    analysis = analyze([Input.of_bytes(name, (REPORTS / name).read_bytes())])
    counts = analysis.counts
    assert {
        "verdict": analysis.verdict,
        "counts": [counts.total, counts.passed, counts.failed, counts.errored, counts.skipped, counts.flaky],
        "failing": list(analysis.failing_tests),
        "causes": [finding.title for finding in analysis.findings],
        "unreadable": [item.reason for item in analysis.unreadable],
    } == EXPECTED[name]


def test_reports_of_one_run_are_added_up() -> None:
    names = ["dorny-jest-junit.xml", "dorny-swift-xunit.xml", "enricomi-xunit-xunit.xml"]
    analysis = analyze([Input.of_bytes(name, (REPORTS / name).read_bytes()) for name in names])
    assert (analysis.counts.total, analysis.counts.failed) == (6 + 3 + 2, 4 + 1)
    assert analysis.inputs == tuple(names)
    assert len(analysis.findings) == 5
