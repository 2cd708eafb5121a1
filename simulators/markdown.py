"""Markdown as the pages show it: CommonMark with tables, rendered and sanitized; each host adds its own references."""

import re
from collections.abc import Iterator

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup
from mdit_py_plugins.tasklists import tasklists_plugin

_TAGS = (
    "a b blockquote br code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img input ins kbd li ol p pre q s samp "
    "strike strong sub summary sup table tbody td tfoot th thead tr tt ul var span"
)
_ATTRIBUTES = {
    "a": {"href", "title", "class"},
    "img": {"src", "alt", "title", "width", "height"},
    "input": {"type", "checked", "disabled", "class"},
    "code": {"class"},
    "details": {"open"},
    "td": {"align", "style", "colspan", "rowspan"},
    "th": {"align", "style", "colspan", "rowspan"},
    "blockquote": {"class"},
    "ol": {"start"},
    "ul": {"class"},
    "li": {"class"},
    "div": {"align"},
    "p": {"align"},
}
_ALERT = re.compile(r"<blockquote>\s*<p>\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\](?:<br\s*/?>)?\s*", re.IGNORECASE)


class Dialect:
    """One host's Markdown.

    `reference` matches what the host turns into a mention or link by itself; on the pages it leads to `home`. `alerts`
    tells whether `> [!NOTE]` is more than a quotation, `breaks` whether a line end in a paragraph is one.
    """

    def __init__(
        self, reference: re.Pattern[str] | None = None, *, home: str = "#", alerts: bool = True, breaks: bool = True
    ) -> None:
        self._reference = reference
        self._home = home
        self._alerts = alerts
        self._parser = MarkdownIt("commonmark", {"html": True, "breaks": breaks}).enable(["table", "strikethrough"])
        self._parser.use(tasklists_plugin)
        self._parser.core.ruler.push("references", self._mark_references)

    def render(self, text: str | None) -> Markup:
        """Safe HTML; raw HTML is limited as hosts limit it, and HTML comments are not seen."""
        html: str = self._parser.render(text or "")
        if self._alerts:
            html = _ALERT.sub(lambda found: _alert(found[1]), html)
        clean = nh3.clean(
            html,
            tags=set(_TAGS.split()),
            attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
            url_schemes={"http", "https", "mailto"},
            filter_style_properties={"text-align"},
            link_rel="nofollow noopener",
        )
        return Markup(clean)  # noqa: S704

    def references(self, text: str) -> list[str]:
        """What the host would turn into a mention or link, in reading order."""
        return [token.content for token in _walk(self._parser.parse(text)) if token.meta.get("reference")]

    def _mark_references(self, state: StateCore) -> None:
        for block in state.tokens:
            if block.type == "inline" and block.children:
                depth, marked = 0, list[Token]()
                for token in block.children:
                    depth += {"link_open": 1, "link_close": -1}.get(token.type, 0)
                    marked += [token] if depth or token.type != "text" else self._split(token)
                block.children = marked

    def _split(self, token: Token) -> Iterator[Token]:
        at = 0
        for found in self._reference.finditer(token.content) if self._reference else ():
            yield Token("text", "", 0, content=token.content[at : found.start()])
            yield Token("link_open", "a", 1, attrs={"href": self._home, "class": "reference"})
            yield Token("text", "", 0, content=found[0], meta={"reference": True})
            yield Token("link_close", "a", -1)
            at = found.end()
        yield Token("text", "", 0, content=token.content[at:])


def _walk(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _walk(token.children or [])


def _alert(kind: str) -> str:
    return f'<blockquote class="alert {kind.lower()}"><p><strong>{kind.title()}</strong></p><p>'
