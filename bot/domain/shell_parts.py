"""The simple commands of a shell script, as far as they can be told without running it (POSIX.1, chapter 2)."""

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<blank>(?:[ \t\r]|\\\r?\n)+)
    | (?P<comment>\#[^\n]*)
    | (?P<heredoc><<)
    | (?P<redirection>\d*(?:>\||>>|[<>])&?|&>>?)
    | (?P<end>&&|\|\||;;|[;|&\n])
    | (?P<word>(?:
        '[^']*'
        | "(?:[^"\\]|\\.)*"
        | \\.
        | [^\s'"\\;|&<>]
      )+)
    """,
    re.VERBOSE | re.DOTALL,
)
_PIECE = re.compile(r"""'(?P<single>[^']*)'|"(?P<double>(?:[^"\\]|\\.)*)"|\\(?P<escaped>.)|(?P<bare>.)""", re.DOTALL)
_IN_DOUBLE = re.compile(r'\\([$`"\\\n])')
_REPLACED = frozenset("$`*?[~")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a command without its quotes, and where it stands in the script.

    `plain` tells that the shell takes it as it is: nothing in it is replaced by something else.
    """

    text: str
    start: int
    end: int
    plain: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A simple command: its words without the redirections, and where it stands with them."""

    words: tuple[Word, ...]
    start: int
    end: int


class Unclear(ValueError):
    """What a script does can't be told; the message says why."""


def read_parts(script: str) -> list[Part]:
    """Reads the simple commands of a script; those in groups, functions and substitutions are left out.

    Raises Unclear where nothing can be told: a quote that is not closed, a here-document.
    """
    parts: list[Part] = []
    words: list[Word] = []
    start, end, grouped, target, at = -1, 0, False, False, 0
    while at < len(script):
        token = _TOKEN.match(script, at)
        if token is None:
            raise Unclear("a quote in the command is not closed")
        kind, at = token.lastgroup, token.end()
        if kind == "heredoc":
            raise Unclear("the command has a here-document")
        if kind == "end":
            if words and not grouped:
                parts.append(Part(tuple(words), start, end))
            words, start, grouped, target = [], -1, False, False
        elif kind in ("word", "redirection"):
            start, end = token.start() if start < 0 else start, at
            if kind == "word":
                word, grouping = _read(token.group(), token.start())
                grouped = grouped or grouping
                if not target:
                    words.append(word)
            target = kind == "redirection"
    if words and not grouped:
        parts.append(Part(tuple(words), start, end))
    return parts


def _read(raw: str, start: int) -> tuple[Word, bool]:
    """Gives a word, and whether something in it groups commands or holds some."""
    text, plain, grouping = "", True, False
    for piece in _PIECE.finditer(raw):
        single, double, escaped, bare = piece.group("single", "double", "escaped", "bare")
        if double is not None:
            text += _IN_DOUBLE.sub(lambda found: "" if found[1] == "\n" else found[1], double)
            live = _IN_DOUBLE.sub("", double)
            plain = plain and not {"$", "`"} & set(live)
            grouping = grouping or "`" in live or "$(" in live
        elif bare is not None:
            text += bare
            plain = plain and bare not in _REPLACED
            grouping = grouping or bare in "`(){}"
        else:
            text += single if single is not None else "" if escaped == "\n" else escaped
    return Word(text, start, start + len(raw), plain), grouping
