"""Reads a log once, in bounded memory, and keeps the parts that could tell why it failed."""

import re
from collections import deque
from collections.abc import Container, Iterable, Mapping, Set
from dataclasses import dataclass, field

from bot.analysis.failing_tests import FailingTests
from bot.analysis.inputs import CutError
from bot.analysis.limits import Limits
from bot.analysis.lines import Lines
from bot.analysis.masks import line_key, plain
from bot.analysis.steps import Step, Steps

MARKER = re.compile(
    r"The command .* (?:exited with [1-9]|failed and exited)|##\[error\]|Process completed with exit code [1-9]"
    r"|BUILD FAILURE"
    r"|BUILD FAILED|marked build as failure|^ERROR: Job failed|^ERROR: script returned exit code"
    r"|^Exited with code (?:exit status )?[1-9]|[Cc]ommand exited with (?:code|status) [1-9]|^Finished: FAILURE"
    r"|^Your build has been stopped|No output has been received in the last|The job exceeded the maximum"
    r"|^!{4,} \S.* !{4,}$"
)
_RUN_PASSED = re.compile(r"Your build exited with 0\.|^Job succeeded|^Finished: SUCCESS")
_SUITE_PASSED = re.compile(
    r"BUILD SUCCESS|^=+ \d+ passed[^=]*=+$|^OK \(\d+ tests?|^OK(?: \(skipped=\d+\))?$|^Tests: +\d+ passed, \d+ total"
    r"|^\d+ passed(?:, \d+ (?:skipped|deselected|xfailed|xpassed|warnings?))* in \d[\d.]*s\b"
)
# Plain searches: on long lines they are many times faster than one regular expression of alternatives.
_WORDS = (
    "error|fail|exception|fatal|traceback|panic|assert|expect|undefined|cannot|can't|could not|couldn't|unable"
    "|denied|refused|timed out|timeout|time out|not found|no such|missing|invalid|unknown|abort|killed"
    "|segfault|segmentation|mismatch|undeclared|unresolved|violation|exit|✕|✗|✖|×"
    "|●|❌|___|<<<|e   |broken|conflict|warning|rejected|offence|offense|problem|testcase: |not ok"
    "|build has been|no output|interrupt|cancel|exceed|too |[-]|[e]"
)
_TELLING = tuple(_WORDS.split("|"))


@dataclass(slots=True)
class LogScan:
    """What is kept of one log. `kept` maps line numbers to plain text, in rising order; blank lines are left out."""

    lines: int = 0
    kept: dict[int, str] = field(default_factory=dict)
    marker: int | None = None
    """The first line that says that a command failed."""
    last_marker: int | None = None
    step: Step = field(default_factory=Step)
    """The step that failed, where the log tells its steps."""
    passed: bool = False
    """Whether the log says that all went well."""
    failing_tests: tuple[str, ...] = ()
    results: list[int] = field(default_factory=list)
    """Lines that each say that one test failed, the first thousand."""
    looks: dict[int, int] = field(default_factory=dict)
    """How kept lines look: sums of the `LOOK_` bits; those that look plain are left out."""
    found: dict[str, int] = field(default_factory=dict)
    """Where the wanted lines (stripped) stand."""
    novel: set[int] = field(default_factory=set)
    """Kept lines which the baseline does not have."""
    chances: dict[int, float] = field(default_factory=dict)
    """How likely each of the lines most worth showing is the failure (0 to 1), once the log is ranked."""
    weights: dict[int, float] = field(default_factory=dict)
    """What the lines that announce something say by their words, once the log is ranked."""
    cut: str = ""
    """Why the log was not read to its end."""
    long_line: str = ""
    """What was left out of a line that is too long."""
    run_passed: int = 0
    """The last line that says that the whole run succeeded."""

    def step_at(self, line: int | None) -> str:
        """The name of the failed step where this line stands in it, empty otherwise."""
        return self.step.name if self.step.has(line) else ""

    @property
    def failed(self) -> bool:
        """Whether something failed in it and nothing later says that the run succeeded all the same."""
        return (self.marker is not None or bool(self.failing_tests)) and self.run_passed <= (self.last_marker or 0)


