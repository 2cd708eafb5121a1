"""The language of commands: `/agnox WORDS` or `@agnox WORDS` at the start of a line of a comment."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain.prose import prose_lines

MOST = 5
"""Commands that are read in one comment; those after them are passed over."""

_WORDS = 16
_LENGTH = 64
# Cut before it is split: a line may be megabytes long.
_LONGEST = 2 * _WORDS * _LENGTH
_NAME = r"[ \xa0]{0,3}[/@]agnox"
_ANYWHERE = re.compile(rf"(?:\A|[\r\n]){_NAME}", re.IGNORECASE)
_COMMAND = re.compile(rf"{_NAME}[,.:;!?]*(?:\s+|$)", re.IGNORECASE)
_QUOTES = "`'\""
_AFTER = ".,:;!?" + _QUOTES


@dataclass(frozen=True, slots=True)
class Command:
    """What is asked in one line: `name` in lower case, empty when the line says nothing but our name."""

    name: str
    arguments: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join(filter(None, ("/agnox", self.name, *self.arguments)))


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
            words = [_clean(word) for word in line[start.end() : start.end() + _LONGEST].split()[:_WORDS]]
            name, *arguments = [word for word in words if word] or [""]
            yield Command(name.lower(), tuple(arguments))


def _clean(word: str) -> str:
    return "".join(filter(str.isprintable, word)).lstrip(_QUOTES).rstrip(_AFTER)[:_LENGTH]
