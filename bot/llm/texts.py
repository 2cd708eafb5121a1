"""What a model writes for people is a stranger's text: one line, no addresses of its own, not too long."""

import re
import unicodedata

_ADDRESS = re.compile(
    # With a scheme, or as browsers and chat programs make links of it: www., or a domain with a path.
    r"[A-Za-z][A-Za-z0-9+.-]{1,20}:/{1,3}[^\s<>\"'`]+"
    r"|(?:mailto|javascript|data|vbscript):[^\s<>\"'`]+"
    r"|\bwww\.[^\s<>\"'`]+"
    r"|(?<![\w./@-])(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}(?::\d{1,5})?/[^\s<>\"'`]*",
    re.IGNORECASE,
)
_TRAILING = ".,;:!?)]}"
REMOVED = "(address removed)"


def tidy(text: str, limit: int, known: str = "") -> str:
    """The text in one line of at most `limit` characters; addresses go unless they stand in `known`.

    Markup is left as it is: whoever renders it escapes it, as everything else that is not ours.
    """
    text = " ".join("".join(" " if c in "\t\r\n" else c for c in text if _stays(c)).split())
    text = _ADDRESS.sub(lambda found: found[0] if found[0].rstrip(_TRAILING) in known else REMOVED, text)
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


def has_address(text: str) -> bool:
    """Whether a text names an address that somebody could be led to."""
    return _ADDRESS.search(text) is not None


def _stays(char: str) -> bool:
    # Not even zero-width and direction marks: they make a text look like another one.
    return char in "\t\r\n" or unicodedata.category(char)[0] != "C"
