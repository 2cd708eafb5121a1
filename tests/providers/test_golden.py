"""What people see, word for word; `AGNOX_GOLDEN=write pytest tests/providers/test_golden.py` writes it anew."""

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from providers.azure import markup as azure
from providers.gitea import markup as gitea
from providers.github import markup as github
from providers.gitlab import markup as gitlab
from providers.report import Counts, Finding, Location, Novelty, Report, Verdict
from tests.providers.samples import ANSWERS, ATTEMPTS, BROKEN, FLAKY, HELD, HOSTILE, RESET, TIMEOUT, many, report, suite

GOLDEN = Path(__file__).parent / "golden"

REPORTS = {
    "one-failure": report(suite(Verdict.FAILED, TIMEOUT)),
    "three-causes": report(suite(Verdict.FAILED, RESET, BROKEN, TIMEOUT, attempt=2, engine="claude-sonnet")),
    "nothing-to-compare-with": report(
        suite(
            Verdict.FAILED,
            replace(TIMEOUT, novelty=Novelty.UNKNOWN),
            history="no run of `main` is known yet to compare with",
        )
    ),
    "thousand-failures": report(suite(Verdict.FAILED, *many(1000), counts=Counts(1200, 200, 1000))),
    "timeout": report(
        suite(
            Verdict.ERROR,
            counts=Counts(),
            seconds=600.0,
            problem="The suite was stopped after its limit of 10 minutes.",
        )
    ),
    "broken-off": report(
        suite(Verdict.ERROR, TIMEOUT, counts=Counts(40, 38, 2), problem="The suite was stopped after 10 minutes.")
    ),
    "passed": report(suite(Verdict.PASSED, counts=Counts(128, 123, 0, 0, 5))),
    "unstable": report(suite(Verdict.UNSTABLE, FLAKY, HELD)),
    "some-excused": report(suite(Verdict.FAILED, FLAKY, TIMEOUT, HELD, rerunnable_failed=True)),
    "attempts": replace(
        report(
            suite(
                Verdict.UNSTABLE,
                counts=Counts(128, 128, flaky=2),
                attempt=2,
                attempts=ATTEMPTS,
                healed=("tests/test_refund.py::test_refund", "tests/test_refund.py::test_half"),
            )
        ),
        running=("lint", "e2e (firefox)"),
    ),
    "answers": replace(report(suite(Verdict.FAILED, TIMEOUT, rerunnable_failed=True)), answers=ANSWERS),
    "answer-only": replace(report(), answers=ANSWERS[:1], running=("ci",)),
    "running": report(suite(Verdict.RUNNING, counts=Counts(), seconds=None, rerunnable=False)),
    "cancelled": report(suite(Verdict.CANCELLED, counts=Counts(), problem="Stopped by hand.")),
    "two-suites": report(
        suite(Verdict.PASSED, name="unit", counts=Counts(1024, 1024), seconds=48),
        suite(Verdict.FAILED, TIMEOUT, name="e2e", attempt=3),
        notes=("Checks can't be written: the permission `checks` is not granted, so the result stands here only.",),
    ),
    "one-suite-broke-off": report(
        suite(Verdict.PASSED, name="unit", counts=Counts(1024, 1024), seconds=48),
        suite(Verdict.ERROR, name="e2e", counts=Counts(), problem="The browser could not be installed."),
        suite(Verdict.RUNNING, name="lint", counts=Counts(), seconds=None),
    ),
    "monorepo": report(
        suite(
            Verdict.FAILED,
            replace(TIMEOUT, parts=("web_shop*",)),
            replace(RESET, parts=("payments", "<b>@stock</b>", "search"), novelty=Novelty.NEW),
            replace(HELD, parts=("search",)),
            name="unit",
            notes=("all tests were run: its test tool can't select tests", "log cut: 5000 bytes <!-- left out"),
        ),
        suite(Verdict.PASSED, name="e2e", counts=Counts(7, 7), notes=("junit.xml: more than 100,000 tests",)),
    ),
    "one-note": report(suite(Verdict.PASSED, counts=Counts(7, 7), notes=("log cut: 5000 bytes left out",))),
    "hostile": report(suite(Verdict.FAILED, HOSTILE, name="a`b|c @octocat")),
}


# What differs from host to host is escaping and folding; a few reports show it all.
TELLING = (
    *("hostile", "three-causes", "thousand-failures", "two-suites", "passed"),
    *("some-excused", "attempts", "answers", "answer-only", "monorepo"),
)
COMMENTS: dict[str, Callable[[Report], str]] = {
    "github": github.render_comment,
    "gitlab": gitlab.render_comment,
    "azure": azure.render_comment,
    "azure-server": partial(azure.render_comment, dialect=azure.FLAT),
    "gitea": gitea.render_comment,
}
CHECKS = {"gitlab": gitlab.render_check, "azure": azure.render_check, "gitea": gitea.render_check}


@pytest.mark.parametrize("host", COMMENTS)
def test_short_texts(host: str) -> None:
    long = [name for name, each in REPORTS.items() if len(COMMENTS[host](each)) >= 8000]
    assert long == []


@pytest.mark.parametrize(
    ("host", "name"), [(host, name) for host in COMMENTS for name in (REPORTS if host == "github" else TELLING)]
)
def test_comment(host: str, name: str) -> None:
    compare(f"{host}/{name}.md", COMMENTS[host](REPORTS[name]))


CHECKED = ("three-causes", "timeout", "passed", "unstable", "some-excused", "attempts", "one-note")


@pytest.mark.parametrize("name", CHECKED)
def test_check(name: str) -> None:
    each = REPORTS[name]
    check = github.render_check(each.suites[0], each)
    remarks = "\n".join(
        f"{remark.level.value} {remark.path}:{remark.start_line} {remark.title}\n{remark.message}"
        for remark in check.annotations
    )
    actions = ", ".join(action.label for action in check.actions)
    parts = (check.name, check.title, check.summary, check.text, remarks, actions)
    compare(f"github/{name}.check.md", "\n\n---\n\n".join(parts))


@pytest.mark.parametrize("host", CHECKS)
def test_status(host: str) -> None:
    """One line is all that such hosts show, so nothing else may make one status differ from another."""
    each = report(suite(Verdict.FAILED, RESET, BROKEN, TIMEOUT, attempt=2, engine="claude-sonnet"))
    check = CHECKS[host](each.suites[0], each)
    assert (check.name, check.title) == ("Agnox", "4 of 128 tests failed — 3 causes, 1 new")
    assert (check.summary, check.text, check.actions, check.annotations) == ("", "", (), ())


def compare(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("AGNOX_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{text}\n", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == f"{text}\n"


def test_locations_outside_the_repository_are_left_out() -> None:
    paths = [
        "/etc/passwd",
        "../x.py",
        "a/../../x.py",
        "C:\\x.py",
        "",
        ".",
        "~/x",
        "a\nb.py",
        "x" * 1001,
        "https://x/y.py",
    ]
    findings = [Finding("boom", location=Location(path, 1)) for path in paths]
    findings += [Finding("boom", location=Location("src/x.py", line)) for line in (0, -1, 2**31)]
    good = Finding("boom", location=Location(".\\src\\x.py", 3))
    check = github.render_check(suite(Verdict.FAILED, *findings, good, good), Report("a" * 40, ()))
    assert [(remark.path, remark.start_line) for remark in check.annotations] == [("src/x.py", 3)]
