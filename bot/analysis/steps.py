"""The steps of a CI run, as its log tells them."""

import re
from dataclasses import dataclass

_FIRST = frozenset("$#[TP")
_STEP = re.compile(
    # Travis and GitLab, GitHub, Azure, Jenkins
    r"\$ (?P<shell>\S.*)|##\[group\]Run (?P<github>\S.*)|##\[section\]Starting: (?P<azure>\S.*)"
    r"|\[Pipeline\] \{ \((?P<jenkins>.+)\)|(?P<github_after>Post job cleanup)\."
)
_SHEBANG = re.compile(r"#!/\S*(?:sh|pwsh|powershell)\b")
_FAILED = re.compile(r'The command "(?P<command>.+)" (?:exited with [1-9]|failed and exited)')
_CHARS = 200


@dataclass(slots=True)
class Step:
    """One step by its name or command, empty before the first; `first` and `last` are lines, 1-based and inclusive.

    `last` is None while it goes on, and where the log ends with it.
    """

    name: str = ""
    first: int = 1
    last: int | None = None

    def has(self, line: int | None) -> bool:
        return line is not None and self.first <= line and (self.last is None or line <= self.last)


class Steps:
    """Follows the steps while a log goes by; `now` is the present one."""

    def __init__(self) -> None:
        self.now = Step()
        self._script = False

    def see(self, number: int, text: str) -> None:
        """Look at one plain line (no colours, no time stamp) that is not blank."""
        if self._script:
            # CircleCI shows the script of a step: what is called follows the line that names the shell.
            self._begin(number, text)
            self._script = False
        elif text[0] in _FIRST:
            if match := _STEP.match(text):
                self._begin(number, match[match.lastgroup or 0])
            elif match := _FAILED.match(text):
                # It is about what goes on, of which the first line may have shown only a part.
                self._begin(number, match["command"], self.now.first if self.now.name else number)
            else:
                self._script = bool(_SHEBANG.match(text))

    def _begin(self, number: int, name: str, first: int | None = None) -> None:
        self.now.last = number - 1
        self.now = Step(name.strip()[:_CHARS], first or number)
