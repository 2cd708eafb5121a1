"""Picks single lines of different kinds that each announce a failure: the widest view of a log in a few lines."""

import re
from collections.abc import Iterable
from itertools import chain

from bot.analysis.headline import ANNOUNCES
from bot.analysis.logs import LOOK_TELLS, LogScan
from bot.analysis.masks import masked

_COUNTED = re.compile(r"(?i)\b[1-9]\d* (?:\w+ ){0,2}(?:fail\w*|errors?\b|problems?|offens\w*|violations?|mismatch\w*)")
_COUNTS = 3
_KIND = 60
"""Masked characters by which two lines are of one kind."""


def signals(log: LogScan, within: Iterable[int]) -> list[int]:
    """Line numbers of a ranked log, best first: the last sums of failures, then one line a kind.

    Lines near the failing command and those near the beginning of the log take turns: the one is what stopped the
    run, the other is where it went wrong first.
    """
    end = log.last_marker or log.lines
    marker = log.marker or log.lines
    counts: list[int] = []
    kinds: dict[str, int] = {}
    for number in within:
        value, text = log.weights.get(number, 0.0), log.kept[number]
        if number <= end and log.looks.get(number, 0) & LOOK_TELLS and _COUNTED.search(text):
            counts.append(number)
        if value >= ANNOUNCES:
            kinds.setdefault(masked(text)[:_KIND], number)
    first = list(kinds.values())
    near = sorted(first, key=lambda number: marker - number if number <= marker else 3 * (number - marker))
    turns = chain.from_iterable(zip(near, first, strict=True))
    return list(dict.fromkeys((*counts[-_COUNTS:], *turns)))
