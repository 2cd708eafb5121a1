"""Every quoted line stands in the input that it names, at the line that it names."""

import html
from pathlib import Path

import pytest

from bot.analysis import Analysis, Input, analyze
from bot.analysis.masks import strip_ansi
from tests.analysis.samples import LOGS

REPORTS = Path(__file__).parents[1] / "data" / "reports"


def check(analysis: Analysis, contents: list[bytes]) -> int:
    """Assert that all evidence and excerpts are real; gives the number of evidence lines that have a line number."""
    texts = [content.decode("utf-8", "replace").split("\n") for content in contents]
    located = 0
    for finding in analysis.findings:
        for evidence in finding.evidence:
            lines = texts[evidence.input]
            if evidence.line is not None:
                lines = [lines[evidence.line - 1]]
                located += 1
            assert any(evidence.text in strip_ansi(form) for line in lines for form in (line, html.unescape(line)))
    for excerpt in analysis.excerpts:
        assert list(excerpt.lines) == sorted(set(excerpt.lines))
        assert excerpt.start_line == excerpt.lines[0]
        assert excerpt.end_line == excerpt.lines[-1] <= len(texts[excerpt.input])
    return located


@pytest.mark.parametrize("path", sorted(REPORTS.glob("*.xml")), ids=lambda path: path.name)
def test_evidence_of_reports(path: Path) -> None:
    content = path.read_bytes()
    analysis = analyze([Input.of_bytes(path.name, content)])
    located = check(analysis, [content])
    assert located >= sum(bool(finding.evidence) for finding in analysis.findings)


@pytest.mark.parametrize("name", sorted(LOGS))
def test_evidence_of_logs(name: str) -> None:
    content = LOGS[name].encode()
    analysis = analyze([Input.of_bytes(f"{name}.log", content)])
    assert analysis.verdict == "failed"
    assert check(analysis, [content]) > 0


def test_a_line_that_stands_in_the_log_is_quoted_from_there() -> None:
    report = (REPORTS / "mikepenz-python-report_flaky.xml").read_bytes()
    log = (
        b"\x1b[31mE       AssertionError: assert 'test' == 'xyz'\x1b[0m\r\n2026-01-02T03:04:05.678Z "
        b"E       AttributeError: 'dict' object has no attribute 'attr'\n"
    )
    analysis = analyze([Input.of_bytes("r.xml", report), Input.of_bytes("build.log", log)])
    check(analysis, [report, log])
    first, second = (finding.evidence[0] for finding in analysis.findings)
    assert (first.input, first.line, first.text) == (1, 1, "E       AssertionError: assert 'test' == 'xyz'")
    assert (second.input, second.line) == (1, 2)


def test_a_message_in_an_attribute_is_found_in_spite_of_escapes() -> None:
    failure = b"<failure message='expected &lt;1&gt;&#10;but was &quot;2&quot;'/>"
    body = b"<testsuite>\n<testcase name='a'>\n" + failure + b"\n</testcase></testsuite>"
    (finding,) = analyze([Input.of_bytes("r.xml", body)]).findings
    assert [(evidence.line, evidence.text) for evidence in finding.evidence] == [(3, "expected <1>")]


def test_lines_count_newlines_only() -> None:
    failure = "<failure message='boom'>\r\nValueError: boom\u2028\x85here\r\n</failure>"
    body = f"<testsuite><testcase name='a'>{failure}</testcase></testsuite>"
    (finding,) = analyze([Input.of_bytes("r.xml", body.encode())]).findings
    assert finding.evidence[0].line == 2


def test_a_message_in_json_is_found_in_spite_of_escapes() -> None:
    trace = 'Error: \\u001b[31mexpected\\u001b[39m \\"a\\\\b\\"\\n  at pay (src/pay.js:3:1) \\ud83d\\ude00'
    head = '{"results": {"tool": {"name": "x"}, "summary": {"tests": 1, "failed": 1}, "tests": [\n'
    test = '{"name": "pays", "status": "failed",\n"message": "", "duration": 1,\n"trace": "' + trace + '"}]}}'
    (finding,) = analyze([Input.of_bytes("ctrf.json", (head + test).encode())]).findings
    quoted = {evidence.text: evidence.line for evidence in finding.evidence}
    assert quoted == {'Error: expected "a\\b"': 4, "at pay (src/pay.js:3:1) 😀": 4}
