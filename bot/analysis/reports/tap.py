"""TAP 13 and 14, the Test Anything Protocol (testanything.org), as node, tape, bats, prove and others write it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.analysis.inputs import CutError
from bot.analysis.limits import Limits
from bot.analysis.reports.base import Budget, Report, ResultSink, Status
from bot.analysis.reports.collector import Case, Collector, StopReading
from bot.analysis.reports.json_lines import text_lines
from bot.analysis.reports.values import seconds, whole

_POINT = re.compile(
    r"(?P<not>not )?ok\b(?:\s+(?P<number>\d+))?(?:\s*-)?\s*"
    r"(?P<name>(?:\\.|[^\\#]|#(?!\s*(?:SKIP|TODO)\b|\s*time=))*)(?:#\s*(?P<directive>.*))?",
    re.IGNORECASE,
)
_PLAN = re.compile(r"1\.\.(?P<count>\d+)\s*(?:#.*)?")
_VERSION = re.compile(r"TAP version \d+\s*")
_SUBTEST = re.compile(r"#\s*Subtest:\s*(?P<name>.*)")
_PLACE = re.compile(
    r"""^\s*(?:location|at):\s*['"]?(?:[^'"(\n]*\()?(?P<file>[^'"\n]+?):(?P<line>\d+)(?::\d+)?\)?['"]?\s*$""",
    re.MULTILINE,
)
_SAID = re.compile(r"^\s*(?:error|message):\s*(?P<text>.*)$", re.MULTILINE)
_VALUES = re.compile(r"^\s*(expected|actual):[ \t]*(?![|>])(\S.*)$", re.MULTILINE)
_INDENT = 4


@dataclass(slots=True)
class _Level:
    """One nesting of test points; `points` are those seen since its parent's last one."""

    name: str = ""
    points: int = 0
    failed: int = 0
    plan: int | None = None


class TapReader:
    """Test points; a point that sums up subtests counts only when it alone failed."""

    name = "TAP"

    def sniff(self, head: bytes) -> bool:
        """Whether it begins as TAP does: with a version, or with a plan or point and then more of it."""
        first = (line.strip() for _, line in text_lines([head[:4096]], 4096))
        told = [line for line in first if line and not line.startswith("#")][:2]
        if not told:
            return False
        if _VERSION.fullmatch(told[0]):
            return True
        known = [bool(_PLAN.fullmatch(line) or re.match(r"(?:not )?ok \d+\b", line)) for line in told]
        return len(told) == 2 and all(known)

    def read(self, chunks: Iterable[bytes], limits: Limits, budget: Budget, sink: ResultSink | None) -> Report:
        """Counts are exact up to where reading stopped; `reason` says where and why it did."""
        return _Tap(Collector(limits, budget, sink)).run(chunks)


