"""Tells for each line of a log how likely a person would mark it as the failure, by a small learned model.

`ranker.json` has three tables: log odds of words (in hundredths), a few trees that choose the lines worth describing
in full, and the trees that rank those. `benchmarks/analysis/train_ranker.py` makes it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import exp
from typing import Any

from bot.analysis.features import Details
from bot.analysis.logs import LogScan
from bot.analysis.page import Page

CHOSEN = 160
"""Lines of one log that are described in full."""

ROUGH, FRONT = 25, 70
"""Trees that all of them pass, and the lines that pass the rest."""

Tree = float | list[Any]
"""A leaf's value, or `[feature, threshold, tree if not above, tree if above]`."""


@dataclass(frozen=True, slots=True)
class Ranker:
    """The learned tables."""

    words: Mapping[str, int]
    near: Sequence[Tree]
    trees: Sequence[Tree]

    def rank(self, log: LogScan) -> dict[int, float]:
        """The chances (0 to 1) of the lines most worth showing, by line number in rising order; sets `log.weights`."""
        if not log.kept:
            return {}
        page = Page(log, self.words)
        log.weights = {number: value for number, value in zip(page.numbers, page.rules, strict=True) if value}
        chosen = self.choose(page)
        rows = Details(page, chosen).rows()
        first, rest = self.trees[:ROUGH], self.trees[ROUGH:]
        sums = [_sum(first, row) for row in rows]
        # What is far behind after the first trees stays behind: only the front is summed up to the end.
        for place in sorted(range(len(sums)), key=lambda place: -sums[place])[:FRONT]:
            sums[place] += _sum(rest, rows[place])
        return {page.numbers[i]: 1 / (1 + exp(-value)) for i, value in zip(chosen, sums, strict=True)}

    def choose(self, page: Page, most: int = CHOSEN) -> list[int]:
        """The places of the lines to describe in full, in rising order; what a green run does not have goes first."""
        if page.count <= most:
            return list(range(page.count))
        first = [_sum(self.near, page.cheap(i)) for i in range(page.count)]
        return sorted(sorted(range(page.count), key=lambda i: (page.known[i], -first[i], i))[:most])


@cache
def ranker() -> Ranker:
    """The model of this distribution, read once."""
    data: dict[str, Any] = json.loads(resources.files(__package__).joinpath("ranker.json").read_text("utf-8"))
    return Ranker(data["words"], data["near"], data["trees"])


def _sum(trees: Sequence[Tree], row: Sequence[float]) -> float:
    total = 0.0
    for tree in trees:
        node = tree
        while isinstance(node, list):
            node = node[2] if row[node[0]] <= node[1] else node[3]
        total += node
    return total
