"""Chooses the lines of a log that tell why it failed, best part first."""

import re
from collections.abc import Iterable

from bot.analysis.logs import LogScan, tells
from bot.analysis.model import Excerpt

BUDGET = 50
"""Lines shown of one log."""
PART = 16
"""Lines of the longest part that is built around a single peak."""
EDGE = 0.5
"""A part ends where the score falls below this share of its peak."""
LOOKED_AT = 300
"""Characters of a line that are weighed: what tells stands at its beginning."""
FLOOR = 0.08
"""Peaks below this share of the highest are not shown."""
_STRONG = re.compile(
    r"^Traceback \(most recent|^E {2,}\S|^\s*(?:Caused by: |panic: |fatal: |FATAL|FAIL(?:ED|URE)?\b|not ok \d+)"
    r"|\b(?:FAILED|FAILURE!?)\b|<<< (?:FAILURE|ERROR)"
    r"|(?:^|[\s:.\]])(?:[\w$.]*(?:Error|Exception|Failure))(?::|\()|(?:^|[^\w-])(?:fatal |internal )?error(?:\[\w+\]"
    r"| [A-Z]{1,4}\d+)?: |^\s*(?:\[ERROR\]|\[error\]|ERROR\b|error:|Error:|!\s)"
    r"|##\[error\]|^\s*--- FAIL|✕|✗|✖|●|❌|^\s*\d+\) |npm ERR!|Segmentation fault|core dumped|Assertion.*failed"
    r"|assertion failed|panicked at"
    r"|AddressSanitizer|undefined reference|TEST-UNEXPECTED|PROCESS-CRASH"
)
_MEDIUM = re.compile(
    r"\b(?:error|errors|fail|fails|failed|failing|failure|failures|exception|fatal|cannot|can't|could not|couldn't"
    r"|unable|undefined|denied|refused|timed out"
    r"|timeout|not found|no such file|missing|invalid|unexpected|expected|mismatch|violation|aborted|killed"
    r"|unresolved|conflict|segfault|assert)\b",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"\b(?:0|no|zero|without) (?:errors?|fail(?:ures?|ed)?|failing)|(?:errors?|failures?|failed)[ :=]+0\b"
    r"|\bWARN(?:ING)?\b|\bwarning: |\bDEBUG\b|\bignor(?:ed|ing)\b|-Werror|error_?(?:log|page|handler|reporting)"
    r"|^\s*(?:ok|PASS|✓|✔|√|\.+)\s|\bpassed\b|\bPASSED\b|\bOK\b|Downloading|Downloaded|Installing|Unpacking"
    r"|Setting up|^(?:Get|Hit|Ign):\d|^remote: |\|\| true|set -e|^\$ |^\+ |\.\.\. ok$",
)
_SUMMARY = re.compile(
    r"re-run Maven|\[Help 1\]|To see the full stack trace|Run with --(?:stacktrace|info|scan)"
    r"|For more information about the errors|A complete log of this run"
    r"|Process completed with exit code|The command .* exited with|Your build (?:exited|has been)|BUILD FAILURE"
    r"|marked build as failure|Job failed: exit"
)


def weight(text: str) -> float:
    """How much a single line tells by its words."""
    value, text = 0.0, text[:LOOKED_AT]
    if not tells(text):
        return value
    if _STRONG.search(text):
        value = 4.0
    elif _MEDIUM.search(text):
        value = 1.5
    if value and _HARMLESS.search(text):
        value *= 0.15
    if value and _SUMMARY.search(text):
        value *= 0.3
    return value


def excerpts_of(index: int, log: LogScan) -> list[Excerpt]:
    """Parts of the log around its peaks, best first, about fifty lines in all."""
    numbers = [number for number in log.kept if number in log.novel] or list(log.kept)
    if not numbers:
        return []
    scores = _scores(log, numbers)
    parts = _peaks(numbers, scores, BUDGET)
    return [
        Excerpt(index, numbers[lo], numbers[hi], round(score, 4), tuple(numbers[lo : hi + 1]))
        for lo, hi, score in parts
    ]


def most_telling(log: LogScan, numbers: Iterable[int]) -> list[int]:
    """The lines that tell something by their own words, the best first."""
    scored = [(weight(log.kept[number]), number) for number in numbers]
    return [number for value, number in sorted(scored, key=lambda pair: (-pair[0], pair[1])) if value > 0]


def _scores(log: LogScan, numbers: list[int]) -> list[float]:
    """Each kept line's own weight, spread over its neighbours and scaled by how near the failure it stands."""
    anchor = log.marker if log.marker is not None else numbers[-1]
    weights = [weight(log.kept[number]) for number in numbers]
    spread = [0.0] * len(numbers)
    for i, value in enumerate(weights):
        if value:
            for offset in range(-6, 9):
                j = i + offset
                if 0 <= j < len(numbers) and abs(numbers[j] - numbers[i]) <= 12:
                    spread[j] += value * (1 - abs(offset) / 10)
    out = []
    for number, value in zip(numbers, spread, strict=True):
        distance = anchor - number
        near = 1 / (1 + distance / 80) if distance >= 0 else 0.6 / (1 - distance / 20)
        out.append((value + 1) * near)
    return out


def _peaks(numbers: list[int], scores: list[float], budget: int) -> list[tuple[int, int, float]]:
    """Ranges of positions around the highest scores, not overlapping, until the budget is used up."""
    taken = [False] * len(numbers)
    parts: list[tuple[int, int, float]] = []
    top = max(scores)
    for peak in sorted(range(len(numbers)), key=lambda i: (-scores[i], -i)):
        if budget <= 0:
            break
        if taken[peak] or scores[peak] <= top * FLOOR:
            continue
        lo = hi = peak
        room = min(PART, budget)
        while hi - lo + 1 < room:
            left = scores[lo - 1] if lo > 0 and not taken[lo - 1] else -1.0
            right = scores[hi + 1] if hi + 1 < len(numbers) and not taken[hi + 1] else -1.0
            if max(left, right) < scores[peak] * EDGE:
                break
            if right >= left:
                hi += 1
            else:
                lo -= 1
        taken[lo : hi + 1] = [True] * (hi - lo + 1)
        budget -= hi - lo + 1
        parts.append((lo, hi, scores[peak] / top))
    return parts
