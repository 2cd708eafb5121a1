"""Counts the steps that a backtracking matcher takes, so that linear time can be shown without a clock.

Follows the parse tree of `re`, tries what `re` tries in the same order, and counts each look at a character. `re` takes
no more: it skips some of these looks, and adds none.
"""

import re
from collections.abc import Callable, Iterator
from re import _constants as c  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any

Nodes = list[tuple[Any, Any]]
Then = Callable[[int], int | None]

_DIGITS = frozenset(b"0123456789")
_SPACES = frozenset(b" \t\n\r\f\v")
_WORDS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_") | _DIGITS
_ALL = frozenset(range(256))
_CATEGORIES = {
    c.CATEGORY_DIGIT: _DIGITS, c.CATEGORY_SPACE: _SPACES, c.CATEGORY_WORD: _WORDS,
    c.CATEGORY_NOT_DIGIT: _ALL - _DIGITS, c.CATEGORY_NOT_SPACE: _ALL - _SPACES, c.CATEGORY_NOT_WORD: _ALL - _WORDS,
}  # fmt: skip
_SINGLE = (c.LITERAL, c.NOT_LITERAL, c.IN, c.ANY)


class Counting:
    """Stands in for a compiled pattern and counts into `steps`, which all of one test share."""

    def __init__(self, pattern: re.Pattern[bytes], steps: list[int]) -> None:
        self.real = pattern
        self._steps = steps
        self._tree = _prepared(_parser.parse(pattern.pattern, pattern.flags), pattern.flags)
        self._prefix = bytes(_literals(self._tree))

    def match(self, data: bytes, pos: int = 0, end: int | None = None) -> re.Match[bytes] | None:
        found = self.real.match(data, pos, len(data) if end is None else end)
        assert self._try(data, pos, end) == (found and found.end())
        return found

    def fullmatch(self, data: bytes) -> re.Match[bytes] | None:
        self._try(data, 0, None, lambda at: at if at == len(data) else None)
        return self.real.fullmatch(data)

    def search(self, data: bytes, pos: int = 0, end: int | None = None) -> re.Match[bytes] | None:
        found = self.real.search(data, pos, len(data) if end is None else end)
        self._look(data, pos, found, end)
        return found

    def finditer(self, data: bytes, pos: int = 0, end: int | None = None) -> Iterator[re.Match[bytes]]:
        for found in self.real.finditer(data, pos, len(data) if end is None else end):
            self._look(data, pos, found, end)
            yield found
            pos = max(found.end(), found.start() + 1)
        self._look(data, pos, None, end)

    def findall(self, data: bytes) -> list[Any]:
        return [found[0] for found in self.finditer(data)]

    def _look(self, data: bytes, pos: int, found: re.Match[bytes] | None, end: int | None) -> None:
        last = found.start() if found else len(data) if end is None else end
        at = data.find(self._prefix, pos, last + len(self._prefix))
        while 0 <= at <= last:
            # The search for a literal is a plain one; what is counted is what begins there.
            got = self._try(data, at, end)
            assert (got is not None) == (found is not None and at == last)
            at = data.find(self._prefix, at + 1, last + len(self._prefix))

    def _try(self, data: bytes, pos: int, end: int | None, then: Then = lambda at: at) -> int | None:
        return _Run(data if end is None else data[:end], self._steps).nodes(self._tree, 0, pos, then)


