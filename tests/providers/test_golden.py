"""What people see, word for word; `AGNOX_GOLDEN=write pytest tests/providers/test_golden.py` writes it anew."""

import os
from pathlib import Path

import pytest

from providers.github.markup import render_check, render_comment
from providers.report import Counts, Evidence, Finding, Location, Novelty, Report, Verdict
from tests.providers.samples import BROKEN, RESET, TIMEOUT, many, report, suite

GOLDEN = Path(__file__).parent / "golden"

HOSTILE = Finding(
    title="fixes #1 `@octocat` <img src=x> --> \x1b[31mred\x1b[0m \u202egnp.exe",
    tests=(
        "test_x[``` @acme/team closes GH-12 ]",
        "a|b\n| --- | --- |",
        "https://evil.example/![x](https://evil.example/p.png)",
        "x" * 5000,
    ),
    cause="/close\n# heading @octocat fixes acme/shop#1 & see https://evil.example www.evil.example "
    "da39a3ee5e6b4b0d3255bfef95601890afd80709 <script>alert(1)</script> &#64;octocat ![](//x) mail@evil.example $x$",
    fix=("1. run `rm -rf` \ud800 it's *fine*", "- [ ] [click](javascript:alert(1))"),
    evidence=(
        Evidence("build.log", 1, "```\n</details><h1>out</h1>"),
        Evidence("build.log", 22, "````` \x00\x07 @octocat #1"),
    ),
    suspects=("../../etc/passwd", "src/`x`.py"),
    novelty=Novelty.NEW,
)

REPORTS = {
    "one-failure": report(suite(Verdict.FAILED, TIMEOUT)),
    "three-causes": report(suite(Verdict.FAILED, RESET, BROKEN, TIMEOUT, attempt=2, engine="claude-sonnet")),
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
    "unstable": report(suite(Verdict.UNSTABLE, RESET)),
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
    "hostile": report(suite(Verdict.FAILED, HOSTILE, name="a`b|c @octocat")),
}


def test_short_texts() -> None:
    assert {name: len(render_comment(each)) < 8000 for name, each in REPORTS.items()} == dict.fromkeys(REPORTS, True)


@pytest.mark.parametrize("name", REPORTS)
def test_comment(name: str) -> None:
    compare(f"{name}.md", render_comment(REPORTS[name]))


@pytest.mark.parametrize("name", ["three-causes", "timeout", "passed", "unstable"])
def test_check(name: str) -> None:
    each = REPORTS[name]
    check = render_check(each.suites[0], each)
    remarks = "\n".join(
        f"{remark.level.value} {remark.path}:{remark.start_line} {remark.title}\n{remark.message}"
        for remark in check.annotations
    )
    actions = ", ".join(action.label for action in check.actions)
    parts = (check.name, check.title, check.summary, check.text, remarks, actions)
    compare(f"{name}.check.md", "\n\n---\n\n".join(parts))


def compare(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("AGNOX_GOLDEN") == "write":
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
    check = render_check(suite(Verdict.FAILED, *findings, good, good), Report("a" * 40, ()))
    assert [(remark.path, remark.start_line) for remark in check.annotations] == [("src/x.py", 3)]
