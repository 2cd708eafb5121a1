"""What is said of a run when there is only its log."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.analysis import Analysis, Input, Limits, analyze
from bot.analysis.logs import scan
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
        ("13 passed, 2 warnings in 0.16s\n", "passed"),
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
    assert 120_000 + PYTEST[: PYTEST.index("assert 0 == 10")].count("\n") + 1 in analysis.excerpts[0].lines
    assert analysis.stats.lines == 120_000 + PYTEST.count("\n")


@pytest.mark.parametrize(
    ("log", "step"),
    [
        (b'travis_fold:start:a\r\x1b[0K$ npm ci\n$ npm test\nThe command "npm test" exited with 1.\n', "npm test"),
        (b"2026-01-02T03:04:05.1Z ##[group]Run npm test\nboo\n2026-01-02T03:04:05.1Z ##[error]no\n", "npm test"),
        (b"##[section]Starting: Test\n##[error]Bash exited with code '1'.\n##[section]Finishing: Test\n", "Test"),
        (b"\x1b[32;1m$ make check\x1b[0;m\nno\nERROR: Job failed: exit code 2\n", "make check"),
        (b"[Pipeline] { (Unit tests)\n+ make\nno\nscript: marked build as failure\n", "Unit tests"),
        (b"#!/bin/bash -eo pipefail\nnpm test\n1 failing\nExited with code exit status 1\n", "npm test"),
        (b"$ make\nall is well\n", ""),
        (b"no step is told\nERROR: Job failed: exit code 2\n", ""),
        (b"#!\n#\n$\n$ \nERROR: Job failed: exit code 2\n", ""),
    ],
)
def test_the_step_that_failed(log: bytes, step: str) -> None:
    assert scan([log], Limits()).step.name == step


def test_fifty_megabytes_in_one_line() -> None:
    piece = b"x error y " * 100_000
    log = scan([piece] * 50, Limits())
    assert (log.lines, len(log.kept[1])) == (1, Limits().kept_line_chars)
    assert log.long_line == "line 1 has 50000000 characters: only the first 4096 were looked at"


@pytest.mark.parametrize(
    ("data", "verdict"),
    [
        (b"\n\n  \n\r\n", "unknown"),
        (b"make: \xe9\xff\xfe caf\xc3\xa9 error: \x80 is gone\nERROR: Job failed: exit code 1\n", "failed"),
        ("".join(f"\x1b[2K\r{n} % [{'=' * n}>]\n" for n in range(100)).encode(), "unknown"),
        (b"\r".join(b"Downloading %d kB" % n for n in range(5_000)), "unknown"),
        (b"compiling\nall 12 checks were passed\nDone. Your build exited with 0.\n", "passed"),
        (b"compiling pay.c\nlink", "unknown"),
    ],
)
def test_poor_logs_get_an_honest_answer(data: bytes, verdict: str) -> None:
    answer = analyze([Input.of_bytes("build.log", data)])
    assert answer.verdict == verdict
    assert bool(answer.findings) == (verdict == "failed")
    assert answer.failing_tests == ()
    assert all(1 <= number <= answer.stats.lines for part in answer.excerpts for number in part.lines)


def test_a_log_that_is_cut_in_the_middle_tells_what_it_has() -> None:
    cut = PYTEST[: PYTEST.index("short test summary")].encode()
    answer = analyze([Input.of_bytes("build.log", cut)])
    assert answer.failing_tests == ("test_refund",)
    assert any("assert 0 == 10" in PYTEST.split("\n")[n - 1] for n in answer.excerpts[0].lines)


def test_utf16_and_carriage_returns() -> None:
    text = "\ufeffprogress 1%\rprogress 2%\rerror: refund is gone\r\nERROR: Job failed: exit code 1\r\n"
    analysis = analyze([Input.of_bytes("w.log", text.encode("utf-16-le"))])
    assert analysis.verdict == "failed"
    assert analysis.findings[0].evidence[0].text in text
