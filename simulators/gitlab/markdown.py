"""GitLab Flavored Markdown: what is turned into a mention or link by itself (GitLab, GLFM references)."""

import re
from functools import cache
from html.parser import HTMLParser

from markdown_it import MarkdownIt

from simulators.markdown import Dialect

REFERENCE = re.compile(
    r"(?<![\w@/#!&$~%^.-])(?:"
    r"@[A-Za-z\d_][\w.-]*(?:/[\w.-]+)*"
    r"|(?:[\w.-]+(?:/[\w.-]+)+)?[#!$&]\d+\+?s?"
    r'|~(?:[A-Za-z\d][\w:.?&-]*|"[^"\n]+")'
    r'|%(?:[A-Za-z\d][\w.-]*|"[^"\n]+")'
    r"|\^alert#\d+"
    r"|GL-\d+"
    r"|\[(?:issue|epic|vulnerability|feature_flag|contact|wiki_page|work_item):[^\]\n]+\]"
    r"|\b[0-9a-f]{40}\b"
    r")(?![\w-])"
)
DIALECT = Dialect(REFERENCE)
_LEFT_ALONE = frozenset({"a", "code", "pre", "style", "tt"})


def references(text: str) -> list[str]:
    """Everything that GitLab would link by itself, in reading order.

    GitLab looks for references in the rendered text, so what was written as an entity or between HTML tags counts, too.
    """
    reader = _Text()
    reader.feed(_markdown().render(text))
    reader.close()
    return [found[0] for node in reader.nodes for found in REFERENCE.finditer(node)]


def mentions(text: str) -> list[str]:
    """Who would be notified, each once."""
    return list(dict.fromkeys(name for name in references(text) if name.startswith("@")))


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


class _Text(HTMLParser):
    """Collects what people see outside code and links."""

    def __init__(self) -> None:
        super().__init__()
        self.nodes: list[str] = []
        self._alone = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._alone += tag in _LEFT_ALONE

    def handle_endtag(self, tag: str) -> None:
        self._alone -= tag in _LEFT_ALONE and self._alone > 0

    def handle_data(self, data: str) -> None:
        if not self._alone:
            self.nodes.append(data)
