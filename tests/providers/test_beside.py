"""What a report says beside its causes: attempts, what runs, answers, and a way to try again."""

from dataclasses import replace

import pytest

from providers.annotations import annotations
from providers.attempts import attempt_lines, running_line
from providers.github.markup import DIALECT, render_comment
from providers.report import Answer, Attempt, Counts, Finding, Level, Location, Report, Suite, Verdict
from tests.providers.samples import HELD, SHA, TIMEOUT, report, suite

EIGHT = tuple(Attempt(number, Verdict.FAILED, Counts(9, 8, 1)) for number in range(1, 9))


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        (Attempt(2, Verdict.PASSED, Counts(9, 9)), "attempt 2 ✅ passed"),
        (Attempt(2, Verdict.FAILED, Counts()), "attempt 2 ❌ failed"),
        (Attempt(2, Verdict.UNSTABLE, Counts(9, 8, 1, 0)), "attempt 2 ⚠️ 1 failed"),
        (Attempt(2, Verdict.ERROR, Counts(9, 0, 1, 1200)), "attempt 2 💥 1,201 failed"),
        (Attempt(2, Verdict.ERROR), "attempt 2 💥 no result"),
        (Attempt(2, Verdict.CANCELLED, requested_by="@all"), "attempt 2 ⏹️ cancelled (asked for by `@all`)"),
        (Attempt(2, Verdict.RUNNING, url="javascript:x"), "attempt 2 ⏳ running"),
        (Attempt(2, Verdict.PENDING, url="https://ci.example/2"), "[attempt 2](https://ci.example/2) ⏳ waiting"),
    ],
)
def test_an_attempt(attempt: Attempt, words: str) -> None:
    (line,) = attempt_lines([Suite("ci", attempt.verdict, attempts=(EIGHT[0], attempt))], DIALECT)
    assert line == f"attempt 1 ❌ 1 failed · {words}"


def test_of_many_attempts_the_first_and_the_newest_are_told() -> None:
    (line,) = attempt_lines([Suite("ci", Verdict.FAILED, attempts=EIGHT)], DIALECT)
    shown = [part.split()[1] if part != "…" else part for part in line.split(" · ")]
    assert shown == ["1", "…", "5", "6", "7", "8"]


def test_suites_have_their_names_where_there_are_several() -> None:
    one = Suite("unit", Verdict.FAILED, attempts=EIGHT[:2])
    other = Suite("e2e", Verdict.UNSTABLE, healed=tuple(f"t{number}" for number in range(5)))
    lines = list(attempt_lines([one, other, Suite("lint", Verdict.PASSED, attempts=EIGHT[:1])], DIALECT))
    assert lines[0].startswith("`unit`: attempt 1 ") and len(lines) == 2
    assert lines[1] == "`e2e`: passed on a re-run, so flaky: `t0`, `t1`, `t2` and 2 more"


def test_what_runs_is_named_once() -> None:
    assert running_line(Report(SHA, ()), DIALECT) == ""
    names = ("lint", "e2e", "lint", *(f"job {number}" for number in range(5)))
    said = running_line(Report(SHA, (), running=names), DIALECT)
    assert said == "⏳ Still running: `lint`, `e2e`, `job 0`, `job 1`, `job 2` and 2 more"


@pytest.mark.parametrize(
    ("rerunnable", "running", "offered"),
    [(True, (), True), (False, (), False), (True, ("Agnox",), False), (True, ("lint",), True)],
)
def test_trying_again_is_offered_where_it_would_do_something(
    rerunnable: bool, running: tuple[str, ...], offered: bool
) -> None:
    each = replace(report(suite(Verdict.FAILED, TIMEOUT, rerunnable_failed=rerunnable)), running=running)
    assert ("`/agnox rerun failed`" in render_comment(each)) is offered


def test_an_answer_of_several_lines_is_folded_and_cut() -> None:
    long = Answer("/agnox config", "ada", "\n\n".join(f"line {number}" for number in range(60)))
    text = render_comment(Report(SHA, (), answers=(long,)))
    assert "`ada`: `/agnox config`\n\n<details><summary>The answer (60 lines)</summary>\n\n- line 0\n" in text
    assert "- line 39\n- and 20 more lines\n" in text
    assert text.startswith("<!-- agnox:report -->\n### ⏳ No test result yet\n")


def test_what_is_explained_is_told_in_full() -> None:
    many = replace(TIMEOUT, tests=tuple(f"t{number}" for number in range(45)), evidence=TIMEOUT.evidence * 10)
    text = render_comment(Report(SHA, (), answers=(Answer("/agnox explain", "ada", "it", (many, HELD)),)))
    assert text.count("TimeoutError: locator.click") == 10 and "- `t44`" in text
    assert "quarantined by ada until 7 December 2026" in text and text.count("<details>") == 1


def test_remarks_on_what_fails_no_check_are_quiet_and_last() -> None:
    held, ignored = (
        Finding("boom", excuse=excuse, location=Location("x.py", line))
        for line, excuse in enumerate(("quarantined by ada", "ignored on this pull request by \x1b[31mada\n/close"), 1)
    )
    loud = Finding("bang", location=Location("x.py", 3))
    found = annotations((held, ignored, loud))
    assert [remark.level for remark in found] == [Level.FAILURE, Level.NOTICE, Level.NOTICE]
    assert found[1].message == "Fails no check: quarantined by ada"
    assert found[2].message == "Fails no check: ignored on this pull request by ada /close"
