"""In which step of a run a failure stands; said only of what stands in it."""

import json

import pytest

from bot.analysis import Analysis, Input, analyze
from bot.analysis.limits import Limits
from bot.analysis.logs import scan
from bot.analysis.render import markdown, text
from tests.analysis.samples import PYTEST

REPORT = """<testsuite><testcase classname="tests.test_pay" name="test_refund">
<failure message="assert 0 == 10">def test_refund():
E       assert 0 == 10
E        +  where 0 = refund(10)</failure></testcase></testsuite>"""


def of(*inputs: str) -> Analysis:
    return analyze([Input.of_bytes(f"input{number}", content.encode()) for number, content in enumerate(inputs)])


def test_a_finding_of_a_log_names_its_step() -> None:
    analysis = of(PYTEST)
    assert [finding.step for finding in analysis.findings] == ["pytest"]
    assert json.loads(json.dumps(analysis.to_dict()))["findings"][0]["step"] == "pytest"
    assert "\n     in step pytest\n     input0:" in text(analysis)
    assert "\nIn step `pytest`\n\n```\ninput0:" in markdown(analysis)


def test_a_failing_test_names_the_step_that_printed_it() -> None:
    assert [finding.step for finding in of(REPORT, PYTEST).findings] == ["pytest"]


@pytest.mark.parametrize(
    "log",
    [
        "",
        PYTEST.replace("##[group]Run pytest", "collecting"),
        # The lines stand before and after the step that failed, or only some of them in it.
        PYTEST.replace(" ##[error]", " ##[group]Run coverage report\n##[error]"),
        "$ make\nERROR: Job failed: exit code 1\n$ show\nE       assert 0 == 10\nE        +  where 0 = refund(10)\n",
        "E       assert 0 == 10\n$ make\nE        +  where 0 = refund(10)\nERROR: Job failed: exit code 1\n",
    ],
)
def test_no_step_is_claimed_for_what_stands_elsewhere(log: str) -> None:
    (finding,) = of(REPORT, *[log][: bool(log)]).to_dict()["findings"]
    assert "step" not in finding


@pytest.mark.parametrize(
    ("log", "span"),
    [
        ("$ a\n$ b\n\nno\nERROR: Job failed: exit code 2\nend\n$ c\n$ d\n", (2, 6)),
        ("$ a\nERROR: Job failed: exit code 2\nend\n", (1, None)),
        ("##[group]Run a\n##[error]no\nPost job cleanup.\n##[error]no\n", (1, 2)),
        ('$ a && \\\nno\nThe command "a && b" exited with 1.\nend\n', (1, None)),
        ('no\nThe command "a" exited with 1.\n$ b\nThe command "b" exited with 1.\n', (2, 2)),
    ],
)
def test_the_lines_of_the_step_that_failed(log: str, span: tuple[int, int | None]) -> None:
    step = scan([log.encode()], Limits()).step
    assert (step.first, step.last) == span


def test_the_name_of_a_step_has_no_power() -> None:
    analysis = of(PYTEST.replace("Run pytest", "Run pytest `x` <b> @octocat \u202ey"))
    assert "\nIn step ``pytest `x` <b> @octocat \ufffdy``\n" in markdown(analysis)
    assert "\n     in step pytest `x` <b> @octocat \ufffdy\n" in text(analysis)
