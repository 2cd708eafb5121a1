"""No untrusted text can mention, link, close, run or embed anything."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from providers.dialect import Dialect
from providers.github.markup import DIALECT, render_check, render_comment
from providers.report import Counts, Evidence, Finding, Location, Novelty, Report, Suite, Verdict
from providers.text import clean, cut, cut_bytes, duration, one_line
from tests.providers.samples import SHA, URL, many, report, suite
from tests.providers.test_golden import HOSTILE

TAGS = {"h3", "p", "strong", "code", "pre", "details", "summary", "ul", "ol", "li", "a", "em"}
TOKENS = st.sampled_from(
    [
        *[
            "@octocat",
            "#1",
            "GH-12",
            "acme/shop#3",
            "fixes #4",
            "https://evil.example",
            "www.evil.example",
            "a@b.example",
        ],
        *[
            "`",
            "``",
            "```",
            "````text",
            "~~~",
            "\n",
            "\n\n",
            "\r",
            "    ",
            "\t",
            "</details>",
            "<details>",
            "<img src=x>",
        ],
        *["-->", "<!--", "![x](//y)", "[x](y)", "[x]: y", "<https://evil.example>", "&#64;octocat", "&commat;octocat"],
        *[
            "|",
            "---",
            "===",
            "* ",
            "1. ",
            "> ",
            "# ",
            "\\",
            "_",
            "**",
            "~~",
            "$x$",
            "/close",
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        ],
        *[
            "\x00",
            "\x1b[31m",
            "\x1b]8;;https://evil.example\x07",
            "\u202e",
            "\u200b",
            "\ud800",
            "\ufffe",
            "\u2028",
            "é",
            "👩‍👧",
            "x" * 3000,
        ],
    ]
)
TEXT = st.lists(TOKENS | st.text(max_size=8), max_size=12).map("".join)
FINDINGS = st.lists(
    st.builds(
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
    ),
    max_size=8,
).map(tuple)
SUITES = st.lists(
    st.builds(
        Suite,
        name=TEXT,
        verdict=st.sampled_from(Verdict),
        counts=st.builds(Counts, *[st.integers(0, 2000)] * 6),
        findings=FINDINGS,
        seconds=st.none() | st.floats(0, 10**6),
        details_url=st.sampled_from(["", URL]),
        engine=TEXT,
        problem=TEXT,
        rerunnable=st.booleans(),
    ),
    min_size=1,
    max_size=3,
).map(tuple)


class Page(HTMLParser):
    """What a browser would make of it: tags, links, and the text that hosts look for references in."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.comments: list[str] = []
        self.words = ""
        self._open: list[str] = []
        self.feed(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text))
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._open.append(tag)
        given = dict(attrs)
        assert set(given) <= ({"href"} if tag == "a" else {"class"} if tag == "code" else {"start"}), (tag, attrs)
        if tag == "a":
            self.links.append(given["href"] or "")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_comment(self, data: str) -> None:
        self.comments.append(data.strip())

    def handle_data(self, data: str) -> None:
        if not {"code", "pre"} & set(self._open):
            self.words += data


def assert_harmless(text: str) -> None:
    page = Page(text)
    assert set(page.tags) <= TAGS
    assert set(page.links) <= {URL}
    assert page.comments in ([], ["agnox:report"])
    assert page.tags.count("h3") <= 1
    for pattern in (r"@\w", r"#\w", r"(?i)\bgh-\d", r"(?i)(https?|ftp):", r"(?i)\bwww\.", r"\b[0-9a-f]{40}\b"):
        assert not re.search(pattern, page.words), pattern
    assert not any(line.startswith("/") for line in text.split("\n"))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\ud800-\udfff]", text)


@settings(max_examples=60, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(SUITES)
def test_nothing_survives(suites: tuple[Suite, ...]) -> None:
    each = Report(SHA, suites)
    comment = render_comment(each)
    assert len(comment) <= 65_536 * 98 // 100
    assert_harmless(comment)
    check = render_check(suites[0], each)
    for text in (check.summary, check.text):
        assert len(text) <= 65_535
        assert_harmless(text)
    assert check.name
    assert check.title
    assert check.summary
    assert "\n" not in check.title
    for remark in check.annotations:
        assert not remark.path.startswith("/")
        assert 0 < len(remark.title) <= 255
        assert 0 < len(remark.message.encode()) <= 65_536
        assert len(remark.details.encode()) <= 65_536


def test_the_golden_hostile_report_is_harmless() -> None:
    assert_harmless(render_comment(report(suite(Verdict.FAILED, HOSTILE))))


@pytest.mark.parametrize("limit", [300, 1000, 3000, 10_000])
def test_cut_says_so_and_stays_whole(limit: int) -> None:
    class Small(Dialect):
        comment_limit = limit

    from providers.markdown import comment

    text = comment(report(suite(Verdict.FAILED, *many(300))), Small())
    assert len(text) <= limit * 98 // 100
    assert text.count("```") % 2 == 0
    assert text.count("<details>") == text.count("</details>")
    assert "300 of 428 tests failed" in text or "300 of 128 tests failed" in text or "300 tests failed" in text
    assert limit == 300 or re.search(r"\d+ (more )?causes?", text)
    assert URL in text


def test_hosts_without_folding_show_what_is_inside() -> None:
    class Flat(Dialect):
        folds = False

    assert Flat().fold("2 tests", "- a\n- b") == "*2 tests*\n\n- a\n- b"


def test_links_go_to_the_web_only() -> None:
    assert DIALECT.link("run", "https://ci.example/a (b)") == "[run](https://ci.example/a%20%28b%29)"
    assert DIALECT.link("run", "javascript:alert(1)") == ""


def test_cuts_fall_between_characters() -> None:
    assert cut("abc", 3) == "abc"
    assert cut("abcd", 3) == "ab…"
    assert cut_bytes("é" * 10, 20) == "é" * 10
    assert cut_bytes("é" * 10, 19) == "é" * 8 + "…"
    assert one_line("  a\r\n\tb\u2028c  ", 10) == "a b c"
    assert clean("a\x1b[1;31mb\x1b]0;title\x07c\x1b(Bd\u202e") == "abcd"
    assert [duration(s) for s in (0, 1.25, 59.6, 134, 3600, 3725)] == [
        "0.0\xa0s",
        "1.2\xa0s",
        "1\xa0m",
        "2\xa0m\xa014\xa0s",
        "1\xa0h",
        "1\xa0h\xa02\xa0m",
    ]
