"""GitHub Flavored Markdown as the pages show it."""

import re
from collections.abc import Iterator
from functools import cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
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
_REFERENCE = re.compile(
    r"(?<![\w@/#&.-])(?:"
    r"@[A-Za-z\d](?:[A-Za-z\d]|-(?=[A-Za-z\d])){0,38}(?:/[\w-]+)?"
    r"|(?:[\w.-]+/[\w.-]+)?#\d+"
    r"|GH-\d+"
    r"|\b[0-9a-f]{40}\b"
    r")(?![\w-])"
)


def render(text: str | None) -> str:
    """Safe HTML; raw HTML is limited as on GitHub and HTML comments are not seen."""
    html = _parser().render(text or "")
    html = _ALERT.sub(lambda found: _alert(found[1]), html)
    return nh3.clean(
        html,
        tags=set(_TAGS.split()),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        url_schemes={"http", "https", "mailto"},
        filter_style_properties={"text-align"},
        link_rel="nofollow noopener",
    )


def references(text: str) -> list[str]:
    """What GitHub would turn into a mention, an issue link or a commit link, in reading order."""
    return [token.content for token in _walk(_parser().parse(text)) if token.meta.get("reference")]


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True, "breaks": True}).enable(["table", "strikethrough"])
    parser.use(tasklists_plugin)
    parser.core.ruler.push("references", _mark_references)
    return parser


def _mark_references(state: StateCore) -> None:
    for block in state.tokens:
        if block.type == "inline" and block.children:
            depth, marked = 0, list[Token]()
            for token in block.children:
                depth += {"link_open": 1, "link_close": -1}.get(token.type, 0)
                marked += [token] if depth or token.type != "text" else _split(token)
            block.children = marked


def _split(token: Token) -> Iterator[Token]:
    at = 0
    for found in _REFERENCE.finditer(token.content):
        yield Token("text", "", 0, content=token.content[at : found.start()])
        yield Token("link_open", "a", 1, attrs={"href": "https://github.com/", "class": "reference"})
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
