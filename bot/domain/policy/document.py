"""YAML text becomes plain values, and where each of them stands.

What PyYAML's scanner and parser give is read here event by event: so depth is bounded before anything is built, words
are resolved by YAML 1.2 (`on` and `off` are words, `no` is Norway), and nothing can be constructed but plain values.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import yaml

from bot.domain.policy.mistakes import Mistake, Path, PolicyErrors, dotted, position, shown
from bot.domain.policy.syntax import syntax_mistake

Value = str | int | float | bool | list["Value"] | dict[str, "Value"] | None

DEEPEST = 8
"""Lists and mappings inside each other; the deepest policy has three."""

_ENOUGH = 200

# The core schema, YAML 1.2.2 section 10.3.2. Numbers too long to be meant are left to be floats.
_WORDS: Mapping[str, bool | None] = MappingProxyType(
    {"": None, "~": None}
    | dict.fromkeys(("null", "Null", "NULL"))
    | dict.fromkeys(("true", "True", "TRUE"), True)
    | dict.fromkeys(("false", "False", "FALSE"), False)
)
_NUMBERS: tuple[tuple[re.Pattern[str], Callable[[str], int | float]], ...] = (
    (re.compile(r"[-+]?[0-9]{1,18}", re.ASCII), int),
    (re.compile(r"0o[0-7]{1,18}", re.ASCII), lambda text: int(text, 0)),
    (re.compile(r"0x[0-9a-fA-F]{1,15}", re.ASCII), lambda text: int(text, 16)),
    (re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII), float),
    (re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"), lambda text: float(text.replace(".", ""))),
)
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: offsets of it and of its key; `raw` is a scalar as it is written, without quotes."""

    value: int
    key: int
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says; values that could not be read are None, and a mistake tells of each."""

    text: str
    value: Value = None
    places: dict[Path, Place] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    unread: set[Path] = field(default_factory=set)

    def tell(self, offset: int, path: Path, message: str, accepted: str = "", nearest: str = "") -> None:
        """Adds a mistake. Raises PolicyErrors with the one that is too many: nobody reads more of them."""
        line, column = position(self.text, offset)
        self.mistakes.append(Mistake(line, column, dotted(path), message, accepted, nearest))
        if len(self.mistakes) > _ENOUGH:
            raise PolicyErrors(self.mistakes)


def read_document(text: str) -> Document:
    """Reads the only document of a file. Raises PolicyErrors where it is not YAML, or too deep."""
    document = Document(text)
    try:
        loader = yaml.SafeLoader(text)
    except yaml.YAMLError as error:
        raise PolicyErrors([syntax_mistake(text, error, 0)]) from None
    try:
        value = _Reader(loader, document).read()
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        if isinstance(error, PolicyErrors):
            raise
        # The scanner makes characters of escapes without asking whether there is such a character.
        raise PolicyErrors([*document.mistakes, syntax_mistake(text, error, loader.index)]) from None
    finally:
        loader.dispose()
    return replace(document, value=value)


@dataclass(frozen=True, slots=True)
class _Reader:
    loader: yaml.SafeLoader
    document: Document

    def read(self) -> Value:
        value: Value = None
        self._next()
        if self.loader.check_event(yaml.DocumentStartEvent):
            self._next()
            event = self._next()
            value = self._value(event, (), _start(event))
            self._next()
        if self.loader.check_event(yaml.DocumentStartEvent):
            self.document.tell(_start(self._next()), (), "a second document begins here: one is read")
        return value

    def _value(self, event: yaml.Event, path: Path, key: int) -> Value:
        start = _start(event)
        if len(path) > DEEPEST:
            raise PolicyErrors([*self.document.mistakes, self._mistake(start, path[:4], "too many levels deep")])
        self.document.places[path] = Place(start, key, event.value if isinstance(event, yaml.ScalarEvent) else "")
        self._refuse(event, path)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        if isinstance(event, yaml.ScalarEvent):
            if _SURROGATE.search(event.value):
                self._leave_out(start, path, "an escape that stands for no character")
                return None
            return resolved(event.value) if event.implicit[0] else event.value
        return None

    def _sequence(self, path: Path) -> Value:
        entries: list[Value] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            entries.append(self._value(event, (*path, len(entries)), _start(event)))
        return entries

    def _mapping(self, path: Path) -> Value:
        entries: dict[str, Value] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            start, key = _start(event), self._key(event, path)
            inside = (*path, key or "")
            if key is not None and key in entries:
                line, _ = position(self.document.text, self.document.places[inside].key)
                self.document.tell(start, inside, f"stands here again, after line {line}")
            if key is None or key in entries:
                self._pass_over(self._next(), inside)
            else:
                entries[key] = self._value(self._next(), inside, start)
        return entries

    def _key(self, event: yaml.Event, path: Path) -> str | None:
        """Gives the key; None where it is no text."""
        if not isinstance(event, yaml.ScalarEvent) or event.tag is not None:
            self.document.tell(_start(event), path, "a key has to be plain text")
            self._pass_over(event, (*path, ""))
            return None
        key = resolved(event.value) if event.implicit[0] else event.value
        if isinstance(key, str) and not _SURROGATE.search(key):
            self._refuse(event, (*path, key))
            return key
        word = shown(event.value)
        self.document.tell(_start(event), path, f"the key {word} is no text", nearest=f'"{word}"')
        return None

    def _pass_over(self, event: yaml.Event, path: Path) -> None:
        """Reads a value that has no place in the document, as deep as others may be."""
        _Reader(self.loader, Document(self.document.text))._value(event, path, _start(event))

    def _refuse(self, event: yaml.Event, path: Path) -> None:
        """Tells of what YAML has and a policy has not: tags, anchors and aliases, which could blow a small file up."""
        start = _start(event)
        anchor = getattr(event, "anchor", None)
        if isinstance(event, yaml.AliasEvent):
            nearest = f'"*{shown(anchor or "")}"'
            self._leave_out(start, path, "a text that begins with * wants quotes; aliases are not read", nearest)
        elif anchor is not None:
            nearest = f'"&{shown(anchor)}"'
            self._leave_out(start, path, "a text that begins with & wants quotes; anchors are not read", nearest)
        elif getattr(event, "tag", None) is not None:
            self._leave_out(start, path, "a text that begins with ! wants quotes; tags are not read")

    def _leave_out(self, offset: int, path: Path, message: str, nearest: str = "") -> None:
        self.document.tell(offset, path, message, nearest=nearest)
        self.document.unread.add(path)

    def _mistake(self, offset: int, path: Path, message: str) -> Mistake:
        return Mistake(*position(self.document.text, offset), dotted(path), message)

    def _next(self) -> yaml.Event:
        event: yaml.Event = self.loader.get_event()  # type: ignore[no-untyped-call]
        return event


def _start(event: yaml.Event) -> int:
    # Only events that a program makes to be written have no mark.
    return event.start_mark.index if event.start_mark is not None else 0


def resolved(word: str) -> str | int | float | bool | None:
    """Gives the value of a word without quotes."""
    if word in _WORDS:
        return _WORDS[word]
    return next((read(word) for pattern, read in _NUMBERS if pattern.fullmatch(word)), word)
