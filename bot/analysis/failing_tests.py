"""Names of failing tests in a log, when there is no report to ask."""

import re
from collections.abc import Callable

# Each pattern has a word that must be in the line for it to match: a plain search that spares most matches.
_NAMED: tuple[tuple[str, re.Pattern[str]], ...] = (
    (".py", re.compile(r"^(?:FAILED|ERROR) (?P<name>[^\s:]+\.py(?:::\S.*?)?)(?: - .*)?$")),
    (".py::", re.compile(r"^(?:\[gw\d+\] )?(?:\[ *\d+%\] )?(?:FAILED|ERROR) (?P<name>[^\s:]+\.py::\S+)")),
    (".py::", re.compile(r"^(?P<name>[^\s:]+\.py::\S.*?) (?:FAILED|ERROR)(?:\s+\[ *\d+%\])?$")),
    (": ", re.compile(r"^(?:FAIL|ERROR): (?P<name>\S+ \([\w.]+\)|(?=\S*[Tt]est)[\w.]+$)")),
    (
        "<<<",
        re.compile(r"^(?:\[\w+\] +)?(?P<name>(?!.*Tests run: )\S.*?)\s+(?:-- )?Time elapsed: .*<<< (?:FAILURE|ERROR)!"),
    ),
    (" FAILED", re.compile(r"^(?P<gradle>[\w$.]+(?: > [^>]+?)+) FAILED$")),
    (" FAILED", re.compile(r"^(?P<name>(?:[\w$]+\.){2,}[\w$]+) FAILED$")),
    ("--- FAIL", re.compile(r"^\s*--- FAIL: (?P<name>\S+) \(")),
    ("... FAILED", re.compile(r"^test (?P<name>[\w:]+) \.\.\. FAILED$")),
    ("[  FAILED  ]", re.compile(r"^\s*\[  FAILED  \] (?P<name>[\w/]+\.[\w/]+)")),
    ("JUnit ", re.compile(r"^\s*(?:\[junit\]\s+)?JUnit (?:Jupiter|Vintage):(?P<ant>[\w$]+:[\w$]+)\(.*\)$")),
    ("[FAIL]", re.compile(r"^\s+(?P<name>[\w.+`]+\.[\w`]+(?:\(.*\))?) \[FAIL\]$")),
    ("Failed ", re.compile(r"^\s+Failed (?P<name>[\w.+`]+(?:\(.*\))?) \[[<\d]")),
    ("Test Case '", re.compile(r"^Test Case '(?:-\[)?(?P<name>[\w. ]+?)\]?' failed \(")),
    ("(Failed)", re.compile(r"^\s*\d+ - (?P<name>\S+) \((?:Failed|SEGFAULT|Timeout)\)")),
    ("FAIL [", re.compile(r"^\s+(?:TRY \d+ )?FAIL \[ *[\d.]+s\](?: \(\s*\d+/\d+\))? \S+ (?P<name>[\w:]+)$")),
    (") test ", re.compile(r"^\s+\d+\) (?P<name>test .+ \([\w.]+\))$")),
    ("#test_", re.compile(r"^(?P<name>[\w:]+#test_\w+)(?: \[\S+:\d+\])?:$")),
    ("rspec ./", re.compile(r"^rspec (?P<name>\./\S+:\d+)")),
    ("●", re.compile(r"^\s{0,4}● (?P<name>(?!Console$)\S.*)$")),
    ("✕", re.compile(r"^\s+✕ (?P<name>.+?)(?: \(\d+(?:\.\d+)? ?m?s\))?$")),
    (" ", re.compile(r"^(?P<name>test_\w+) [FE]$")),
)
_COLLECTED = re.compile(r"^_{3,} ERROR collecting (?P<name>\S+\.py) _{3,}$")
_UNDERLINED = re.compile(r"^_{3,} (?:ERROR at (?:setup|teardown) of )?(?P<name>[\w.:/\\-]+(?:\[.*\])?) _{3,}$")
_ANT_CASE = re.compile(r"^\s*(?:\[junit\]\s+)?Testcase: (?P<name>[\w$\[\]]+(?:\([\w$.]+\))?)(?: took |:\s*(?P<bad>\S))")
_ANT_BAD = re.compile(r"^\s*(?:\[junit\]\s+)?(?:FAILED|Caused an ERROR)\s*$")
_SUREFIRE_HEAD = re.compile(r"^(?:\[\w+\] )?(?:Failed tests|Tests in error|Failures|Errors): *(?P<rest>.*)$")
_TESTNG_ITEM = re.compile(r"^(?:\[\w+\])? *\w+ on instance (?P<name>[\w$]+\([\w$.]+\))")
_SUREFIRE_ITEM = re.compile(r"^(?:\[\w+\])? *(?P<name>[\w$]+\([\w$.]+\)|[\w$.]*[a-z$]\w*\.[\w$]+(?=:\d+))")
_MOCHA_HEAD = re.compile(r"^\s*\d+ failing\b")
_MOCHA_ITEM = re.compile(r"^\s+\d+\) (?P<name>.*\S)\s*$")
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
        self._surefire = False

    def see(self, line: str) -> None:
        """Look at one plain line (no colours, no time stamp)."""
        if len(line) > 1000:
            return
        for hint, pattern in _NAMED:
            if hint in line and (match := pattern.match(line)):
                kind = match.lastgroup or "name"
                self._add(_SPELLING.get(kind, str)(match[kind]))
                return
        if "___ " in line:
            if match := _UNDERLINED.match(line):
                self._note(match["name"])
            elif match := _COLLECTED.match(line):
                self._add(match["name"])
        elif "Testcase: " in line:
            if match := _ANT_CASE.match(line):
                self._ant = match["name"]
                if match["bad"]:
                    self._add(match["name"])
        elif self._ant and _ANT_BAD.match(line):
            self._add(self._ant)
            self._ant = None
        elif match := _SUREFIRE_HEAD.match(line):
            self._surefire = True
            if item := _TESTNG_ITEM.match(match["rest"]) or _SUREFIRE_ITEM.match(match["rest"]):
                self._note(item["name"])
        elif self._surefire:
            if match := _TESTNG_ITEM.match(line) or _SUREFIRE_ITEM.match(line):
                self._note(match["name"])
            self._surefire = "Tests run:" not in line
        elif " failing" in line and _MOCHA_HEAD.match(line):
            self._mocha = True
        elif ") " in line and ((match := _PHPUNIT.match(line)) or (self._mocha and (match := _MOCHA_ITEM.match(line)))):
            self._add(match["name"])

    @property
    def names(self) -> tuple[str, ...]:
        """The failing tests; headings and summaries count only where no result line named one."""
        found = tuple(self._found)
        if any("::" in name or "(" in name for name in found) or not self._summary:
            return found
        return tuple(dict.fromkeys((*found, *self._summary)))

    def _add(self, name: str) -> None:
        if len(self._found) < self._limit:
            self._found.setdefault(name.strip())

    def _note(self, name: str) -> None:
        if len(self._summary) < self._limit:
            self._summary.setdefault(name.strip())
