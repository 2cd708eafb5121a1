"""Text as an enemy would write it, and reports with it in any field."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from hypothesis import strategies as st

from providers.report import (
    Answer,
    Attempt,
    Counts,
    Evidence,
    Finding,
    Location,
    Novelty,
    Report,
    Suite,
    Verdict,
)
from tests.providers.samples import SHA, URL

COMMIT = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
GUID = "@<8C8C7D32-6B1B-47F4-B2E9-30B477B5AB3D>"

TOKENS = (
    # References of the hosts.
    *("@octocat", "@all", "@acme/team", "@group/sub", GUID, "&#64;all", "&commat;all", "\\@all", "a@b.example"),
    *("#1", "!1", "$1", "&1", "AB#12", "GH-12", "GL-123", "PAY-123", "GHSA-jfh8-c2jp-5v3q", "CVE-2024-3094", "##1"),
    *('~bug ~"two words"', '%1.0 %"next one"', "^alert#1", '*iteration:"v1"', "[issue:123]", "[vulnerability:1]"),
    *("acme/shop#3", "acme/shop!3", "group/project>", f"acme/shop@{COMMIT}", COMMIT, f"ffff{COMMIT[:36]}"),
    *("1234567", COMMIT * 2, "fixes #4", "Closes GH-4", "closes https://github.com/acme/shop/issues/4"),
    *("https://evil.example", "HTTPS://evil.example", "www.evil.example", "mailto:a@b.example", "ssh://git@evil.example"),
    *("javascript:alert(1)", "//evil.example", ":x: :+1:", "%{project_path}", "[[_TOC_]]", "[TOC]", "[[page|link]]"),
    # Commands.
    *("/close", "/merge", "/agnox rerun", "\n/close\n", "\r\n/approve\r\n", "- /close", "> /close", "\n\n/shrug"),
    # Markup.
    *("`", "``", "```", "````text", "~~~", "```mermaid\ngraph", "```suggestion:-0+0\nx", "::: mermaid", "$`x`$"),
    *("\\(x\\)", "\\[x\\]", "[", "[x", "]", "{+ a +}", "[- b -]", "{#id .class}", "{width=100%}", "[^1]", "[^1]: note"),
    *("</details>", "<details>", "<img src=x>", "<script>", "<!--", "-->", "<https://evil.example>", "<a@b.example>"),
    *("![x](//y)", "[x](y)", "[x]: y", "[x][y]", "- [ ] task", "[x] done", "> [!NOTE]", ">>>", "---\na: b\n---", "+++"),
    *("@@all", "#\u200b1", "$x$", "$$x$$", ";;;", "::include{file=x}", "|"),
    *("| a |\n| - |", "---", "===", "* ", "1. ", "1) ", "> ", "# ", "\\", "_", "**", "~~"),
    # What can't be seen, or looks like something else.
    *("\n", "\n\n", "\r", "\r\n", "    ", "\t", "\x00", "\x1b[31m", "\x1b]8;;https://evil.example\x07", "\x0b", "\x85"),
    *("\u202e", "\u200b", "\u200d", "\u2028", "\u2029", "\ufeff", "\u2066", "\ud800", "\ufffe", "\uff20all", "\uff031"),
    *("é", "👩‍👧", "שלום", "x" * 3000),
)  # fmt: skip

TEXT = st.lists(st.sampled_from(TOKENS) | st.text(max_size=8), max_size=12).map("".join)

NASTY = (
    *TOKENS,
    " ".join(TOKENS[:40]),
    "\n".join(TOKENS),
    "".join(TOKENS),
    "`@all` `` #1 ``` !1 `",
    "x`@all",
    "# heading",
    "*a* _b_ **c** __d__ ~~e~~",
    "<!-- a",
    "<p x",
    "<script x",
    "\\`@all #1 !1`",
    "\\\\`@all #1 !1`",
    "@`all`",
    "`" * 40 + "@all",
    "a\n\n```\n\n/close\n\n```\n@all",
    "\u200b/close",
    "  /close",
    "[#1](https://evil.example/`x)",
)

FINDING = st.builds(
    Finding,
    title=TEXT,
    tests=st.lists(TEXT, max_size=3).map(tuple),
    cause=TEXT,
    fix=st.lists(TEXT, max_size=2).map(tuple),
    evidence=st.lists(st.builds(Evidence, TEXT, st.none() | st.integers(1, 10**6), TEXT), max_size=3).map(tuple),
    suspects=st.lists(TEXT, max_size=2).map(tuple),
    location=st.none() | st.builds(Location, TEXT, st.integers(-1, 100)),
    novelty=st.sampled_from(Novelty),
    history=TEXT,
    changed=st.lists(TEXT, max_size=1).map(tuple),
    owners=st.lists(TEXT, max_size=3).map(tuple),
    excuse=st.just("") | TEXT,
)
FINDINGS = st.lists(FINDING, max_size=5).map(tuple)
COUNTS = st.builds(Counts, *[st.integers(0, 2000)] * 6)
ATTEMPTS = st.builds(
    Attempt, st.integers(1, 99), st.sampled_from(Verdict), COUNTS, url=st.sampled_from(["", URL]), requested_by=TEXT
)
SUITES = st.lists(
    st.builds(
        Suite,
        name=TEXT,
        verdict=st.sampled_from(Verdict),
        counts=COUNTS,
        findings=FINDINGS,
        seconds=st.none() | st.floats(0, 10**6),
        details_url=st.sampled_from(["", URL]),
        engine=TEXT,
        problem=TEXT,
        rerunnable=st.booleans(),
        check_name=TEXT,
        rerunnable_failed=st.booleans(),
        attempts=st.lists(ATTEMPTS, max_size=3).map(tuple),
        healed=st.lists(TEXT, max_size=2).map(tuple),
    ),
    min_size=1,
    max_size=2,
).map(tuple)
TEXTS = st.lists(TEXT, max_size=2).map(tuple)
ANSWERS = st.lists(st.builds(Answer, TEXT, TEXT, TEXT, st.tuples() | st.tuples(FINDING)), max_size=2).map(tuple)
REPORTS = st.builds(Report, st.just(SHA), SUITES, TEXTS, running=TEXTS, answers=ANSWERS)

FINDING_FIELDS: dict[str, Callable[[Finding, str], Finding]] = {
    "title": lambda finding, text: replace(finding, title=text),
    "one test": lambda finding, text: replace(finding, tests=(text,)),
    "tests": lambda finding, text: replace(finding, tests=(text, "x", text)),
    "cause": lambda finding, text: replace(finding, cause=text),
    "one fix": lambda finding, text: replace(finding, fix=(text,)),
    "fix": lambda finding, text: replace(finding, fix=(text, text)),
    "source": lambda finding, text: replace(finding, evidence=(Evidence(text, 7, "x"),)),
    "evidence": lambda finding, text: replace(finding, evidence=(Evidence("x", None, text), Evidence("", 7, text))),
    "suspects": lambda finding, text: replace(finding, suspects=(text,)),
    "location": lambda finding, text: replace(finding, location=Location(text, 7)),
    "category": lambda finding, text: replace(finding, category=text),
    "history": lambda finding, text: replace(finding, history=text),
    "owners": lambda finding, text: replace(finding, owners=(text,)),
    "step": lambda finding, text: replace(finding, step=text),
    "excuse": lambda finding, text: replace(finding, excuse=text or "flaky"),
}
SUITE_FIELDS: dict[str, Callable[[Suite, str], Suite]] = {
    "name": lambda suite, text: replace(suite, name=text),
    "runner": lambda suite, text: replace(suite, runner=text),
    "engine": lambda suite, text: replace(suite, engine=text),
    "problem": lambda suite, text: replace(suite, problem=text),
    "history of all": lambda suite, text: replace(suite, history=text),
    "check name": lambda suite, text: replace(suite, check_name=text),
    "who asked": lambda suite, text: replace(
        suite, attempts=(*_ATTEMPTS[:1], replace(_ATTEMPTS[1], requested_by=text))
    ),
    "attempt": lambda suite, text: replace(
        suite, attempts=(replace(_ATTEMPTS[0], url=f"https://ci.example/{text}"),) * 2
    ),
    "healed": lambda suite, text: replace(suite, healed=(text, text)),
    "run": lambda suite, text: replace(suite, run_url=text, details_url=""),
    "path of the run": lambda suite, text: replace(suite, run_url=f"https://ci.example/{text}", details_url=""),
    "details": lambda suite, text: replace(suite, details_url=f"https://ci.example/?q={text}"),
}
REPORT_FIELDS: dict[str, Callable[[Report, str], Report]] = {
    "head": lambda report, text: replace(report, head_sha=text),
    "notes": lambda report, text: replace(report, notes=(text,)),
    "running": lambda report, text: replace(report, running=(text, "lint")),
}
ANSWER_FIELDS: dict[str, Callable[[str], Answer]] = {
    "who commands": lambda text: Answer("/agnox x", text, "done"),
    "command": lambda text: Answer(text, "ada", "done"),
    "answer": lambda text: Answer("/agnox x", "ada", text),
    "long answer": lambda text: Answer("/agnox x", "ada", f"done\n{text}\n{text}"),
    "explained": lambda text: Answer("/agnox x", "ada", "done", (_any_field(text),)),
}
_IN_LINES = ("title", "one test", "tests", "suspects", "location", "history", "excuse")
"""What is told of a cause that has no block of its own."""
FIELDS = (*FINDING_FIELDS, *SUITE_FIELDS, *REPORT_FIELDS, *ANSWER_FIELDS)

_FINDING = Finding("boom", ("t",), "c", ("f",), (Evidence("x", 1, "y"),))
_SUITE = Suite("s", Verdict.FAILED, Counts(9, 7, 2), (_FINDING,), engine="model")
_ATTEMPTS: tuple[Attempt, ...] = (
    Attempt(1, Verdict.FAILED, Counts(9, 7, 2)),
    Attempt(2, Verdict.PASSED, requested_by="ada"),
)
_ERROR = replace(_SUITE, verdict=Verdict.ERROR, findings=())


def attacked(field: str) -> Iterator[Report]:
    """Gives reports in which each nasty text stands in this field and in no other."""
    if change := FINDING_FIELDS.get(field):
        for five in batched(NASTY, 5):
            yield Report(SHA, (replace(_SUITE, findings=tuple(change(_FINDING, text) for text in five)),))
        for many in batched(NASTY, 30) if field in _IN_LINES else ():
            findings = tuple(replace(_FINDING, novelty=Novelty.NEW) for _ in range(5))
            yield Report(SHA, (replace(_SUITE, findings=(*findings, *(change(_FINDING, text) for text in many))),))
    elif alter := SUITE_FIELDS.get(field):
        for many in batched(NASTY, 15):
            yield Report(SHA, tuple(alter(each, text) for text in many for each in (_SUITE, _ERROR)))
        # Some stand elsewhere when the suite is the only one.
        alone = {"name": (), "runner": (), "check name": (), "problem": (_ERROR,)}.get(field, (_SUITE,))
        yield from (Report(SHA, (alter(each, text),)) for text in NASTY for each in alone)
    elif answer := ANSWER_FIELDS.get(field):
        for five in batched(NASTY, 5):
            yield Report(SHA, (_SUITE,), answers=tuple(answer(text) for text in five))
    else:
        yield from (REPORT_FIELDS[field](Report(SHA, (_SUITE,)), text) for text in NASTY)


def all_attacked() -> Iterator[Report]:
    """Gives reports in which a nasty text stands in every field at once."""
    for text in NASTY:
        finding, suite = _any_field(text), _SUITE
        for alter in SUITE_FIELDS.values():
            suite = alter(suite, text)
        error = replace(suite, verdict=Verdict.ERROR, findings=())
        counting = replace(finding, excuse="")
        answers = (Answer(text, text, text, (finding,)),)
        suites = (replace(suite, findings=(finding, counting)),)
        yield Report(SHA, suites, (text, text), running=(text,), answers=answers)
        yield Report(SHA, (replace(suite, findings=(finding,)), error), (text,))


def _any_field(text: str) -> Finding:
    finding = _FINDING
    for change in FINDING_FIELDS.values():
        finding = change(finding, text)
    return finding


def batched(texts: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (texts[start : start + size] for start in range(0, len(texts), size))
