"""Chooses the lines of a log that tell why it failed, best part first."""

from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate

from bot.analysis.headline import only_ends
from bot.analysis.logs import LOOK_BLANK, LogScan
from bot.analysis.model import Excerpt
from bot.analysis.ranker import Ranker, ranker
from bot.analysis.signals import signals

BUDGET = 50
"""Lines shown of one log."""
BEST = 20
"""Lines of the best parts: these come first, all that is shown beyond them after."""
FLOOR = 0.1
"""Lines whose chance is below this share of the best one's are not shown."""
FLOOR_NOVEL = 0.43
"""The same where a green run has taken out most of what is not worth showing."""
FEW = 5
"""So many new lines are shown in any case."""
COMPANY, REACH = 0.5, 5
"""What a line gains when all lines within reach are new as well, as a share of the best chance."""
SIGNALS = 16
"""Where a failure fills the budget, so many lines give way to signals of other kinds."""
RESULTS, RESULT_ABOVE, RESULT_BELOW = 2, 5, 8
"""So many results of failing tests that are not in sight are shown as well, with at most so many lines around each."""
IN_SIGHT = 5
GAP = 3
"""Lines of one part have at most this many others between them."""


def excerpts_of(index: int, log: LogScan, model: Ranker | None = None) -> list[Excerpt]:
    """Parts of the log, best first; few lines where the failure is plain, up to fifty where it is not.

    With a green run at hand only lines are shown which that run does not have. `model` stands for the one shipped.
    """
    log.chances = chances = (model or ranker()).rank(log)
    floor = FLOOR
    if not log.novel.isdisjoint(chances):
        chances = _in_company(chances, log.novel)
        floor = FLOOR_NOVEL if len(chances) > FEW else 0.0
    order = chosen(chances, floor)
    unseen = _unseen_results(log, order)
    if len(order) >= BUDGET:
        novel = [number for number in log.kept if not log.novel or number in log.novel]
        others = [*unseen, *signals(log, novel)[:SIGNALS]]
        order = list(dict.fromkeys((*order[: max(BUDGET - len(others), FEW)], *others, *order)))[:BUDGET]
    else:
        order = [*order, *unseen][:BUDGET]
    top = chances[order[0]] if order else 1.0
    found = [*parts(order[:BEST], chances), *parts(order[BEST:], chances)]
    # That something has failed is known: what failed comes first.
    found.sort(key=lambda lines: all(only_ends(log.kept[number]) for number in lines))
    scores = accumulate((round(_best(lines, chances) / top, 4) for lines in found), min)
    return [
        Excerpt(index, lines[0], lines[-1], score, tuple(lines)) for lines, score in zip(found, scores, strict=True)
    ]


def chosen(chances: Mapping[int, float], floor: float = FLOOR) -> list[int]:
    """The lines to show, best first, with the few that stand between two of them."""
    order = sorted(chances, key=lambda number: (-chances[number], number))[:BUDGET]
    found: dict[int, None] = {}
    for number in order:
        if chances[number] < floor * chances[order[0]]:
            break
        found[number] = None
        for way in (1, -1):
            between = range(number + way, number + way * (GAP + 1), way)
            reached = next((at for at in between if at in found), None)
            if reached is not None:
                found.update(dict.fromkeys(at for at in range(number + way, reached, way) if at in chances))
    return list(found)[:BUDGET]


def parts(numbers: Sequence[int], chances: Mapping[int, float]) -> list[list[int]]:
    """The lines as ranges, the one with the best line first."""
    ranges: list[list[int]] = []
    for number in sorted(numbers):
        if ranges and number - ranges[-1][-1] <= GAP + 1:
            ranges[-1].append(number)
        else:
            ranges.append([number])
    return sorted(ranges, key=lambda lines: (-_best(lines, chances), lines[0]))


def _best(lines: Sequence[int], chances: Mapping[int, float]) -> float:
    return max(chances.get(number, 0.0) for number in lines)


def _in_company(chances: Mapping[int, float], novel: Collection[int]) -> dict[int, float]:
    """The chances of the new lines, higher where new lines stand together."""
    top = max(chances[number] for number in novel if number in chances)
    gain = COMPANY * top / (2 * REACH + 1)
    return {
        number: chance + gain * sum(at in novel for at in range(number - REACH, number + REACH + 1))
        for number, chance in chances.items()
        if number in novel
    }


def _unseen_results(log: LogScan, shown: Collection[int]) -> list[int]:
    """Lines around the first lines that say that a test failed, where nothing near them is shown."""
    found: dict[int, None] = {}
    fit = log.novel & log.kept.keys() if log.novel else log.kept.keys()
    for result in [number for number in log.results if number in fit][:RESULTS]:
        if not any(abs(number - result) <= IN_SIGHT for number in shown):
            found.update(dict.fromkeys(number for number in _block(log, result) if number in fit))
    return list(found)


def _block(log: LogScan, number: int) -> range:
    """The lines around this one up to blank ones."""
    first = last = number
    while number - first < RESULT_ABOVE and first - 1 in log.kept and not log.looks.get(first, 0) & LOOK_BLANK:
        first -= 1
    while last - number < RESULT_BELOW and last + 1 in log.kept and not log.looks.get(last + 1, 0) & LOOK_BLANK:
        last += 1
    return range(first, last + 1)
