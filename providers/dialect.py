"""How hosts read markdown: the parts of a report, escaped for all that CommonMark and GFM give a meaning."""

import re
from collections.abc import Mapping
from urllib.parse import quote

from providers.text import clean, one_line

SPACE = "\u200b"
"""Has no width and stands in no name, so a sign before it refers to nothing."""

_CODE = re.compile(r"(`[^`]+`)")
_BLOCK_START = re.compile(r"^(?:([-+=:/])|(\d{1,9})(?=[.)]))")
_BACKTICKS = re.compile(r"`+")
_AUTOLINK = re.compile(r"(?i)[a-z][a-z0-9+.-]*(?=://)|(?:https?|ftp|mailto|xmpp)(?=:)")
_WWW = re.compile(r"(?i)www(?=\.)")
_COMMIT = re.compile(r"(?i)(?<![0-9a-z])[0-9a-f]{7,}(?![0-9a-z])")
_TICKET = re.compile(r"(?i)(?<![0-9a-z])[a-z][a-z0-9_]*-(?=\d)")
_EMOJI = re.compile(r":(?=[\w+-]+:)")
_URL = re.compile(r"(?i)(https?://(?:\[[0-9a-f:.]+\]|[\w.-]+)(?::\d{1,5})?)(?:([/?#].*))?")

WRITTEN: Mapping[str, str] = {
    **{sign: f"\\{sign}" for sign in "\\`*_[]~|!$#"},
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
}
"""How signs are written that mean something inside a line."""


class Dialect:
    """The common ground of the hosts; each refines it by what it alone understands."""

    marker = "<!-- agnox:report -->"
    """Stands first in our comment, by which we find it again."""
    remark_marker = "<!-- agnox:remark -->"
    """Stands first in our remarks on lines."""
    comment_limit = 65_536
    check_limit = 65_535
    folds = True
    """Whether `<details>` is shown folded; if not, what it holds is shown under its heading."""
    references: tuple[str, ...] = ("@", "#")
    """What makes the following word a mention or link anywhere in running text."""
    prefixes: re.Pattern[str] | None = None
    """What else refers to something together with what follows it, such as `GHSA-`."""
    written: Mapping[str, str] = WRITTEN

    def length(self, text: str) -> int:
        """Measures text as the host does for its limits; in code points unless refined."""
        return len(text)

    def running(self, value: str, limit: int = 600) -> str:
        """Writes untrusted text in a line of its own or ours; only pairs of backticks keep their meaning."""
        parts = _CODE.split(one_line(value, limit))
        return "".join(
            self.code(part[1:-1], limit) if index % 2 else self._escape(part) for index, part in enumerate(parts)
        )

    def code(self, value: str, limit: int = 160) -> str:
        """Writes untrusted text as inline code, in which nothing is linked (GFM, Code spans)."""
        value = self.verbatim(one_line(value, limit)) or "(empty)"
        fence = "`" * (1 + max((len(run) for run in _BACKTICKS.findall(value)), default=0))
        pad = " " if "`" in (value[0], value[-1]) else ""
        return f"{fence}{pad}{value}{pad}{fence}"

    def commit(self, sha: str) -> str:
        """Writes the short sha of the tested head, which may link to it; what can't be one is quoted."""
        return sha if sha.isalnum() and sha.isascii() else self.code(sha)

    def fence(self, lines: list[str]) -> str:
        """Writes untrusted lines as a code block whose fence is longer than any run of backticks inside.

        No line may be able to start with a command: some hosts see one even in code.
        """
        body = self.verbatim("\n".join(lines))
        ticks = max(3, 1 + max((len(run) for run in _BACKTICKS.findall(body)), default=0))
        return f"{'`' * ticks}text\n{body}\n{'`' * ticks}"

    def verbatim(self, value: str) -> str:
        """Takes the meaning from what the host gives one even in code; nothing unless refined."""
        return value

    def fold(self, summary: str, body: str) -> str:
        """Hides `body` behind `summary`, which must be our own words."""
        if not self.folds:
            return f"*{summary}*\n\n{body}"
        return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"

    def link(self, words: str, url: str) -> str:
        """Links our own words to an untrusted address; anything but http(s) is left out, and so are names in it."""
        found = _URL.fullmatch(clean(url))
        if found is None:
            return ""
        # A backtick would open code, a semicolon end an entity, and a number after `#` may refer to something.
        path = re.sub(r"#(?=\d)", "#%3", quote(found[2] or "", safe="-._~/:?#&=+,%"))
        return f"[{words}]({found[1]}{path})"

    def _escape(self, value: str) -> str:
        for pattern in (_AUTOLINK, _WWW, _TICKET, _EMOJI, self.prefixes):
            value = pattern.sub(rf"\g<0>{SPACE}", value) if pattern else value
        # No piece may be long enough for a commit: the first could be padding before a real one.
        value = _COMMIT.sub(lambda found: SPACE.join(re.findall(".{1,4}", found[0])), value)
        for sign in self.references:
            value = re.sub(rf"{re.escape(sign)}(?!\s)", rf"\g<0>{SPACE}", value)
        value = "".join(self.written.get(char, char) for char in value)
        return _BLOCK_START.sub(lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\", value)