class _Tap:
    """The state of reading one report."""

    def __init__(self, out: Collector) -> None:
        self.out = out
        self.levels = [_Level()]
        self.case: Case | None = None
        self.block: list[str] = []
        self.room = 0
        self.in_block = False
        self.line = 0

    def run(self, chunks: Iterable[bytes]) -> Report:
        reason = None
        try:
            for number, line in text_lines(chunks, self.out.limits.token_bytes):
                self.line = number
                self.read(line)
        except CutError as cut:
            reason = str(cut)
        except StopReading as stop:
            reason = str(stop)
        try:
            self.close()
            self.check_plan()
        except StopReading as stop:
            reason = reason or str(stop)
        return self.out.finish(reason)

    def read(self, line: str) -> None:
        body = line.lstrip(" ")
        if self.in_block:
            if body.rstrip() == "...":
                self.in_block = False
            else:
                self.keep(line)
            return
        depth = (len(line) - len(body)) // _INDENT
        if body.rstrip() == "---" and self.case is not None:
            self.in_block = True
        elif point := _POINT.fullmatch(body.rstrip()):
            self.close()
            self.point(point, depth)
        elif plan := _PLAN.fullmatch(body.rstrip()):
            self.at(depth).plan = int(plan["count"][:9])
        elif subtest := _SUBTEST.match(body):
            self.close()
            self.at(depth + 1).name = subtest["name"].strip()
        elif body.startswith("Bail out!"):
            self.close()
            self.out.suite_error(Case("", "errored", classname="TAP", message=body.strip(), report_line=self.line))
        elif body.startswith("#") and self.case is not None and self.case.broken:
            self.keep(body[1:].removeprefix(" "))

    def keep(self, line: str) -> None:
        """A line of what the last point tells about itself."""
        if self.room > 0:
            self.block.append(line[: self.room])
            self.room -= len(line) + 1

    def at(self, depth: int) -> _Level:
        """The level of this depth; levels in between are made, absurd depths refused."""
        if depth > self.out.limits.depth:
            raise StopReading(f"subtests nested deeper than {self.out.limits.depth}")
        while len(self.levels) <= depth:
            self.levels.append(_Level())
        return self.levels[depth]

    def point(self, point: re.Match[str], depth: int) -> None:
        level = self.at(depth)
        inner = self.levels[depth + 1] if len(self.levels) > depth + 1 else None
        level.points += 1
        directive = (point["directive"] or "").strip()
        word = directive[:4].upper()
        status: Status = (
            "skipped" if word == "SKIP" or (word == "TODO" and point["not"]) else "failed" if point["not"] else "passed"
        )
        level.failed += status == "failed"
        summed = inner is not None and inner.points > 0
        # What the subtests told counts; their sum does not, unless something broke between them.
        counts = not summed or (status == "failed" and inner is not None and not inner.failed)
        name = re.sub(r"\\([#\\])", r"\1", point["name"] or "").strip() or f"test {point['number'] or level.points}"
        del self.levels[depth + 1 :]
        if counts:
            parents = [item.name for item in self.levels[1:] if item.name]
            time = re.search(r"time=([\d.]+)(ms)?", directive)
            self.case = Case(" > ".join([*parents, name]), status, report_line=self.line)
            self.case.seconds = seconds(time[1], 0.001 if time[2] else 1.0) if time else None
            self.block, self.room = [], self.out.limits.detail_chars

    def close(self) -> None:
        """The last point is told in full."""
        case, self.case, self.in_block = self.case, None, False
        if case is None:
            return
        if case.broken:
            text = "\n".join(self.block)
            said, place = _SAID.search(text), _PLACE.search(text)
            case.details = text
            case.message = _scalar(said, text) if said else _difference(text, self.block)
            if place:
                case.id, case.file, case.line = case.name, place["file"], whole(place["line"])
        if time := re.search(r"^\s*duration_ms:\s*([\d.]+)\s*$", "\n".join(self.block), re.MULTILINE):
            case.seconds = seconds(time[1], 0.001)
        self.out.add(case)

    def check_plan(self) -> None:
        """Fewer points than planned: the run broke off."""
        top = self.levels[0]
        if top.plan is not None and top.points < top.plan:
            words = f"planned {top.plan} tests, but only {top.points} were reported"
            self.out.suite_error(Case("", "errored", classname="TAP", message=words, report_line=self.line or None))


def _difference(text: str, block: list[str]) -> str:
    """What was expected and what was there; the first line where that is not told."""
    values = {name: value.strip() for name, value in _VALUES.findall(text)}
    if values.get("expected") and values.get("actual"):
        return f"expected {values['expected']}, but it is {values['actual']}"
    return next((line.strip() for line in block if line.strip()), "")


def _scalar(said: re.Match[str], text: str) -> str:
    """A YAML value: as written, unquoted, or the first line of a block."""
    value = said["text"].strip()
    if value[:1] in ("|", ">"):
        return next((line.strip() for line in text[said.end() :].split("\n") if line.strip()), "")
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value


READER = TapReader()
