"""The kept lines of a log, weighed by words, rules and place."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from itertools import accumulate
from math import log2

from bot.analysis.cues import LOOKED_AT, cues
from bot.analysis.headline import weight_of_telling
from bot.analysis.logs import LOOK_BLANK, LOOK_COLOUR, LOOK_RED, LOOK_TELLS, LogScan
from bot.analysis.masks import uncoloured
from bot.analysis.tokens import tokens_of

_DIGITS = re.compile(r"\d+")
_STEP = re.compile(
    r"\$ \S|travis_fold:start|##\[(?:group|section)\]|section_start:|\[Pipeline\] |Run |\+ \w|\[INFO\] --- "
    r"|> Task |make\["
)
NOTHING = -9.0
"""The score of a line beyond the ends of the log."""
CHEAP = (
    "score", "mean2", "mean5", "mean12", "max_before5", "max_after5", "max20", "below_best", "best",
    "to_marker", "to_last_marker", "to_end", "relative", "into_step", "in_failing_step", "blank_before", "red",
    "colour", "lines", "gap_before", "gap_after", "rank", "weight", "weight_near", "weight_placed", "weight_rank",
    "weight_new", "family", "signal", "signal_rank", "signal_above", "signal_below",
    "result", "results", "result_above", "result_below", "results_so_far",
)  # fmt: skip
"""The names of the numbers of `Page.cheap`, in their order."""


_LOG2 = tuple(log2(1 + value) for value in range(2048))


def scaled(value: int) -> float:
    """log2 of a distance or count, with its sign; 0 stays 0."""
    if -2048 < value < 2048:
        return _LOG2[value] if value >= 0 else -_LOG2[-value]
    return log2(1 + value) if value >= 0 else -log2(1 - value)


class Page:
    """The kept lines of one log with all that is needed to describe each.

    `weights` are log odds of words in hundredths. In the order of `numbers`: `scores` has their sum for each line,
    `words` the cues of the words as bits, `rules` what `headline.weight` says, `shapes` the text without numbers.
    """

    def __init__(self, log: LogScan, weights: Mapping[str, int]) -> None:
        self.numbers = list(log.kept)
        self.texts = [uncoloured(text[:LOOKED_AT]) for text in log.kept.values()]
        self.looks = [log.looks.get(number, 0) for number in self.numbers]
        self.shapes = [_DIGITS.sub("#", text.strip()) for text in self.texts]
        self.lines = max(log.lines, 1)
        self.count = len(self.numbers)
        self.marker = log.marker or self.numbers[-1]
        self.last_marker = log.last_marker or self.numbers[-1]
        self.scores: list[float] = []
        self.words: list[int] = []
        weight_of, bits_of = weights.get, cues().words.get
        for text in self.texts:
            # Whole numbers: a sum of floats would depend on the order of the set.
            score, bits = 0, 0
            for token in tokens_of(text):
                score += weight_of(token, 0)
                bits |= bits_of(token, 0)
            self.scores.append(score / 100)
            self.words.append(bits)
        self.sums = list(accumulate(self.scores, initial=0.0))
        self.best = max(self.scores)
        self._scores_in_order = sorted(self.scores)
        self.step = self._steps()
        self.failing_step = self.step[min(bisect_left(self.numbers, self.marker), self.count - 1)]
        self.rules = [
            weight_of_telling(text) if look & LOOK_TELLS else 0.0
            for text, look in zip(self.texts, self.looks, strict=True)
        ]
        self.spread = self._spread()
        self.placed = [
            (value + 1) * self._near(number) for number, value in zip(self.numbers, self.spread, strict=True)
        ]
        self._placed_in_order = sorted(self.placed)
        seen: dict[str, int] = {}
        for i, shape in enumerate(self.shapes):
            if self.rules[i]:
                seen.setdefault(shape, i)
        self._first = set(seen.values())
        families = [shape.split(None, 1)[0] if shape else "" for shape in self.shapes]
        count = Counter(families)
        self.family = [count[name] for name in families]
        self.signal = [
            value / log2(1 + many) if value else 0.0 for value, many in zip(self.rules, self.family, strict=True)
        ]
        self._signals_in_order = sorted(self.signal)
        self.results = log.results
        self.known = [bool(log.novel) and number not in log.novel for number in self.numbers]
        self._cheap: dict[int, list[float]] = {}

    def _steps(self) -> list[int]:
        """For each line the place of the first line of its step."""
        steps, at = [], 0
        for i, text in enumerate(self.texts):
            if _STEP.match(text):
                at = i
            steps.append(at)
        return steps

    def _spread(self) -> list[float]:
        """What the rules say of a line and its neighbours."""
        spread = [0.0] * self.count
        for i, value in enumerate(self.rules):
            if value:
                for j in range(max(i - 6, 0), min(i + 9, self.count)):
                    if abs(self.numbers[j] - self.numbers[i]) <= 12:
                        spread[j] += value * (1 - abs(j - i) / 10)
        return spread

    def _near(self, number: int) -> float:
        """1 at the failing command, less before it, least after it."""
        distance = self.marker - number
        return 1 / (1 + distance / 80) if distance >= 0 else 0.6 / (1 - distance / 20)

    def cheap(self, i: int) -> list[float]:
        """What position and word scores alone say of the line at place `i`."""
        row = self._cheap.get(i)
        if row is None:
            row = self._cheap[i] = self._describe(i)
        return row

    def _describe(self, i: int) -> list[float]:
        scores, sums, count, number = self.scores, self.sums, self.count, self.numbers[i]
        low2, high2 = max(i - 2, 0), min(i + 3, count)
        low5, high5 = max(i - 5, 0), min(i + 6, count)
        low12, high12 = max(i - 12, 0), min(i + 13, count)
        score, look = scores[i], self.looks[i]
        return [
            score,
            (sums[high2] - sums[low2]) / (high2 - low2),
            (sums[high5] - sums[low5]) / (high5 - low5),
            (sums[high12] - sums[low12]) / (high12 - low12),
            max(scores[low5:i], default=NOTHING),
            max(scores[i + 1 : high5], default=NOTHING),
            max(scores[max(i - 20, 0) : i + 21]),
            score - self.best,
            self.best,
            scaled(number - self.marker),
            scaled(number - self.last_marker),
            scaled(self.lines - number),
            number / self.lines,
            scaled(number - self.numbers[self.step[i]]),
            float(self.step[i] == self.failing_step),
            float(look & LOOK_BLANK),
            float(bool(look & LOOK_RED)),
            float(bool(look & LOOK_COLOUR)),
            scaled(self.lines),
            scaled(min(number - self.numbers[i - 1], 1000)) if i else 10.0,
            scaled(min(self.numbers[i + 1] - number, 1000)) if i + 1 < count else 10.0,
            scaled(self.count - bisect_left(self._scores_in_order, score)),
            self.rules[i],
            self.spread[i],
            self.placed[i],
            scaled(self.count - bisect_left(self._placed_in_order, self.placed[i])),
            float(i in self._first),
            scaled(self.family[i]),
            self.signal[i],
            scaled(self.count - bisect_left(self._signals_in_order, self.signal[i])),
            max(self.signal[low12:i], default=0.0),
            max(self.signal[i + 1 : high5], default=0.0),
            *self._result(number),
        ]

    def _result(self, number: int) -> tuple[float, ...]:
        """How a line stands to those that each say that one test failed."""
        results = self.results
        at = bisect_left(results, number)
        is_one = at < len(results) and results[at] == number
        below = at + is_one
        return (
            float(is_one),
            scaled(len(results)),
            scaled(min(number - results[at - 1], 2000)) if at else 12.0,
            scaled(min(results[below] - number, 2000)) if below < len(results) else 12.0,
            scaled(at),
        )