class _Run:
    def __init__(self, data: bytes, steps: list[int]) -> None:
        self.data = data
        self.steps = steps

    def nodes(self, nodes: Nodes, index: int, at: int, then: Then) -> int | None:
        while index < len(nodes):
            op, value = nodes[index]
            index += 1
            if op == "set":
                self.steps[0] += 1
                if at >= len(self.data) or self.data[at] not in value:
                    return None
                at += 1
            elif op == "branch":
                rest = self._rest(nodes, index, then)
                return _first(self.nodes(branch, 0, at, rest) for branch in value)
            elif op == "repeat":
                return self._repeat(value, at, self._rest(nodes, index, then))
            elif op == "atomic":
                got = self._atomic(value, at)
                if got is None:
                    return None
                at = got
            elif not self._stands(op, value, at):
                return None
        return then(at)

    def _rest(self, nodes: Nodes, index: int, then: Then) -> Then:
        return (lambda at: self.nodes(nodes, index, at, then)) if index < len(nodes) else then

    def _atomic(self, value: tuple[int, int, Nodes], at: int) -> int | None:
        least, most, body = value
        done = 0
        while done < most and (got := self.nodes(body, 0, at, lambda end: end)) is not None:
            done += 1
            if got == at:
                return at
            at = got
        return at if done >= least else None

    def _repeat(self, value: tuple[int, int, Nodes, bool], at: int, then: Then) -> int | None:
        least, most, body, lazy = value
        if len(body) == 1 and body[0][0] == "set":
            stop, chars = at, body[0][1]
            while stop - at < most and stop < len(self.data) and self.data[stop] in chars:
                stop += 1
            self.steps[0] += stop - at + 1
            ends = range(at + least, stop + 1)
            return _first(then(end) for end in (ends if lazy else reversed(ends)))

        def again(done: int, here: int) -> int | None:
            def more() -> int | None:
                if done >= most:
                    return None
                return self.nodes(body, 0, here, lambda end: None if end == here else again(done + 1, end))

            if done < least:
                return more()
            choices: list[Callable[[], int | None]] = [more, lambda: then(here)]
            return _first(choice() for choice in (reversed(choices) if lazy else choices))

        return again(0, at)

    def _stands(self, op: Any, value: Any, at: int) -> bool:
        self.steps[0] += 1
        if op == "at":
            start, end = at == 0, at == len(self.data)
            before = not start and self.data[at - 1] in _WORDS
            after = not end and self.data[at] in _WORDS
            return {c.AT_BEGINNING_STRING: start, c.AT_END_STRING: end, c.AT_BOUNDARY: before != after}[value]
        direction, width, body, wanted = value
        from_ = at - width if direction < 0 else at
        return (from_ >= 0 and self.nodes(body, 0, from_, lambda end: end) is not None) is wanted


def _first(results: Iterator[int | None]) -> int | None:
    return next((result for result in results if result is not None), None)


def _prepared(tree: Any, flags: int) -> Nodes:
    return [node for op, value in tree for node in _node(op, value, flags)]


def _node(op: Any, value: Any, flags: int) -> Nodes:
    if op in _SINGLE:
        return [("set", _set(op, value, flags))]
    if op is c.SUBPATTERN:
        return _prepared(value[3], flags)
    if op is c.BRANCH:
        return [("branch", [_prepared(branch, flags) for branch in value[1]])]
    if op in (c.MAX_REPEAT, c.MIN_REPEAT):
        return [("repeat", (value[0], int(value[1]), _prepared(value[2], flags), op is c.MIN_REPEAT))]
    if op is c.POSSESSIVE_REPEAT:
        return [("atomic", (value[0], int(value[1]), _prepared(value[2], flags)))]
    if op is c.ATOMIC_GROUP:
        return [("atomic", (1, 1, _prepared(value, flags)))]
    if op in (c.ASSERT, c.ASSERT_NOT):
        return [("look", (value[0], value[1].getwidth()[0], _prepared(value[1], flags), op is c.ASSERT))]
    assert op is c.AT, op
    return [("at", value)]


def _set(op: Any, value: Any, flags: int) -> frozenset[int]:
    if op is c.ANY:
        return _ALL if flags & re.DOTALL else _ALL - {10}
    if op is c.IN:
        parts = [_part(*part) for part in value if part[0] is not c.NEGATE]
        chars = _folded(frozenset().union(*parts), flags)
        return _ALL - chars if value[0][0] is c.NEGATE else chars
    chars = _folded(frozenset({value}), flags)
    return _ALL - chars if op is c.NOT_LITERAL else chars


def _part(op: Any, value: Any) -> frozenset[int]:
    if op is c.CATEGORY:
        return _CATEGORIES[value]
    return frozenset(range(value[0], value[1] + 1)) if op is c.RANGE else frozenset({value})


def _folded(chars: frozenset[int], flags: int) -> frozenset[int]:
    if not flags & re.IGNORECASE:
        return chars
    return frozenset((*bytes(chars).lower(), *bytes(chars).upper()))


def _literals(tree: Nodes) -> Iterator[int]:
    for op, value in tree:
        if op != "set" or len(value) != 1:
            return
        yield next(iter(value))


def counted(value: Any, steps: list[int]) -> Any:
    """The value with each pattern in it replaced; modules are changed by the caller."""
    if isinstance(value, re.Pattern):
        return Counting(value, steps)
    if type(value) is tuple:
        return tuple(counted(part, steps) for part in value)
    if type(value) is dict:
        return {key: counted(part, steps) for key, part in value.items()}
    return value


def patterns_of(module: ModuleType, steps: list[int]) -> dict[str, Any]:
    """What to set in a module so that all its patterns count."""
    values = {name: (value, counted(value, steps)) for name, value in vars(module).items() if name.startswith("_")}
    return {name: new for name, (old, new) in values.items() if new is not old and new != old}
