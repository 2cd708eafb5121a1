"""How hosts read markdown: the parts of a report, escaped for all that CommonMark and GFM give a meaning."""

import re

from providers.text import clean, one_line

_SPACE = "\u200b"
_SPECIAL = re.compile(r"[\\`*_\[\]~|!$]")
_CODE = re.compile(r"(`[^`]+`)")
_BLOCK_START = re.compile(r"^([-+=:/]|\d{1,9}(?=[.)]))")
_BACKTICKS = re.compile(r"`+")
_AUTOLINK = re.compile(r"(?i)(https?|ftp|mailto|xmpp|www)(?=[:.])")
_COMMIT = re.compile(r"(?i)(?<![0-9a-z])([0-9a-f]{4})(?=[0-9a-f]{3,60}(?![0-9a-z]))")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


class Dialect:
    """The common ground of the hosts; each refines it by what it alone understands."""

    marker = "<!-- agnox:report -->"
    """Stands first in our comment, by which we find it again."""
    comment_limit = 65_536
    check_limit = 65_535
    folds = True
    """Whether `<details>` is shown folded; if not, what it holds is shown under its heading."""
    references: tuple[str, ...] = ("@", "#")
    """What makes the following word a mention or link anywhere in running text."""
    prefixes: re.Pattern[str] | None = None
    """Words such as `GH-` that link when a number follows."""

    def running(self, value: str, limit: int = 600) -> str:
        """Writes untrusted text in a line of its own or ours; only pairs of backticks keep their meaning."""
        parts = _CODE.split(one_line(value, limit))
        return "".join(
            self.code(part[1:-1], limit) if index % 2 else self._escape(part) for index, part in enumerate(parts)
        )

    def code(self, value: str, limit: int = 160) -> str:
        """Writes untrusted text as inline code, in which nothing is linked (GFM, Code spans)."""
        value = one_line(value, limit) or "(empty)"
        fence = "`" * (1 + max((len(run) for run in _BACKTICKS.findall(value)), default=0))
        pad = " " if "`" in (value[0], value[-1]) else ""
        return f"{fence}{pad}{value}{pad}{fence}"

    def fence(self, lines: list[str]) -> str:
        """Writes untrusted lines as a code block whose fence is longer than any run of backticks inside."""
        body = "\n".join(lines)
        ticks = max(3, 1 + max((len(run) for run in _BACKTICKS.findall(body)), default=0))
        return f"{'`' * ticks}text\n{body}\n{'`' * ticks}"

    def fold(self, summary: str, body: str) -> str:
        """Hides `body` behind `summary`, which must be our own words."""
        if not self.folds:
            return f"*{summary}*\n\n{body}"
        return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"

    def link(self, words: str, url: str) -> str:
        """Links our own words to an address of ours; anything but http(s) is left out."""
        url = "".join(f"%{ord(char):02X}" if char in '()<>"\\ ' else char for char in clean(url) if char != "\n")
        return f"[{words}]({url})" if url.startswith(("https://", "http://")) else ""

    def _escape(self, value: str) -> str:
        value = _AUTOLINK.sub(rf"\1{_SPACE}", value)
        value = _COMMIT.sub(rf"\1{_SPACE}", value)
        if self.prefixes is not None:
            value = self.prefixes.sub(rf"\g<0>{_SPACE}", value)
        for sign in self.references:
            value = value.replace(sign, sign + _SPACE)
        value = re.sub("[&<>]", lambda found: _ENTITIES[found[0]], value)
        value = _SPECIAL.sub(r"\\\g<0>", value).replace("#", "\\#")
        return _BLOCK_START.sub(lambda found: f"\\{found[0]}" if not found[0].isdigit() else f"{found[0]}\\", value)
