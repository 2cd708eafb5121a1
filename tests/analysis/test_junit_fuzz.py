"""Whatever is fed, the reader answers, and its counts add up."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.analysis import Input, Limits, analyze
from bot.analysis.reports import Budget
from bot.analysis.reports.junit import JUnitReader

TAGS = [
    "testsuites", "testsuite", "testcase", "failure", "error", "skipped", "system-out", "flakyFailure", "rerunError",
    "stackTrace", "properties", "x:testcase", "disabled",
]  # fmt: skip
TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=30)


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


@st.composite
def trees(draw: st.DrawFn, depth: int = 4) -> str:
    tag = draw(st.sampled_from(TAGS))
    names = draw(
        st.lists(
            st.sampled_from(["name", "classname", "file", "line", "time", "message", "type", "status"]), unique=True
        )
    )
    attrs = "".join(f' {name}="{escaped(draw(TEXT))}"' for name in names)
    inner = escaped(draw(TEXT))
    if depth:
        inner += "".join(draw(st.lists(trees(depth=depth - 1), max_size=3)))
    return f"<{tag}{attrs}>{inner}</{tag}>"


@settings(max_examples=60)
@given(st.binary(max_size=2000))
def test_any_bytes(data: bytes) -> None:
    for name in ("r.xml", "r.json", "r.log", "r.gz"):
        analysis = analyze([Input.of_bytes(name, data)])
        assert analysis.verdict in ("passed", "failed", "unstable", "error", "unknown")


@settings(max_examples=60)
@given(
    st.lists(trees(), max_size=4).map(lambda parts: f"<testsuites>{''.join(parts)}</testsuites>"), st.integers(1, 50)
)
def test_any_tree_in_any_pieces(body: str, size: int) -> None:
    data = body.encode()
    limits = Limits()
    whole = JUnitReader().read([data], limits, Budget(limits), None)
    pieces = JUnitReader().read([data[i : i + size] for i in range(0, len(data), size)], limits, Budget(limits), None)
    counts = whole.counts
    assert whole.reason is None
    assert counts.total == counts.passed + counts.failed + counts.errored + counts.skipped
    assert counts.flaky <= counts.passed
    assert (counts, whole.failures) == (pieces.counts, pieces.failures)


@settings(max_examples=60)
@given(trees(), st.integers(0, 400), st.binary(max_size=3))
def test_damaged_reports(body: str, at: int, junk: bytes) -> None:
    data = f"<testsuite>{body}</testsuite>".encode()
    damaged = data[:at] + junk + data[at + len(junk) :]
    analysis = analyze([Input.of_bytes("r.xml", damaged)])
    assert analysis.verdict != "passed" or not analysis.unreadable
