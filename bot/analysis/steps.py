"""The steps of a CI run, as its log tells them."""

import re

_FIRST = frozenset("$#[T")
_STEP = re.compile(
    # Travis and GitLab, GitHub, Azure, Jenkins
    r"\$ (?P<shell>\S.*)|##\[group\]Run (?P<github>\S.*)|##\[section\]Starting: (?P<azure>\S.*)"
    r"|\[Pipeline\] \{ \((?P<jenkins>.+)\)"
)
_SHEBANG = re.compile(r"#!/\S*(?:sh|pwsh|powershell)\b")
_FAILED = re.compile(r'The command "(?P<command>.+)" (?:exited with [1-9]|failed and exited)')
_CHARS = 200


class Steps:
    """Follows the steps while a log goes by; `now` is the name or the command of the present one, or empty."""

    def __init__(self) -> None:
        self.now = ""
        self._script = False

    def see(self, text: str) -> None:
        """Look at one plain line (no colours, no time stamp) that is not blank."""
        if self._script:
            # CircleCI shows the script of a step: what is called follows the line that names the shell.
            self.now, self._script = text.strip()[:_CHARS], False
        elif text[0] in _FIRST:
            if match := _STEP.match(text) or _FAILED.match(text):
                self.now = match[match.lastgroup or 0].strip()[:_CHARS]
            else:
                self._script = bool(_SHEBANG.match(text))
