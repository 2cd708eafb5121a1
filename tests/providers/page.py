"""What a host's markdown parser makes of our text: tags, links, and the words outside code."""

from collections.abc import Iterator, Sequence
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererProtocol
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict


def _special(_: RendererProtocol, tokens: Sequence[Token], index: int, __: OptionsDict, ___: EnvType) -> str:
    return escapeHtml(tokens[index].content)


_PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
# Escapes stay apart from the text around them, so that the source of a line can be told from what it shows.
_PARSER.disable("text_join")
_PARSER.add_render_rule("text_special", _special)


class Page(HTMLParser):
    """Reads CommonMark with GFM's tables and strikethrough, and the HTML that is in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.source = text
        self.tokens = _PARSER.parse(text)
        self.tags: list[str] = []
        self.links: list[str] = []
        self.comments: list[str] = []
        self.words: list[str] = []
        """Pieces of text that are not code, as people see them."""
        self._open: list[str] = []
        self.feed(_PARSER.renderer.render(self.tokens, _PARSER.options, {}))
        self.close()
        assert self._open == []

    @property
    def fences(self) -> list[str]:
        """The languages that code blocks claim."""
        return [token.info for token in self.tokens if token.type in ("fence", "code_block")]

    @property
    def html(self) -> list[str]:
        """All that the parser lets through as HTML."""
        every = [each for token in self.tokens for each in (token, *(token.children or ()))]
        return [token.content for token in every if token.type.startswith("html_")]

    def lines(self, kind: str = "") -> Iterator[str]:
        """Gives the source of each line that holds words, code left out; of one kind of block only if told."""
        for before, token in zip(self.tokens, self.tokens[1:], strict=False):
            if token.type == "inline" and before.type.startswith(kind):
                yield "".join(_source(child) for child in token.children or [])

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
        if not {"code", "pre"} & set(self._open) and data.strip():
            self.words.append(data)


def _source(token: Token) -> str:
    if token.type == "text_special":
        return token.markup
    return token.content if token.type in ("text", "html_inline") else "\n" if token.type.endswith("break") else "\0"
