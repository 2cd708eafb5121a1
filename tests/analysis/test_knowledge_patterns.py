"""No pattern of the knowledge base can be made slow: its shape bounds the steps that any line can cost.

A repeat costs as many ways as it has lengths, fewer where a literal follows that stands only at some of them, and one
where no length but one can be followed by it. Ways of repeats in a row multiply, those of one inside another are
raised to its power. The bound is on that product, whatever the line.
"""

import re
from collections.abc import Iterable
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from bot.analysis.knowledge import Entry, shelf

MOST_WAYS = 1_300
"""Times 400 places in a line and some 60 lines: a second or two for the worst lines that can be made for an entry."""
UNBOUNDED = 400


def ways(nodes: Any, after: tuple[Any, ...] = ()) -> int:
    """In how many ways the nodes can match from one place, when `after` comes behind them."""
    product = 1
    items = list(nodes)
    for place, (kind, value) in enumerate(items):
        product *= _ways(kind, value, (*items[place + 1 :], *after))
    return product


def _ways(kind: Any, value: Any, after: tuple[Any, ...]) -> int:
    if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        low, high, inner = value
        high = UNBOUNDED if high is sre.MAXREPEAT else int(high)
        if len(inner) > 1 or inner[0][0] in (sre.SUBPATTERN, sre.BRANCH):
            again = (*inner, *after) if high > 1 else after
            if kind is sre.POSSESSIVE_REPEAT:
                return int(ways(inner, again) ** max(1, high))
            return int((high - low + 1) * ways(inner, again) ** max(1, high))
        if kind is sre.POSSESSIVE_REPEAT or not after:
            # What is last takes all it can and is never asked to give back.
            return 1
        literals = _literals(after)
        if literals and not re.fullmatch(_source(inner[0]), literals[0], re.DOTALL):
            return 1
        return -(-int(high - low + 1) // max(1, len(literals)))
    if kind is sre.SUBPATTERN:
        return ways(value[-1], after)
    if kind is sre.BRANCH:
        return sum(ways(branch, after) for branch in value[1])
    if kind in (sre.ASSERT, sre.ASSERT_NOT):
        return ways(value[1])
    return 1


def _literals(nodes: tuple[Any, ...]) -> str:
    """The characters that must come first in these nodes."""
    found = ""
    for kind, value in nodes:
        if kind is sre.SUBPATTERN:
            inner = _literals(tuple(value[-1]))
            found += inner
            if len(inner) < len(value[-1]):
                break
        elif kind is sre.LITERAL:
            found += chr(value)
        else:
            break
    return found


def _source(node: Any) -> str:
    kind, value = node
    if kind is sre.LITERAL:
        return re.escape(chr(value))
    if kind is sre.IN:
        return f"[{''.join(_members(value))}]"
    assert kind in (sre.ANY, sre.NOT_LITERAL), node
    return "." if kind is sre.ANY else f"[^{re.escape(chr(value))}]"


def _members(nodes: Iterable[Any]) -> Iterable[str]:
    classes = {
        sre.CATEGORY_DIGIT: r"\d",
        sre.CATEGORY_SPACE: r"\s",
        sre.CATEGORY_WORD: r"\w",
        sre.CATEGORY_NOT_SPACE: r"\S",
        sre.CATEGORY_NOT_DIGIT: r"\D",
        sre.CATEGORY_NOT_WORD: r"\W",
    }
    for kind, value in nodes:
        if kind is sre.NEGATE:
            yield "^"
        elif kind is sre.LITERAL:
            yield re.escape(chr(value))
        elif kind is sre.RANGE:
            yield f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
        else:
            yield classes[value]


@pytest.mark.parametrize("entry", list(shelf()), ids=lambda entry: entry.id)
def test_the_ways_of_a_pattern_are_bounded(entry: Entry) -> None:
    for pattern in entry.patterns:
        assert ways(parser.parse(pattern.pattern)) <= MOST_WAYS, pattern.pattern


@pytest.mark.parametrize("slow", [r"(a+)+b", r".*x.*y.*z", r"(?:\w{1,80} ?){1,40}$", r".{0,80}a.{0,80}b"])
def test_the_bound_tells_slow_patterns(slow: str) -> None:
    assert ways(parser.parse(slow)) > MOST_WAYS
