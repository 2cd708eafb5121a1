"""What each host finds in a comment, after its own published patterns; nothing here knows how we escape."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.providers.page import Page


@dataclass(frozen=True, eq=False)
class Reader:
    """Patterns by what they look at: words as shown, lines as written (code left out), or all there is."""

    words: dict[str, str]
    lines: dict[str, str] = field(default_factory=dict)
    whole: dict[str, str] = field(default_factory=dict)
    headings: dict[str, str] = field(default_factory=dict)

    def found(self, page: Page) -> Iterator[str]:
        """Names all that the host would act on."""
        looks = (
            (self.words, page.words),
            (self.lines, page.lines()),
            (self.whole, [page.source]),
            (self.headings, page.lines("heading")),
        )
        for patterns, texts in looks:
            for text in texts:
                for name, pattern in patterns.items():
                    if hit := re.search(pattern, text):
                        yield f"{name}: {hit[0]!r}"


# GFM, Autolinks (extended); CommonMark has its own in the parser.
_WEB = {
    "address": r"(?i)\b(?:https?|ftp)://|\b(?:mailto|xmpp):\S",
    "www": r"(?i)\bwww\.[\w-]+",
    "mail": r"[\w.+-]+@[\w-]+\.[\w.-]+",
    "emoji": r":[\w+-]+:",
}
_LINES = {
    "formula": r"(?<!\\)(?:\\\\)*\$",
    "task": r"^\s*\[[ xX~]\]\s",
    "alert": r"^\s*\[!\w+\]",
    "footnote": r"(?<!\\)\[\^",
}
_COMMAND = {"command": r"(?m)^[ \t>*+-]*(?:\d{1,9}[.)][ \t]+)?/[a-z]"}

# GitHub Docs, Autolinked references and URLs; Mentioning people and teams.
GITHUB = Reader(
    {
        **_WEB,
        "mention": r"(?i)(?<![\w`])@[a-z\d]",
        "issue": r"#\w",
        "ticket": r"(?i)\bGH-\d|\b[A-Z][A-Z0-9_]*-\d",
        "advisory": r"(?i)\b(?:GHSA-[23456789cfghjmpqrvwx]{4}|CVE-\d{4})",
        "commit": r"(?i)\b[0-9a-f]{7,40}\b",
    },
    _LINES,
    _COMMAND,
)

# The reference patterns of GitLab's models (app/models, ee/app/models) and its filters (lib/banzai/filter). A milestone
# may have any name; none starts with what nobody can type.
GITLAB = Reader(
    {
        **_WEB,
        "any scheme": r"(?i)[a-z][a-z0-9+.-]+://\S",
        "user": r"(?<!\w)@[a-zA-Z0-9_.][a-zA-Z0-9_./-]*",
        "issue": r"#\d+|\bGL-\d+",
        "merge request": r"!\d+",
        "snippet": r"\$\d+",
        "epic": r"&\d+",
        "label": r"~(?:\d+(?!\S\w)\b|[A-Za-z0-9_\-?.&]+(?<!\.|\?)|\".+?\")",
        "milestone": r"%(?:\d+(?!\S\w)\b|[^\"\s\u200b][^\"\s]*\b|\"[^\"]+\")",
        "alert": r"\^alert#\d+",
        "iteration": r"\*iteration:(?:\d+|[\w-]+|\".+?\")",
        "bracketed": r"\[(?:issue|epic|work_item|vulnerability|feature_flag|contact|cadence|wiki_page|design):",
        "project": r"[\w.-]+(?:/[\w.-]+)*>",
        "external": r"\b[A-Z][A-Z0-9_]*-\d+",
        "commit": r"(?i)(?<!\w)[0-9a-f]{7,40}(?!\w)",
        "wiki": r"\[\[",
        "contents": r"\[TOC\]|\[\[_TOC_\]\]",
        "placeholder": r"%\{\w",
        "inline diff": r"\{\+.+?\+\}|\[-.+?-\]",
    },
    {**_LINES, "code formula": r"\$\0"},
    {
        # lib/gitlab/quick_actions/extractor.rb: a line of the source.
        "quick action": r"(?im)^/(?:[a-z_]+)(?: |\s*$)",
        "include": r"(?m)^::include\{",
        "quote": r"(?m)^>>>",
        "front matter": r"\A\s*(?:---|\+\+\+|;;;)",
        **_COMMAND,
    },
)

# Microsoft Learn, Markdown guidance; code is not known to protect.
AZURE = Reader(
    {**_WEB, "commit": r"(?i)\b[0-9a-f]{7,40}\b", "ticket": r"\bAB#\d", "contents": r"\[\[_TOC_\]\]"},
    _LINES,
    {
        "mention": r"@<",
        "work item": r"(?<![&\w])#\d+",
        "pull request": r"!\d+",
        "diagram": r"(?m)^\s*:::",
        **_COMMAND,
    },
)

# modules/references/references.go and modules/markup of Gitea. What notifies and closes is looked for in the lines as
# written, what is shown as a link in the words.
_REFERENCES = {
    "mention": r"(?:\s|^|\W)@[0-9a-zA-Z_.-]+",
    "issue": r"(?:\s|^|\W)[#!][0-9]+\b",
    "external": r"(?:\s|^|\W)[A-Z]{1,10}-[1-9][0-9]*\b",
    "cross reference": r"[0-9a-zA-Z_.-]+/[0-9a-zA-Z_.-]+[#!@][0-9a-f]+",
    "commit": r"(?:\s|^|\W)[0-9a-f]{7,64}\b",
}
GITEA = Reader(
    {**_WEB, **_REFERENCES, "page": r"\[\[.*?\]\]"},
    {**_LINES, **_REFERENCES, "bracket formula": r"^\\\[|(?<!\\)(?:\\\\)*\\\("},
    _COMMAND,
    {"attributes": r"(?<!\\)\{[^{}]*\}\s*$"},
)
