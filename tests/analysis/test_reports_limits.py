"""Caps hold for every family of reports, and each one that is hit is told."""

import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.analysis import Analysis, Input, Limits, TestResult, analyze
from bot.analysis.reports import READERS, Budget, Report

SAMPLES = Path(__file__).parents[1] / "data" / "reports" / "formats"
XML, DOCUMENT, STREAM, TAP = "made-xunit-v3.xml", "made-playwright.json", "dorny-golang-json.json", "made-node.tap"
FAMILIES = [XML, DOCUMENT, STREAM, TAP]


def sample(name: str, **limits: int) -> Analysis:
    return analyze([Input.of_bytes(name, (SAMPLES / name).read_bytes())], limits=replace(Limits(), **limits))


def reason(analysis: Analysis) -> str:
    (item,) = analysis.unreadable
    return item.reason


def stream(chunks: Iterator[bytes], **limits: int) -> Report:
    """Read what has no end in sight, without having it in memory."""
    caps = replace(Limits(), **limits)
    first = next(chunks)
    reader = next(reader for reader in READERS if reader.sniff(first))

    def all_of_it() -> Iterator[bytes]:
        yield first
        yield from chunks

    return reader.read(all_of_it(), caps, Budget(caps), None)


@pytest.mark.parametrize("name", FAMILIES)
def test_number_of_cases(name: str) -> None:
    analysis = sample(name, cases=2)
    assert reason(analysis).startswith("more than 2 test cases; read before it: 2 test cases")
    assert analysis.counts.total == 2


@pytest.mark.parametrize("name", FAMILIES)
def test_bytes(name: str) -> None:
    size = len((SAMPLES / name).read_bytes()) * 3 // 4
    analysis = sample(name, report_bytes=size)
    assert reason(analysis).startswith("larger than ")
    assert analysis.verdict != "passed"


@pytest.mark.parametrize("name", ["dorny-dotnet-nunit.xml", "dorny-dotnet-trx.trx", DOCUMENT, STREAM])
def test_details_of_failures(name: str) -> None:
    analysis = sample(name, kept_failures=1)
    assert len(analysis.failing_tests) <= 1
    assert reason(analysis).endswith("more failing tests: they are only counted")


class _Sink:
    def __init__(self) -> None:
        self.cases: list[tuple[str, str, float | None, bool]] = []
        self.failures: list[TestResult] = []

    def case(self, test_id: str, status: str, seconds: float | None, flaky: bool) -> None:
        self.cases.append((test_id, status, seconds, flaky))

    def failure(self, result: TestResult) -> None:
        self.failures.append(result)


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("[dem]*")), ids=lambda path: path.name)
def test_the_sink_gets_every_case(path: Path) -> None:
    if path.name == "expected.json":
        return
    sink = _Sink()
    analysis = analyze([Input.of_bytes(path.name, path.read_bytes())], sink=sink)
    counts = analysis.counts
    told = [status for _, status, _, _ in sink.cases]
    assert (len(told), told.count("passed"), told.count("failed"), told.count("skipped")) == (
        counts.total,
        counts.passed,
        counts.failed,
        counts.skipped,
    )
    assert sum(flaky for *_, flaky in sink.cases) == counts.flaky
    failed = list(dict.fromkeys(name for name, status, _, _ in sink.cases if status in ("failed", "errored")))
    assert sorted(failed) == sorted(analysis.failing_tests)


def test_what_fails_only_with_its_subtests_is_no_cause() -> None:
    analysis = sample(STREAM)
    assert any(name.endswith("::TestCases") for name in analysis.failing_tests)
    assert not any(test.endswith("::TestCases") for finding in analysis.findings for test in finding.tests)


def endless(head: bytes, body: bytes, times: int) -> Iterator[bytes]:
    yield head
    for _ in range(times):
        yield body


@pytest.mark.parametrize(
    ("head", "body", "told"),
    [
        (b"<assemblies><assembly name='", b"x" * 60_000, "a single XML token longer than 300000 bytes"),
        (b'{"numTotalTests": 1, "testResults": "', b"x" * 60_000, "a single JSON token longer than 300000 bytes"),
        (b'{"Action":"start","Package":"a"}\n{"Action":"', b"x" * 60_000, "line 2 is longer than 300000 bytes"),
    ],
)
def test_one_endless_token(head: bytes, body: bytes, told: str) -> None:
    report = stream(endless(head, body, 40), token_bytes=300_000)
    assert report.reason == told
    assert not report.is_report


def test_a_record_of_too_many_values_is_told() -> None:
    chunks = endless(b'{"numTotalTests": 1, "testResults": [{"assertionResults": [{}', b", {}" * 1000, 101)
    report = stream(iter([*chunks, b"]}]}"]))
    assert report.reason is not None
    assert report.reason.startswith("of the record that ends at line 1 only the first 100000 values were read; ")
    assert report.counts.total < 100_000


