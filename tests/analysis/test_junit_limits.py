"""Caps hold, and each one that is hit is told."""

from dataclasses import replace

import pytest

from bot.analysis import Analysis, Input, Limits, TestResult, analyze
from bot.analysis.reports import Budget
from bot.analysis.reports.junit import JUnitReader

CASE = '<testcase classname="a.B" name="t{n}" time="0.5"/>'
BAD = '<testcase classname="a.B" name="t{n}"><failure message="m{n}" type="E">d{n}</failure></testcase>'


def read(body: str, **limits: int) -> Analysis:
    return analyze([Input.of_bytes("r.xml", body.encode())], limits=replace(Limits(), **limits))


def suite(*cases: str) -> str:
    return f"<testsuite name='s'>{''.join(cases)}</testsuite>"


def reason(analysis: Analysis) -> str:
    (item,) = analysis.unreadable
    return item.reason


def test_depth() -> None:
    assert "nested deeper than 64" in reason(read("<testsuite>" * 100))
    assert read("<testsuite>" * 60 + "</testsuite>" * 60).unreadable == ()


def test_number_of_cases() -> None:
    analysis = read(suite(*(CASE.format(n=n) for n in range(20))), cases=10)
    assert analysis.counts.total == 10
    assert analysis.verdict == "unknown"
    assert reason(analysis) == "more than 10 test cases; read before it: 10 test cases"


def test_bytes() -> None:
    analysis = read(suite(BAD.format(n=0), *(CASE.format(n=n) for n in range(1000))), report_bytes=2048)
    assert analysis.verdict == "failed"
    assert reason(analysis).startswith("larger than 2 KiB: only the first 2 KiB were read; read before it: ")


def test_details_of_failures() -> None:
    analysis = read(suite(*(BAD.format(n=n) for n in range(9))), kept_failures=4)
    assert (analysis.counts.failed, len(analysis.failing_tests)) == (9, 4)
    assert reason(analysis) == "the details of 5 more failing tests: they are only counted"


def test_findings_over_the_limit_are_told_together() -> None:
    cases = (BAD.format(n=n).replace(f"m{n}", "x" * (n + 1)).replace(f"d{n}", "") for n in range(7))
    analysis = read(suite(*cases), findings=3)
    assert [finding.title for finding in analysis.findings] == ["E: x", "E: xx", "E: xxx", "4 more causes"]
    assert len(analysis.findings[-1].tests) == 4


def test_long_texts_are_cut() -> None:
    body = suite(f"<testcase name='n'><failure message='{'m' * 9000}'>{'d' * 90000}</failure></testcase>")
    report = JUnitReader().read([body.encode()], limits := Limits(), Budget(limits), None)
    (failure,) = report.failures
    assert (len(failure.message), len(failure.details)) == (limits.message_chars, limits.detail_chars)


def test_one_endless_token() -> None:
    analysis = read("<testsuite><testcase name='" + "x" * 300_000, token_bytes=100_000)
    assert reason(analysis) == "a single XML token longer than 100000 bytes"


@pytest.mark.parametrize(
    "body",
    [
        "<!DOCTYPE x [<!ENTITY a 'b'>]><testsuite><testcase name='&a;'/></testsuite>",
        "<!DOCTYPE testsuite SYSTEM 'file:///etc/passwd'><testsuite/>",
    ],
)
def test_doctype_is_refused(body: str) -> None:
    analysis = read(body)
    assert reason(analysis) == "refused: it declares a DOCTYPE"
    assert not analysis.usable


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("<Recipe/>", "root element <Recipe>"),
        ("<testsuite><testcase name='a'", "not well-formed XML at line 1"),
        ("<?xml version='1.0' encoding='x-nothing'?><testsuite/>", "unknown encoding: x-nothing"),
        ("no xml at all", "not XML: no root element in sight"),
        ("   \n", "empty"),
        ("<!DOCTYPE html><html><body>Sign in</body></html>", "an HTML page, neither a report nor a log"),
    ],
)
def test_what_is_no_report_is_told(body: str, told: str) -> None:
    analysis = read(body)
    assert told in reason(analysis)
    assert (analysis.verdict, analysis.usable) == ("unknown", False)


class _Endless:
    """A report without an end, made while it is read."""

    def __init__(self, megabytes: int) -> None:
        self.block = ("".join(CASE.format(n=n) for n in range(1300))).encode()
        self.left = megabytes * 1_000_000
        self.rest = b"<testsuite>"

    def read(self, size: int = -1) -> bytes:
        while len(self.rest) < size and self.left > 0:
            self.rest += self.block
            self.left -= len(self.block)
        out, self.rest = self.rest[:size], self.rest[size:]
        return out

    def __enter__(self) -> "_Endless":
        return self

    def __exit__(self, *_: object) -> None:
        return None


def test_300_megabytes_are_stopped_at_a_cap_and_told() -> None:
    given = Input("huge.xml", lambda: _Endless(300))  # type: ignore[arg-type, return-value]
    analysis = analyze([given], limits=replace(Limits(), report_bytes=16 * 1024 * 1024))
    assert "larger than 16 MiB" in reason(analysis)
    assert analysis.counts.total > 100_000


class _Sink:
    def __init__(self) -> None:
        self.cases: list[tuple[str, str, float | None, bool]] = []
        self.failures: list[TestResult] = []

    def case(self, test_id: str, status: str, seconds: float | None, flaky: bool) -> None:
        self.cases.append((test_id, status, seconds, flaky))

    def failure(self, result: TestResult) -> None:
        self.failures.append(result)


def test_the_sink_gets_every_case_up_to_its_cap() -> None:
    sink = _Sink()
    body = suite(CASE.format(n=1), BAD.format(n=2), CASE.format(n=3), CASE.format(n=4))
    analysis = analyze([Input.of_bytes("r.xml", body.encode())], limits=replace(Limits(), kept_cases=3), sink=sink)
    assert sink.cases == [
        ("a.B::t1", "passed", 0.5, False),
        ("a.B::t2", "failed", None, False),
        ("a.B::t3", "passed", 0.5, False),
    ]
    assert [(result.id, result.message, result.details) for result in sink.failures] == [("a.B::t2", "m2", "d2")]
    assert analysis.counts.total == 4
