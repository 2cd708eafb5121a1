"""No untrusted text can mention, link, close, run or embed anything, on any host."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial

import pytest
from hypothesis import Phase, given, settings

from providers.annotations import annotations
from providers.azure import markup as azure
from providers.dialect import Dialect
from providers.gitea import markup as gitea
from providers.github import markup as github
from providers.gitlab import markup as gitlab
from providers.markdown import comment
from providers.remark import remark
from providers.report import Annotation, Answer, Check, Level, Report, Suite, Verdict
from tests.providers.attacks import FIELDS, NASTY, REPORTS, all_attacked, attacked
from tests.providers.page import Page
from tests.providers.readers import AZURE, GITEA, GITHUB, GITLAB, Reader
from tests.providers.samples import HOSTILE, SHA, TIMEOUT, URL, many, report, suite

TAGS = {"h3", "p", "strong", "code", "pre", "details", "summary", "ul", "ol", "li", "a", "blockquote"}
HTML = re.compile(r"<!-- agnox:\w+ -->|<details><summary>[\w ,()·]+</summary>|</details>")
PLACES = re.compile(r"https://ci\.example/[\w./?=&%#:+,~-]*|https?://evil\.example[\w./?=&%#:+,~-]*", re.IGNORECASE)


@dataclass(frozen=True)
class Host:
    dialect: Dialect
    reader: Reader
    render_comment: Callable[[Report], str]
    render_check: Callable[[Suite, Report], Check]


HOSTS = {
    "github": Host(github.DIALECT, GITHUB, github.render_comment, github.render_check),
    "gitlab": Host(gitlab.DIALECT, GITLAB, gitlab.render_comment, gitlab.render_check),
    "azure": Host(azure.DIALECT, AZURE, azure.render_comment, azure.render_check),
    "azure-server": Host(
        azure.FLAT,
        AZURE,
        partial(azure.render_comment, dialect=azure.FLAT),
        partial(azure.render_check, dialect=azure.FLAT),
    ),
    "gitea": Host(gitea.DIALECT, GITEA, gitea.render_comment, gitea.render_check),
}
every_host = pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS)


def assert_harmless(text: str, reader: Reader, own: str = SHA, marker: str = "agnox:report") -> Page:
    # Our own short sha may link to its commit.
    page = Page(text.replace(own[:7], "own") if own.isascii() and own.isalnum() else text)
    assert list(reader.found(page)) == []
    assert set(page.tags) <= TAGS | ({"em"} if reader is AZURE else set())
    assert all(HTML.fullmatch(html.strip()) for html in page.html), page.html
    assert all(link == URL or PLACES.fullmatch(link) for link in page.links), page.links
    assert set(page.fences) <= {"text"}
    assert page.comments in ([], [marker])
    assert page.tags.count("h3") <= 1
    # Some hosts break the line where others fold it, so none may hang on that.
    assert not any(child.type == "softbreak" for token in page.tokens for child in token.children or ())
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\u202a-\u202e\ud800-\udfff]", text)
    return page


# Most attacks leave most texts of a report as they were.
@lru_cache(8192)
def assert_harmless_once(text: str, reader: Reader, own: str = SHA, marker: str = "agnox:report") -> None:
    assert_harmless(text, reader, own, marker)


def assert_well(each: Report, host: Host) -> None:
    text = host.render_comment(each)
    assert host.dialect.length(text) <= host.dialect.comment_limit * 98 // 100
    assert text.startswith(f"{host.dialect.marker}\n### ")
    assert_harmless_once(text, host.reader, each.head_sha)
    check = host.render_check(each.suites[0], each)
    for part in (check.summary, check.text):
        assert len(part) <= 65_535
        assert_harmless_once(part, host.reader, each.head_sha)
    assert 0 < len(check.name) <= 100
    assert 0 < len(check.title) <= 255
    assert "\n" not in check.name + check.title
    for annotation in check.annotations:
        assert not annotation.path.startswith("/")
        assert 0 < len(annotation.title) <= 255
        assert 0 < len(annotation.message.encode()) <= 65_536
        assert len(annotation.details.encode()) <= 65_536
        assert_harmless_once(remark(annotation, host.dialect), host.reader, marker="agnox:remark")


# Azure's two dialects differ in folding only.
@pytest.mark.parametrize("host", [name for name in HOSTS if name != "azure-server"])
@pytest.mark.parametrize("field", FIELDS)
def test_each_field(field: str, host: str) -> None:
    for each in attacked(field):
        assert_well(each, HOSTS[host])


@every_host
def test_all_fields_at_once(host: Host) -> None:
    for each in all_attacked():
        assert_well(each, host)


@every_host
@settings(max_examples=20, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(REPORTS)
def test_nothing_survives(host: Host, each: Report) -> None:
    assert_well(each, host)


@every_host
def test_answers_stand_without_any_suite(host: Host) -> None:
    for text in NASTY:
        said = host.render_comment(Report(SHA, (), answers=(Answer(text, text, f"{text}\n{text}"),), running=(text,)))
        assert host.dialect.length(said) <= host.dialect.comment_limit * 98 // 100
        assert_harmless(said, host.reader)


@every_host
def test_the_golden_hostile_report_is_harmless(host: Host) -> None:
    assert_well(report(suite(Verdict.FAILED, HOSTILE)), host)


@every_host
def test_remarks(host: Host) -> None:
    for text in NASTY:
        found = Annotation("src/x.py", 1, 1, Level.FAILURE, text[:255] or "x", f"{text}\nFix: {text}\n{text}", text)
        page = assert_harmless(remark(found, host.dialect), host.reader, marker="agnox:remark")
        assert page.comments == ["agnox:remark"]


@every_host
def test_words_survive(host: Host) -> None:
    """What is not code keeps its letters, and code every one of its characters but for the space of no width."""
    words = 'It\'s 50% of a*b, see [1] {x} <T> & "std::vec::Vec" (~3 s) at 10:20:30 #1'
    shown = "".join(Page(host.dialect.running(words)).words).replace("\u200b", "").strip()
    assert shown == words
    code = Page(host.dialect.code("a[0] `b` #1 !2 @<3> $4")).tokens[1].children
    assert code is not None
    assert code[0].content.replace("\u200b", "") == "a[0] `b` #1 !2 @<3> $4"


SIGHT = {
    "github": "@octocat|#1|GH-12|acme/shop#3|fixes #4|CVE-2024-3094|da39a3ee5e6b|https://x.example|www.x.example|a@b.c",
    "gitlab": "@all|@group/sub|#1|!1|$1|&amp;1|~bug|~&quot;two words&quot;|%1.0|^alert#1|\\*iteration:1|\\[issue:1]"
    "|GL-123|group/project&gt;|da39a3ee5e6b|ssh://x.example|\\[TOC]|%{x}|{+ a +}|$`x`$|\\[\\[x]]|\\!1|:x:",
    "azure": "@<8C8C7D32-6B1B-47F4-B2E9-30B477B5AB3D>|#1|`#1`|!1|AB#12|$x$|da39a3ee5e6b|https://x.example",
    "gitea": "@octocat|#1|!1|acme/shop#3|acme/shop@da39a3e|PAY-12|\\[x]|\\[\\[x]]|\\(x\\)|$x$|closes #1|da39a3ee5e6b",
}
LINES = {
    "github": "/agnox rerun|> [!NOTE]|- [ ] x",
    "gitlab": "/close|/label ~bug|::include{file=x}|>>>|---|/agnox rerun|- /close|> [!note]|- [x] x",
    "azure": "::: mermaid|/agnox rerun",
    "gitea": "### x {#id}|/agnox rerun|> [!NOTE]",
}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(
            (name, f"x {text} y")
            for name, texts in SIGHT.items()
            for text in texts.split("|")
            if not text.startswith("\\[x")
        ),
        *((name, text) for name, texts in LINES.items() for text in texts.split("|")),
        ("gitea", "\\[x]"),
    ],
)
def test_the_readers_see(name: str, text: str) -> None:
    assert list(HOSTS[name].reader.found(Page(text))) != []


@pytest.mark.parametrize("limit", [300, 1000, 3000, 10_000])
@pytest.mark.parametrize("folded", [True, False])
def test_cut_says_so_and_stays_whole(limit: int, folded: bool) -> None:
    class Small(Dialect):
        comment_limit = limit
        folds = folded

    text = comment(report(suite(Verdict.FAILED, *many(300))), Small())
    assert len(text) <= limit * 98 // 100
    assert text.count("```") % 2 == 0
    assert text.count("<details>") == text.count("</details>")
    assert "300 of 428 tests failed" in text or "300 of 128 tests failed" in text or "300 tests failed" in text
    assert limit == 300 or re.search(r"\d+ (more )?causes?", text)
    assert URL in text


def test_answers_and_what_fails_no_check_are_cut_first() -> None:
    held = [replace(each, excuse="quarantined by ada") for each in many(40)]
    whole = report(suite(Verdict.FAILED, *many(5), *held, rerunnable_failed=True))
    told = replace(whole, answers=(Answer("/agnox explain", "ada", "5 causes\n" * 50, (TIMEOUT,) * 5),))
    plain = len(comment(whole, Dialect()))

    class Small(Dialect):
        comment_limit = plain

    text = comment(told, Small())
    assert len(text) <= plain * 98 // 100
    assert text.count("**Fix**") < 5 and "40 failures that fail no check" in text and "more line" in text
    assert all(f"case {index} is off" in text for index in range(5)) and text.count("Evidence (1 line)") == 5


def test_hosts_without_folding_show_what_is_inside() -> None:
    assert azure.FLAT.fold("2 tests", "- a\n- b") == "*2 tests*\n\n- a\n- b"
    assert "<details>" not in azure.render_comment(report(suite(Verdict.FAILED, *many(300))), azure.FLAT)


def test_azure_counts_in_utf16() -> None:
    assert [azure.DIALECT.length(text) for text in ("", "aé", "👩a")] == [0, 2, 3]


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://ci.example/a (b)", "[run](https://ci.example/a%20%28b%29)"),
        ("HTTP://ci.example:8080/x?a=1&b=%20#L2", "[run](HTTP://ci.example:8080/x?a=1&b=%20#L2)"),
        ("https://[::1]:8080/#12", "[run](https://[::1]:8080/#%312)"),
        ("https://ci.example/`@all`&lt;é", "[run](https://ci.example/%60%40all%60&lt%3B%C3%A9)"),
        ("https://ci.example\n/x", ""),
        ("https://me:secret@ci.example/", ""),
        ("https://ci.example`/", ""),
        ("javascript:alert(1)", ""),
        ("//ci.example", ""),
        ("", ""),
    ],
)
def test_links_go_to_the_web_only(url: str, written: str) -> None:
    assert github.DIALECT.link("run", url) == written


def test_remarks_on_lines_are_short() -> None:
    found = Annotation("x.py", 1, 1, Level.WARNING, "boom", "why\nFix: this\nSeen in test_x", "\n".join("ab"))
    assert remark(found, gitlab.DIALECT) == (
        "<!-- agnox:remark -->\n⚠️ **`boom`**\n\nwhy\n\nFix: this\n\nSeen in test\\_x\n\n"
        "<details><summary>Evidence (2 lines)</summary>\n\n```text\n│ a\n│ b\n```\n\n</details>"
    )
    long = annotations([*many(1)])[0]
    assert len(remark(Annotation("x", 1, 1, long.level, long.title, "a\n" * 99, "b\n" * 99), gitlab.DIALECT)) < 500