def test_an_endless_line_of_tap_is_cut() -> None:
    report = stream(endless(b"TAP version 14\nok 1 - ", b"x" * 60_000, 40), token_bytes=300_000)
    assert report.counts.passed == 1


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"<test-run>" + b"<test-suite>" * 100, "elements nested deeper than 64"),
        (b'{"numTotalTests": 1, "testResults": [' + b"[" * 400, "values nested deeper than 256"),
        (b'{"numTotalTests": 1, "testResults": [{"a": ' + b"[" * 400, "values nested deeper than 256"),
        (b"TAP version 14\n" + b" " * 400 + b"ok 1\n", "subtests nested deeper than 64"),
    ],
)
def test_depth(data: bytes, told: str) -> None:
    assert reason(analyze([Input.of_bytes("r", data)])) == told


def test_a_stream_of_deep_values_is_told_not_raised() -> None:
    deep = b'{"Action":"run","Package":"a","Test":' + b"[" * 5000 + b"]" * 5000 + b"}\n"
    data = b'{"Action":"start","Package":"a"}\n' + deep
    assert reason(analyze([Input.of_bytes("r", data)])) == "line 2 is not well-formed JSON"


LAUGHS = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))


@pytest.mark.parametrize("root", ["test-run", "assemblies", "TestRun", "testng-results", "robot", "testsuites"])
def test_entities_are_refused(root: str) -> None:
    tag = root.encode()
    laughs = b"<!DOCTYPE x [<!ENTITY a0 'ha'>%s]><%s>&a9;</%s>" % (LAUGHS, tag, tag)
    parameter = b"<!DOCTYPE x [<!ENTITY %% p 'ha'> %%p;]><%s/>" % tag
    outside = b"<!DOCTYPE x [<!ENTITY f SYSTEM 'file:///etc/hostname'>]><%s name='a'>&f;</%s>" % (tag, tag)
    for data in (laughs, parameter, outside):
        analysis = analyze([Input.of_bytes("r.xml", data)])
        assert reason(analysis) == "refused: it declares a DOCTYPE"
        assert (analysis.verdict, analysis.usable) == ("unknown", False)


def test_a_report_with_a_doctype_never_passes_and_tells_nothing_from_outside(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    cases = b"<testcase name='a'/><testcase name='b'><failure message='no'>&f;</failure></testcase>"
    good, bad = cases[:20], cases[20:]
    doctype = b"<!DOCTYPE x [<!ENTITY f SYSTEM '%s'>]>" % secret.as_uri().encode()
    passing = analyze([Input.of_bytes("r.xml", doctype + b"<testsuite>" + good + b"</testsuite>")])
    failing = analyze([Input.of_bytes("r.xml", doctype + b"<testsuite>" + bad + b"</testsuite>")])
    assert (passing.verdict, failing.verdict) == ("unknown", "failed")
    assert "hunter2" not in json.dumps([passing.to_dict(), failing.to_dict()])


CASE = b'<test-case name="T.t%d" result="Failed"><failure><message>%s</message></failure></test-case>'
JSON_CASE = b', {"title": "t%d", "name": "t", "status": "failed", "trace": "%s", "failureMessages": []}'
OUTPUT = b'{"Action":"output","Package":"p","Test":"T%d","Output":"%s"}\n'
RESULT = b'<UnitTestResult testName="t%d" outcome="Failed"><Output><StdOut>%s</StdOut></Output></UnitTestResult>'
CASES = {
    "nunit": (b"<test-run>", CASE),
    "trx": (b"<TestRun><Results>", RESULT),
    "ctrf": (b'{"reportFormat": "CTRF", "results": {"tests": [{"name": ""}', JSON_CASE),
    "jest": (b'{"numTotalTests": 1, "testResults": [{"assertionResults": [{}', JSON_CASE),
    "go": (b'{"Action":"run","Package":"p","Test":"T0"}\n', OUTPUT),
    "tap": (b"TAP version 13\n", b"not ok %d - t\n# %s\n"),
}  # fmt: skip


@pytest.mark.parametrize("family", sorted(CASES))
def test_memory_is_bounded(family: str) -> None:
    head, body = CASES[family]

    def chunks() -> Iterator[bytes]:
        yield head
        for start in range(0, 6000, 100):
            yield b"".join(body % (n, b"x" * 2000) for n in range(start, start + 100))

    tracemalloc.start()
    try:
        stream(chunks(), kept_failures=50)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # 12 MB of text went through, of which 50 failures may be kept.
    assert peak < 10e6
