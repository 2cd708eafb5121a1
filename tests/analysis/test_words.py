"""What is said of a failure claims no more than what is known, and quotes what inputs say as code."""

import pytest

from bot.analysis import Finding, Input, analyze
from bot.analysis.knowledge import best_known
from bot.analysis.problems import problem_of
from bot.analysis.reports.base import TestResult
from bot.analysis.words import cause_of, fix_of, gives_no_reason, quoted, where_of


def of_log(text: str) -> Finding:
    (finding,) = analyze([Input.of_bytes("build.log", text.encode())]).findings
    return finding


def of_test(message: str, details: str = "") -> str:
    problem = problem_of(TestResult("t", "t", "", "", "failed", message=message, details=details))
    return cause_of(problem, 1)


def test_type_message_and_place_are_said_once() -> None:
    assert of_test("ValueError: bad id", 'File "shop/a.py", line 3, in x') == "Raised at `shop/a.py:3`."
    assert of_test("ValueError: bad id") == "`ValueError`: `bad id`."
    assert of_test("it broke") == "Failed: `it broke`."
    assert of_test("") == "Failed: no message was given for the test, so nothing tells why."


def test_the_cause_behind_an_error_is_told() -> None:
    details = (
        "shop.StartError: no start\n\tat shop.App.run(App.java:3)\nCaused by: shop.KeyError: no key 'x'\n\t... 3 more"
    )
    assert of_test("shop.StartError: no start", details).endswith("Behind it: `shop.KeyError: no key 'x'`.")


def test_tests_that_never_ran_are_said_to_be_so() -> None:
    problem = problem_of(TestResult("t", "t", "", "", "errored", message="boom"))
    cause = cause_of(problem, 3, blocked=True)
    assert cause == "3 tests could not run: what comes before them failed. Failed: `boom`."
    assert cause_of(problem, 1, blocked=True).startswith("The test could not run: what comes before it failed.")


def test_what_inputs_say_can_not_leave_its_code() -> None:
    assert quoted("a `b`\n\x1b[31mc\x1b[0m\x07") == "`a 'b' c`"
    assert len(quoted("x" * 1000)) == 302
    cause = of_test("`@everyone` <b>")
    assert cause == "Failed: `'@everyone' <b>`."


@pytest.mark.parametrize(
    "line",
    [
        "FAILURE: Build failed with an exception.",
        "##[error]Process completed with exit code 1.",
        'The command "make" exited with 2.',
        "BUILD FAILED",
        "error Command failed with exit code 1.",
    ],
)
def test_a_line_that_gives_no_reason_is_no_cause(line: str) -> None:
    assert gives_no_reason(line)
    assert where_of("compile", line, 0.9) == "The log tells where it failed, not why."


def test_a_sentence_is_built_only_on_a_sure_category() -> None:
    line = "README.md:2186:Line longer than 80 characters."
    assert not gives_no_reason(line)
    assert where_of("lint", line, 0.9).startswith("A check of the sources failed")
    assert where_of("lint", line, 0.5) == where_of("unknown", line, 0.9)


def test_what_is_known_brings_its_own_steps() -> None:
    known = best_known([(1.0, "E   ModuleNotFoundError: No module named 'yaml'")])
    assert known is not None
    assert fix_of("dependency", known) == known.steps
    assert "`yaml`" in known.steps[0]
    assert fix_of("test") == ()
    assert len(fix_of("lint")) == 1


def test_a_log_is_explained_by_the_line_that_is_known_and_quotes_it() -> None:
    finding = of_log(
        "Building shop\nwriting dist\nOSError: [Errno 28] No space left on device\n"
        "##[error]Process completed with exit code 1.\n"
    )
    assert finding.cause == "The disk of the machine is full (No space left on device)."
    assert finding.fix[0].startswith("Free space before this step")
    assert (finding.category, finding.fix_kind) == ("infra", "build")
    assert any("No space left on device" in evidence.text for evidence in finding.evidence)


def test_a_vague_line_gives_way_to_the_one_that_is_known() -> None:
    finding = of_log(
        "FAILURE: Build failed with an exception.\n\n* What went wrong:\n"
        "> Could not resolve all files for configuration ':app:debugCompileClasspath'.\n"
        "   > Could not find com.acme:pay:2.0.\n\nBUILD FAILED in 3s\n"
        'The command "./gradlew check" exited with 1.\n'
    )
    assert finding.category == "dependency"
    assert finding.cause.startswith("Gradle can't get what it needs for `")
    assert "Could not" in finding.title
    assert "Could not" in finding.evidence[0].text


def test_a_log_without_a_reason_says_so() -> None:
    finding = of_log('compiling\nlinking\nstep 3\nThe command "./build.sh" exited with 1.\n')
    assert finding.cause == "The log tells where it failed, not why."
    assert finding.confidence < 0.9


def test_an_error_of_its_own_is_not_explained_by_another_line() -> None:
    finding = of_log(
        "curl: (22) The requested URL returned error: 404 Not Found\nstarting\n\n"
        'Traceback (most recent call last):\n  File "shop/a.py", line 3, in pay\n    x\n'
        "ShopError: the till is closed\n"
        "##[error]Process completed with exit code 1.\n"
    )
    assert "404" not in finding.cause
    assert "shop/a.py:3" in finding.cause
