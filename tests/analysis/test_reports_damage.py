"""What careless tools and shells do to reports, and how several tries of a test become one."""

import ijson  # type: ignore[import-untyped]
import pytest

from bot.analysis import Analysis, Input, Limits, analyze
from bot.analysis.reports import READERS, Budget
from bot.analysis.reports.collector import Case, Collector
from bot.analysis.reports.values import clock, number, seconds, text, whole
from tests.analysis.test_reports_formats import EXPECTED, READ, SAMPLES, read, told

BODY = '<testsuite><testcase name="tötal"/><testcase name="refund"><failure message="{}"/></testcase></testsuite>'


def given(data: bytes, name: str = "r.xml") -> Analysis:
    return analyze([Input.of_bytes(name, data)])


@pytest.mark.parametrize(
    "data",
    [
        BODY.format("10 €").encode(),
        b"\xef\xbb\xbf" + BODY.format("10 €").encode(),
        b'\n  <?xml version="1.0" encoding="UTF-8"?>\n' + BODY.format("10 €").encode(),
        b'<?xml version="1.0" encoding="utf-16"?>' + BODY.format("10 €").encode(),
        ('<?xml version="1.0" encoding="utf-8"?>' + BODY.format("10 €")).encode("utf-16"),
        ('<?xml version="1.0" encoding="utf-8"?>' + BODY.format("10 €")).encode("utf-16-le"),
        ('<?xml version="1.0"?>' + BODY.format("10 €")).encode("utf-16-be"),
        ('<?xml version="1.0" encoding="windows-1252"?>' + BODY.format("10 €")).encode("cp1252"),
        ('<?xml version="1.0" encoding="ISO-8859-15"?>' + BODY.format("10 €")).encode("iso8859-15"),
    ],
)
def test_encodings_that_are_told_wrong_or_late(data: bytes) -> None:
    for size in (1, 600, len(data)):
        limits = Limits()
        reader = next(reader for reader in READERS if reader.sniff(data))
        chunks = [data[at : at + size] for at in range(0, len(data), size)]
        report = reader.read(chunks, limits, Budget(limits), None)
        assert report.reason is None
        assert (report.counts.passed, [item.message for item in report.failures]) == (1, ["10 €"])


@pytest.mark.parametrize(
    ("broken", "shown", "why"),
    [
        (b"\x1b[31mred\x00", "?[31mred?", "it has control characters that XML does not allow"),
        (b"caf\xe9", "caf\N{REPLACEMENT CHARACTER}", "it has bytes that are not UTF-8"),
    ],
)
def test_bytes_that_have_no_place_there(broken: bytes, shown: str, why: str) -> None:
    data = BODY.encode().replace(b"{}", broken)
    limits = Limits()
    report = READERS[0].read([data], limits, Budget(limits), None)
    assert [item.message for item in report.failures] == [shown]
    assert report.reason == f"{why}; read all the same: 2 test cases"
    passing = given(data.replace(b"failure", b"skipped"))
    assert (passing.verdict, passing.unreadable[0].reason) == ("unknown", report.reason)


def test_what_was_replaced_before_is_no_damage() -> None:
    assert given(BODY.format("\N{REPLACEMENT CHARACTER}").encode()).unreadable == ()


def test_lines_stay_where_they_are() -> None:
    body = b'<testsuite>\n<testcase name="a">\n<failure message="\x07no"/></testcase></testsuite>'
    data = b'\n\n<?xml version="1.0"?>\n' + body
    limits = Limits()
    assert READERS[0].read([data], limits, Budget(limits), None).failures[0].report_line == 6


@pytest.mark.parametrize("name", [name for name in READ if name.endswith(".json")])
def test_the_plain_python_parser_reads_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = ijson.get_backend("python")
    monkeypatch.setattr(ijson, "basic_parse_coro", plain.basic_parse_coro)
    data = (SAMPLES / name).read_bytes()
    assert told(read(data)) == {key: value for key, value in EXPECTED[name].items() if key != "reader"}
    cut = read(data.rstrip()[:-1])
    assert cut.reason


def test_events_between_other_lines() -> None:
    data = b"go: downloading x v1\n" + (SAMPLES / "dorny-golang-json.json").read_bytes().replace(
        b"\n", b"\nwarning: old compiler\n", 3
    )
    assert given(data, "test.log").counts.failed == 6


def test_a_stream_without_its_end_is_told() -> None:
    go = (SAMPLES / "dorny-golang-json.json").read_bytes().split(b"\n")
    assert given(b"\n".join(go[:3])).unreadable[0].reason.startswith("1 tests began and did not end")
    dart = (SAMPLES / "dorny-dart-json.json").read_bytes().split(b"\n")
    assert given(b"\n".join(dart[:14])).unreadable[0].reason.startswith("it breaks off before its last event")


def outcome(*tries: Case, rows: bool = False) -> list[tuple[str, bool, str]]:
    """What comes of cases with one key."""
    limits = Limits()
    out = Collector(limits, Budget(limits), None)
    for case in tries:
        (out.row if rows else out.attempt)("t", case)
    report = out.finish(None)
    counts = report.counts
    assert counts.total == 1
    status = next(name for name in ("passed", "failed", "errored", "skipped") if getattr(counts, name))
    return [(status, bool(counts.flaky), report.failures[0].message if report.failures else "")]


GOOD, BAD, WORSE, SKIP = "passed", "failed", "errored", "skipped"


def test_tries_of_a_test() -> None:
    assert outcome(Case("t", "failed", message="no"), Case("t", "passed")) == [(GOOD, True, "no")]
    assert outcome(Case("t", "failed", message="no"), Case("t", "failed", message="again")) == [(BAD, False, "again")]
    assert outcome(Case("t", "passed"), Case("t", "failed", message="later")) == [(BAD, False, "later")]
    assert outcome(Case("t", "failed", message="no"), Case("t", "skipped")) == [(BAD, False, "no")]
    assert outcome(Case("t", "passed"), Case("t", "passed")) == [(GOOD, False, "")]
    three = [Case("t", "errored", message="no"), Case("t", "passed"), Case("t", "passed")]
    assert outcome(*three) == [(GOOD, True, "no")]


def test_rows_of_a_test() -> None:
    good, bad, worse = Case("t", "passed"), Case("t", "failed", message="no"), Case("t", "errored", message="worse")
    assert outcome(bad, good, rows=True) == [(BAD, False, "no")]
    assert outcome(good, bad, worse, bad, rows=True) == [(WORSE, False, "worse")]
    assert outcome(Case("t", "skipped"), good, rows=True) == [(GOOD, False, "")]
    assert outcome(Case("t", "skipped"), Case("t", "skipped"), rows=True) == [(SKIP, False, "")]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (1, 1.0),
        ("1.5", 1.5),
        ("1,234.5", 1234.5),
        ("x", None),
        (True, None),
        (None, None),
        ([1], None),
        (10**400, None),
    ],
)
def test_numbers(value: object, wanted: float | None) -> None:
    assert number(value) == wanted


def test_other_values() -> None:
    assert [seconds(value) for value in (float("nan"), "inf", -1, 1e12)] == [None] * 4
    assert [whole(value) for value in ("12", 3.7, -1, "1e99")] == [12, 3, None, None]
    assert [clock(value) for value in ("00:00:01.5", "1.00:00:01", "1:2", None)] == [1.5, 86401.0, None, None]
    given: list[object] = ["a", ["a", 1, None, ["b"]], 2, True, {}]
    assert [text(value) for value in given] == ["a", "a\n1", "2", "", ""]
