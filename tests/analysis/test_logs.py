"""What is said of a run when there is only its log."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.analysis import Analysis, Input, Limits, analyze
from tests.analysis.samples import COMPILE, GO, JEST, LOGS, MAVEN, PYTEST


def read(text: str, baseline: str | None = None, limits: Limits | None = None) -> Analysis:
    green = Input.of_bytes("green.log", baseline.encode()) if baseline is not None else None
    return analyze([Input.of_bytes("build.log", text.encode())], baseline=green, limits=limits)


@pytest.mark.parametrize(
    ("log", "tests"),
    [
        (PYTEST, ["tests/test_pay.py::test_refund"]),
        (MAVEN, ["refund(shop.PayTest)"]),
        (JEST, ["refunds", "pay › refunds"]),
        (GO, ["TestRefund"]),
        (COMPILE, []),
        ("Foo > bar[1] FAILED\n", ["Foo.bar[1]"]),
        ("FAIL: test_a (app.tests.T)\n", ["test_a (app.tests.T)"]),
        ("ERROR: something broke\n", []),
        ("  1 failing\n\n  1) shop refunds:\n", ["shop refunds:"]),
        ("test pay::refund ... FAILED\n", ["pay::refund"]),
        ("[  FAILED  ] Pay.Refund (3 ms)\n", ["Pay.Refund"]),
        ("    [junit] Testcase: refund took 0.1 sec\n    [junit] \tFAILED\n", ["refund"]),
        ("Failed tests:\n  PayTest.refund:21 expected\nTests run: 3\n", ["PayTest.refund"]),
        ("____ test_refund ____\n", ["test_refund"]),
    ],
)
def test_failing_tests(log: str, tests: list[str]) -> None:
    assert list(read(log).failing_tests) == tests


@pytest.mark.parametrize(
    ("log", "verdict"),
    [
        ('building\nThe command "make" exited with 2.\n', "failed"),
        ("##[error]Process completed with exit code 1.\n", "failed"),
        ("hello\nworld\n", "unknown"),
        ("error: ignored\nDone. Your build exited with 0.\n", "passed"),
        ("===== 12 passed, 1 skipped in 0.3s =====\n", "passed"),
        ("[INFO] BUILD SUCCESS\n", "passed"),
        ("BUILD FAILED\nretrying\nFinished: SUCCESS\n", "passed"),
        ("[INFO] BUILD SUCCESS\nERROR: Job failed: exit code 1\n", "failed"),
        ("\r".join(f"{n}%" for n in range(100)) + "\n", "unknown"),
    ],
)
def test_verdict(log: str, verdict: str) -> None:
    assert read(log).verdict == verdict


def test_finding_of_a_log() -> None:
    (finding,) = read(COMPILE).findings
    assert (finding.category, finding.fix_kind) == ("compile", "source")
    assert finding.title == "/work/src/pay.cpp:12:5: error: 'refund' was not declared in this scope"
    assert finding.location is not None
    assert (finding.location.path, finding.location.line) == ("/work/src/pay.cpp", 12)
    assert (finding.evidence[0].line, finding.suspects) == (3, ("/work/src/pay.cpp",))


@pytest.mark.parametrize("name", sorted(LOGS))
def test_same_input_same_answer(name: str) -> None:
    answers = [read(LOGS[name], "green\n").to_dict() for _ in range(2)]
    for answer in answers:
        del answer["stats"]["seconds"]
    assert json.dumps(answers[0]) == json.dumps(answers[1])


def test_a_green_run_takes_out_what_is_always_there() -> None:
    noise = "".join(f"step {n}: error handler number {n} installed in {n * 7} ms\n" for n in range(100))
    log = f"{noise}Connection to db:5432 was refused\n{noise}ERROR: Job failed: exit code 1\n"
    (excerpt,) = read(log, noise).excerpts[:1]
    assert 101 in excerpt.lines
    shown = {line for excerpt in read(log, noise).excerpts for line in excerpt.lines}
    assert shown == {101, 202}


def test_an_unreadable_green_run_is_told() -> None:
    def gone() -> None:
        raise FileNotFoundError(2, "No such file or directory")

    analysis = analyze([Input.of_bytes("b.log", GO.encode())], baseline=Input("green.log", gone))  # type: ignore[arg-type]
    assert analysis.verdict == "failed"
    assert [item.reason for item in analysis.unreadable] == [
        "compared with nothing: the baseline green.log was not read (no such file or directory)"
    ]


def test_one_endless_line_is_cut_and_told() -> None:
    analysis = read("x" * 5_000_000 + "\n[INFO] BUILD SUCCESS\n")
    assert analysis.verdict == "passed"
    assert [item.reason for item in analysis.unreadable] == [
        "line 1 has 5000000 characters: only the first 4096 were looked at"
    ]


def test_a_long_log_keeps_its_line_numbers_and_little_else() -> None:
    def noise() -> Iterator[str]:
        for n in range(120_000):
            yield f"error number {n} was ignored\n"

    log = "".join(noise()) + PYTEST
    analysis = read(log, limits=replace(Limits(), kept_lines=3_000))
    assert analysis.failing_tests == ("tests/test_pay.py::test_refund",)
    assert analysis.excerpts[0].start_line > 120_000
    assert analysis.stats.lines == 120_000 + PYTEST.count("\n")


def test_utf16_and_carriage_returns() -> None:
    text = "\ufeffprogress 1%\rprogress 2%\rerror: refund is gone\r\nERROR: Job failed: exit code 1\r\n"
    analysis = analyze([Input.of_bytes("w.log", text.encode("utf-16-le"))])
    assert analysis.verdict == "failed"
    assert analysis.findings[0].evidence[0].text in text
