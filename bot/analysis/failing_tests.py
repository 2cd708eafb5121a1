"""Names of failing tests in a log, when there is no report to ask."""

import re
from collections.abc import Callable

from bot.analysis.result_lines import NAMED

_COLLECTED = re.compile(r"^_{3,} ERROR collecting (?P<name>\S+\.py) _{3,}$")
_UNDERLINED = re.compile(r"^_{3,} (?:ERROR at (?:setup|teardown) of )?(?P<name>[\w.:/\\-]+(?:\[.*\])?) _{3,}$")
_ANT_CASE = re.compile(r"^\s*(?:\[junit\]\s+)?Testcase: (?P<name>[\w$\[\]]+(?:\([\w$.]+\))?)(?: took |:\s*(?P<bad>\S))")
_ANT_BAD = re.compile(r"^\s*(?:\[junit\]\s+)?(?:FAILED|Caused an ERROR)\s*$")
_SUREFIRE_HEAD = re.compile(r"^(?:\[\w+\] )?(?:Failed tests|Tests in error|Failures|Errors): *(?P<rest>.*)$")
_TESTNG_ITEM = re.compile(r"^(?:\[\w+\])? *\w+ on instance (?P<name>[\w$]+\([\w$.]+\))")
_SUREFIRE_ITEM = re.compile(r"^(?:\[\w+\])? *(?P<name>[\w$]+\([\w$.]+\)|[\w$.]*[a-z$]\w*\.[\w$]+(?=:\d+))")
_SBT_ITEM = re.compile(r"^\[error\] \t(?P<name>[\w$]+(?:\.[\w$]+)+)$")
_MOCHA_HEAD = re.compile(r"^\s*\d+ failing\b")
_LIST_HEAD = re.compile(r"^(?:Failures|Failing [Ss]cenarios):\s*$")
_NUMBERED = re.compile(r"^\s*\d+\) (?P<name>.*\S)\s*$")
_SCENARIO = re.compile(r"^\s+(?P<name>\S+\.feature:\d+)\b")
_PHPUNIT = re.compile(r"^\d+\) (?P<name>[\w\\]+::\w+.*?)$")


_METHOD = re.compile(r"[\w$]+(?:[(\[].*)?")


def _gradle(path: str) -> str:
    """`Class > method > Class.method[1]`, as the filter of the build tool writes it; sentences stay as they are."""
    first, *_, last = path.split(" > ")
    if f"{first.rsplit('.', 1)[-1]}." in last.split("(")[0]:
        return last
    return f"{first}.{last}" if path.count(" > ") == 1 and _METHOD.fullmatch(last) else path


_SPELLING: dict[str, Callable[[str], str]] = {
    "gradle": _gradle,
    "ant": lambda name: name.replace(":", "."),
}


class FailingTests:
    """Collects names while a log goes by; `names` holds each once, in the order they came."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._found: dict[str, None] = {}
        self._summary: dict[str, None] = {}
        self._ant: str | None = None
        self._mocha = False
        self._listed: dict[str, None] = {}
        self._surefire = False
        self._list = False

    def see(self, line: str) -> bool:
        """Look at one plain line (no colours, no time stamp); says whether it tells that one test failed."""
        if len(line) > 1000:
            return False
        for hint, pattern in NAMED:
            if hint in line and (match := pattern.match(line)):
                kind = match.lastgroup or "name"
                self._add(_SPELLING.get(kind, str)(match[kind]))
                return True
        return self._section(line)

    def _section(self, line: str) -> bool:
        """Lines that name a test only because of where they stand or what stands around them."""
        if "___ " in line:
            if match := _UNDERLINED.match(line):
                return self._note(match["name"])
            match = _COLLECTED.match(line)
            return match is not None and self._add(match["name"])
        if "Testcase: " in line and (match := _ANT_CASE.match(line)):
            self._ant = match["name"]
            return bool(match["bad"]) and self._add(match["name"])
        if self._ant and _ANT_BAD.match(line):
            name, self._ant = self._ant, None
            return self._add(name)
        if line.startswith("Fail") and _LIST_HEAD.match(line):
            self._list = True
        if match := _SUREFIRE_HEAD.match(line):
            self._surefire = True
            line = match["rest"]
        if self._surefire:
            self._surefire = "Tests run:" not in line
            items = (item.match(line) for item in (_TESTNG_ITEM, _SUREFIRE_ITEM, _SBT_ITEM))
            if match := next(filter(None, items), None):
                return self._note(match["name"])
        if " failing" in line and _MOCHA_HEAD.match(line):
            self._mocha = True
        elif ") " in line:
            if match := _PHPUNIT.match(line):
                return self._add(match["name"])
            if (self._mocha or self._list) and (match := _NUMBERED.match(line)):
                return self._add(match["name"]) if self._mocha else self._hint(match["name"])
        elif self._list and (match := _SCENARIO.match(line)):
            return self._hint(match["name"])
        return False

    @property
    def names(self) -> tuple[str, ...]:
        """The failing tests; headings, summaries and lists count only where no result line named one."""
        found = tuple(self._found)
        if not found and not self._summary:
            return tuple(self._listed)
        if any("::" in name or "(" in name for name in found) or not self._summary:
            return found
        return tuple(dict.fromkeys((*found, *self._summary)))

    def _add(self, name: str) -> bool:
        return self._keep(self._found, name)

    def _note(self, name: str) -> bool:
        return self._keep(self._summary, name)

    def _hint(self, name: str) -> bool:
        return self._keep(self._listed, name)

    def _keep(self, names: dict[str, None], name: str) -> bool:
        if len(names) < self._limit:
            names.setdefault(name.strip())
        return True
