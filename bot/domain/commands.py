"""The language of commands: `/agnox WORDS` or `@agnox WORDS` at the start of a line of a comment."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain.prose import prose_lines

MOST = 5
"""Commands that are read in one comment; those after them are passed over."""
BECAUSE = "because"
"""What follows it, to the end of the line, is the reason."""

_WORDS = 32
_NAMED = 64
_LENGTH = 1024
_REASON = 500
# Cut before it is split: a line may be megabytes long.
_LONGEST = 4096
_NAME = r"[ \xa0]{0,3}[/@]agnox"
_ANYWHERE = re.compile(rf"(?:\A|[\r\n]){_NAME}", re.IGNORECASE)
_COMMAND = re.compile(rf"{_NAME}[,.:;!?]*(?:\s+|$)", re.IGNORECASE)
_QUOTES = "`'\"“”„‟‘’‚‛«»‹›"
_AFTER = ".,:;!?" + _QUOTES
# Phones write other quotation marks than were typed, and languages set them the other way round. One within a word,
# as an apostrophe, closes nothing.
_QUOTED = re.compile(
    r"(?:(?P<mark>[\"'`])(?P<plain>.*?)(?P=mark)|[“”„‟](?P<double>.*?)[“”‟\"]|[‘’‚‛](?P<single>.*?)[‘’‛']"
    r"|[«»](?P<angle>.*?)[«»]|[‹›](?P<small>.*?)[‹›])[.,:;!?]*(?=\s|\Z)",
    re.DOTALL,
)
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Command:
    """What is asked in one line: `name` in lower case, empty when the line says nothing but our name."""

    name: str
    arguments: tuple[str, ...] = ()
    reason: str = ""

    def __str__(self) -> str:
        words = ["/agnox", self.name, *map(_written, self.arguments)]
        return " ".join(filter(None, (*words, f"{BECAUSE} {self.reason}" if self.reason else "")))


def read_commands(body: str) -> tuple[Command, ...]:
    """Reads the first commands of a comment, each once; any text will do, linear in its length."""
    if not _ANYWHERE.search(body):
        return ()
    found: dict[Command, None] = {}
    for command in _commands(body):
        found[command] = None
        if len(found) == MOST:
            break
    return tuple(found)


def _commands(body: str) -> Iterator[Command]:
    for line in prose_lines(body):
        start = _COMMAND.match(line)
        if start is not None:
            yield _command(line[start.end() : start.end() + _LONGEST])


def _command(text: str) -> Command:
    words, reason = _split(text)
    name, *arguments = words or [""]
    return Command(name.lower()[:_NAMED], tuple(arguments), reason)


def _split(text: str) -> tuple[list[str], str]:
    """Gives the words, those in quotation marks as one, and the reason."""
    words: list[str] = []
    at = 0
    while len(words) < _WORDS and (start := _WORD.search(text, at)) is not None:
        quoted = _QUOTED.match(text, start.start())
        if quoted is not None:
            at = quoted.end()
            # More backticks than one around it are quotation marks as well.
            word = _printable(quoted[quoted.lastgroup or "plain"]).strip("` " if quoted["mark"] == "`" else " ")
        else:
            at = start.end()
            word = _clean(start[0])
            if words and word.lower() == BECAUSE:
                return words, _reason(text[at:])
        words += [word[:_LENGTH]] if word else []
    return words, ""


def _reason(text: str) -> str:
    text = text.strip()
    quoted = _QUOTED.fullmatch(text)
    return " ".join(_printable(quoted[quoted.lastgroup or "plain"] if quoted else text).split())[:_REASON]


def _clean(word: str) -> str:
    return _printable(word).lstrip(_QUOTES).rstrip(_AFTER)


def _printable(text: str) -> str:
    return "".join(filter(str.isprintable, "".join(" " if char.isspace() else char for char in text)))


def _written(argument: str) -> str:
    """Writes an argument so that it is read as one word again."""
    if _clean(argument) == argument and argument.lower() != BECAUSE and not any(map(str.isspace, argument)):
        return argument
    mark = next((mark for mark in "\"'`" if mark not in argument), '"')
    return f"{mark}{argument}{mark}"
