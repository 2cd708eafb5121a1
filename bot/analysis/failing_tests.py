"""Names of failing tests in a log, when there is no report to ask."""

import re

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
    (" FAILED", re.compile(r"^(?P<name>[\w$.]+(?: > [^>]+?)+|(?:[\w$]+\.){2,}[\w$]+) FAILED$")),
    ("--- FAIL", re.compile(r"^\s*--- FAIL: (?P<name>\S+) \(")),
    ("... FAILED", re.compile(r"^test (?P<name>[\w:]+) \.\.\. FAILED$")),
    ("[  FAILED  ]", re.compile(r"^\s*\[  FAILED  \] (?P<name>[\w/]+\.[\w/]+)")),
    ("JUnit ", re.compile(r"^\s*(?:\[junit\]\s+)?JUnit (?:Jupiter|Vintage):(?P<name>[\w$]+:[\w$]+)\(.*\)$")),
    ("rspec ./", re.compile(r"^rspec (?P<name>\./\S+:\d+)")),
    ("●", re.compile(r"^\s{0,4}● (?P<name>(?!Console$)\S.*)$")),
    ("✕", re.compile(r"^\s+✕ (?P<name>.+?)(?: \(\d+(?:\.\d+)? ?m?s\))?$")),
    (" ", re.compile(r"^(?P<name>test_\w+) [FE]$")),
)
_UNDERLINED = re.compile(r"^_{3,} (?:ERROR at (?:setup|teardown) of )?(?P<name>[\w.:/\\-]+(?:\[.*\])?) _{3,}$")
_ANT_CASE = re.compile(r"^\s*(?:\[junit\]\s+)?Testcase: (?P<name>[\w$\[\]]+(?:\([\w$.]+\))?)(?: took |:\s*(?P<bad>\S))")
_ANT_BAD = re.compile(r"^\s*(?:\[junit\]\s+)?(?:FAILED|Caused an ERROR)\s*$")
_SUREFIRE_HEAD = re.compile(r"^(?:\[\w+\] )?(?:Failed tests|Tests in error|Failures|Errors): *(?P<rest>.*)$")
_SUREFIRE_ITEM = re.compile(r"^(?:\[\w+\])? *(?P<name>[\w$]+\([\w$.]+\)|[\w$.]*[a-z$]\w*\.[\w$]+(?=:\d+))")
_MOCHA_HEAD = re.compile(r"^\s*\d+ failing\b")
_MOCHA_ITEM = re.compile(r"^\s+\d+\) (?P<name>.*\S)\s*$")
_PHPUNIT = re.compile(r"^\d+\) (?P<name>[\w\\]+::\w+.*?)$")


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
                self._add(match["name"].replace(":", ".") if hint == "JUnit " else match["name"])
                return
        if "___ " in line:
            if match := _UNDERLINED.match(line):
                self._note(match["name"])
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
            if item := _SUREFIRE_ITEM.match(match["rest"]):
                self._note(item["name"])
        elif self._surefire:
            if match := _SUREFIRE_ITEM.match(line):
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
