"""Describes chosen lines of a log by numbers, for the ranker."""

from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

from bot.analysis.cues import cues
from bot.analysis.logs import LOOK_BLANK, LOOK_RED
from bot.analysis.page import CHEAP, NOTHING, Page, scaled

_STRONG_WORDS = ("word:error", "word:fail", "word:fatal", "word:bad_sign", "word:trace", "word:exception")
_NEAR = (
    "frame",
    "place",
    "caret",
    "word:expected",
    "count_failed",
    "diff",
    "word:bad_sign",
    "exception",
    "error_label",
)
_ABOVE = (
    "header",
    "ruled_title",
    "trace_head",
    "numbered",
    "frame",
    "exception",
    "fail_loud",
    "count_failed",
    "command",
)
_OWN = (
    "length", "indent", "deeper", "word_count", "letters", "blank_after", "alike", "first_alike",
    "before1", "before2", "before3", "after1", "after2", "after3",
    "strong_above", "strong_below", "strong_before", "strong_after", "strong_in_step", "strong_near",
    "block_lines", "block_at", "block_best", "block_mean", "block_strong", "outer_above", "red_lines",
    "red_near", "red_above",
)  # fmt: skip


def names() -> list[str]:
    """The names of the numbers of `full`, in their order."""
    near = [f"{name} near" for name in _NEAR]
    above = [f"{name} above" for name in _ABOVE]
    return [*CHEAP, *_OWN, *near, *above, *cues().bits]


class Details:
    """All numbers of some chosen lines of a page; `chosen` are places in rising order."""

    def __init__(self, page: Page, chosen: Sequence[int]) -> None:
        self.page = page
        self.chosen = chosen
        table = cues()
        self.bits = [page.words[i] | table.of_pattern(page.texts[i]) for i in chosen]
        strong = 0
        for name in _STRONG_WORDS:
            strong |= table.bits[name]
        self.strong = [bool(bits & strong) for bits in page.words]
        self.strong_sums = list(accumulate(self.strong, initial=0))
        self.red_sums = list(accumulate((bool(look & LOOK_RED) for look in page.looks), initial=0))
        self.alike = Counter(page.shapes)
        self.near = [
            (table.bits[name], list(accumulate((bool(b & table.bits[name]) for b in self.bits), initial=0)))
            for name in _NEAR
        ]
        self.above = [(table.bits[name]) for name in _ABOVE]
        self.names = list(table.bits.values())

    def rows(self) -> list[list[float]]:
        """One row a chosen line, as `names` has it."""
        page, strong = self.page, self.strong
        count, numbers, scores = page.count, page.numbers, page.scores
        strong_above = _since(numbers, strong)
        strong_below = _until(numbers, strong)
        red_above = _since(numbers, [bool(look & LOOK_RED) for look in page.looks])
        outer: list[float] = _since(numbers, [not text[:1].isspace() for text in page.texts])
        blocks = _blocks(page, self.strong_sums)
        last_seen: list[int | None] = [None] * len(self.above)
        seen: set[str] = set()
        rows = []
        step_start: dict[int, int] = {}
        for i, flag in enumerate(strong):
            if flag:
                step_start.setdefault(page.step[i], numbers[i])
        for place, i in enumerate(self.chosen):
            text, number, bits = page.texts[i], numbers[i], self.bits[place]
            shape = page.shapes[i]
            indent = len(text) - len(text.lstrip())
            before = page.texts[i - 1] if i else ""
            start = text[:80]
            first = step_start.get(page.step[i])
            row = [
                *page.cheap(i),
                scaled(len(text)),
                min(indent, 40),
                indent - (len(before) - len(before.lstrip())),
                len(text.split(None, 30)),
                sum(map(str.isalnum, start)) / max(len(start), 1),
                float(i + 1 < count and page.looks[i + 1] & LOOK_BLANK),
                scaled(self.alike[shape]),
                float(shape not in seen),
                scores[i - 1] if i > 0 else NOTHING,
                scores[i - 2] if i > 1 else NOTHING,
                scores[i - 3] if i > 2 else NOTHING,
                scores[i + 1] if i + 1 < count else NOTHING,
                scores[i + 2] if i + 2 < count else NOTHING,
                scores[i + 3] if i + 3 < count else NOTHING,
                strong_above[i],
                strong_below[i],
                scaled(self.strong_sums[i]),
                scaled(self.strong_sums[count] - self.strong_sums[i]),
                scaled(number - first) if first is not None else -12.0,
                self.strong_sums[min(count, i + 9)] - self.strong_sums[max(0, i - 8)],
                *blocks[i],
                outer[i],
                scaled(self.red_sums[count]),
                self.red_sums[min(count, i + 6)] - self.red_sums[max(0, i - 5)],
                red_above[i],
            ]
            seen.add(shape)
            low, high = max(0, place - 6), min(len(self.chosen), place + 7)
            row += [sums[high] - sums[low] for _, sums in self.near]
            for k, bit in enumerate(self.above):
                was = last_seen[k]
                row.append(scaled(min(number - was, 2000)) if was is not None else 12.0)
                if bits & bit:
                    last_seen[k] = number
            row += [float(bool(bits & bit)) for bit in self.names]
            rows.append(row)
        return rows


def _since(numbers: Sequence[int], flags: Sequence[bool]) -> list[float]:
    """log2 of the lines since the last flagged line above each, 12 where there is none."""
    out, last = [], None
    for number, flag in zip(numbers, flags, strict=True):
        out.append(scaled(min(number - last, 2000)) if last is not None else 12.0)
        if flag:
            last = number
    return out


def _until(numbers: Sequence[int], flags: Sequence[bool]) -> list[float]:
    """log2 of the lines until the next flagged line below each, 12 where there is none."""
    turned = _since([-number for number in reversed(numbers)], list(reversed(flags)))
    return turned[::-1]


def _blocks(page: Page, strong_sums: Sequence[int]) -> list[tuple[float, ...]]:
    """For each line its block between blank lines: lines, place in it, best and mean score, strong lines."""
    out: list[tuple[float, ...]] = []
    start = 0
    while start < page.count:
        end = start + 1
        while end < page.count and not page.looks[end] & LOOK_BLANK and page.numbers[end] == page.numbers[end - 1] + 1:
            end += 1
        best = max(page.scores[start:end])
        mean = (page.sums[end] - page.sums[start]) / (end - start)
        strong = strong_sums[end] - strong_sums[start]
        out += [(end - start, at, best, mean, strong) for at in range(end - start)]
        start = end
    return out