BEFORE, AFTER, TAIL = 8, 16, 150
LOOK_BLANK, LOOK_RED, LOOK_COLOUR, LOOK_TELLS = 1, 2, 4, 8
"""The line comes after a blank one; some of it is red; some of it has another colour; it has a failure's word."""
_RED = re.compile(r"\x1b\[(?:\d;)?(?:31|91|41)m")

Item = tuple[int, str, int]
"""Number, plain text and look of a line."""


def tells(text: str) -> bool:
    """Whether a line holds any word that a failure would use."""
    lower = text.lower()
    for word in _TELLING:  # noqa: SIM110 - a third faster than any() with a generator, and this is the hot loop
        if word in lower:
            return True
    return False


def baseline_set(chunks: Iterable[bytes], limits: Limits) -> set[int]:
    """The masked lines of a green run, as hashes."""
    seen: set[int] = set()
    try:
        for _, line in Lines(chunks, limits.line_chars):
            seen.add(line_key(line))
            if len(seen) >= limits.baseline_lines:
                break
    except CutError:
        pass
    return seen


def scan(
    chunks: Iterable[bytes],
    limits: Limits,
    wanted: Container[str] | Mapping[str, object] = (),
    baseline: Set[int] | None = None,
) -> LogScan:
    """Go through a log once; raises OSError when reading fails."""
    log, tests, steps = LogScan(), FailingTests(limits.kept_failures), Steps()
    lines = Lines(chunks, limits.line_chars)
    early: dict[int, Item] = {}
    late: deque[Item] = deque(maxlen=limits.kept_lines // 3)
    recent: deque[Item] = deque(maxlen=TAIL)
    upto, room, blank = 0, limits.kept_line_chars, 0
    try:
        for number, raw in lines:
            text = plain(raw) if raw and not raw.isspace() else ""
            if not text or text.isspace():
                blank = LOOK_BLANK
                continue
            steps.see(number, text)
            telling = tells(text)
            look = blank | LOOK_TELLS if telling else blank
            item = (number, text[:room], look | _colours(raw) if "\x1b[" in raw else look)
            blank = 0
            recent.append(item)
            if baseline is not None and line_key(raw) not in baseline:
                if len(log.novel) <= limits.kept_lines:
                    log.novel.add(number)
                telling = True
            if telling:
                named = tests.see(text)
                if MARKER.search(text):
                    log.last_marker = number
                    if log.marker is None:
                        log.marker, log.step = number, steps.now
                        early.update(_numbered(recent))
                keep = [near for near in _last(recent, BEFORE) if near[0] > upto] if number > upto else [item]
                upto = max(upto, number + AFTER)
            elif number <= upto:
                keep = [item]
                named = tests.see(text)
            else:
                keep = []
                named = text.startswith("test_") and tests.see(text)
            if named and len(log.results) < limits.kept_failures:
                log.results.append(number)
            if keep:
                if len(early) < limits.kept_lines * 2 // 3:
                    early.update(_numbered(keep))
                else:
                    late.extend(keep)
            if wanted and (stripped := text.strip()) in wanted and stripped not in log.found:
                log.found[stripped] = number
            if "OK" in text or "SUCCESS" in text or " passed" in text or "ucceeded" in text or "exited" in text:
                if _RUN_PASSED.search(text):
                    log.run_passed, log.passed = number, True
                elif not log.passed and _SUITE_PASSED.search(text):
                    log.passed = True
    except CutError as cut:
        log.cut = str(cut)
    if lines.cut:
        number, length = lines.cut
        log.long_line = f"line {number} has {length} characters: only the first {limits.line_chars} were looked at"
    if len(log.novel) > limits.kept_lines:
        # Where nearly everything is new, being new tells nothing.
        log.novel.clear()
    early.update(_numbered(late))
    early.update(_numbered(recent))
    for number in sorted(early):
        _, log.kept[number], look = early[number]
        if look:
            log.looks[number] = look
    log.lines = lines.count
    log.failing_tests = tests.names
    return log


def _last(items: deque[Item], count: int) -> list[Item]:
    return [items[i] for i in range(max(0, len(items) - count), len(items))]


def _numbered(items: Iterable[Item]) -> list[tuple[int, Item]]:
    return [(item[0], item) for item in items]


def _colours(raw: str) -> int:
    return LOOK_RED if _RED.search(raw) else LOOK_COLOUR
