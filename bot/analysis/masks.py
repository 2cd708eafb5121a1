"""Takes out of a text what differs from run to run, so that equal causes look equal."""

import re
from hashlib import blake2b

ANSI = re.compile(r"\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-Za-z]|[=>78cDEHM])")
_REMAINS = re.compile(r"\^\[\[[0-9;]*[A-Za-z]|\[\d{1,3}(?:;\d{1,3}){0,4}m")
STAMP = re.compile(
    # GitHub, Azure, GitLab (which adds a stream), Jenkins and Taskcluster (in brackets).
    r"^\ufeff?(?:\[(?:\w+ )?)?(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\]?"
    r"(?: \d\d[OE](?:[+ ]|$))?|\[\d\d:\d\d:\d\d(?:[.,]\d+)?\])[ \t]?"
)
_VARIABLE = re.compile(
    r"(?P<uuid>\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b)"
    r"|(?P<time>\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
    r"|\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b)"
    r"|(?P<tmp>(?:/private)?(?:/var/folders|/tmp|/var/tmp)/[^\s'\":,;)]+|[A-Z]:\\[^\s'\"]*\\Temp\\[^\s'\"]+)"
    r"|(?P<hex>\b0x[0-9a-fA-F]+\b|@[0-9a-f]{5,16}\b|\b(?=[0-9a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,64}\b)"
    r"|(?P<took>\b\d+(?:\.\d+)?\s?(?:ms|secs?|seconds?|s|m|min|minutes?|ns|us|µs)\b)"
    r"|(?P<number>\d+(?:[.,]\d+)*)"
)
_QUICK = re.compile(r"\d+|\b[0-9a-f]{7,64}\b")


def strip_ansi(text: str) -> str:
    """The text without colour codes and other terminal sequences."""
    return ANSI.sub("", text) if "\x1b" in text else text


def uncoloured(text: str) -> str:
    """The text without the remains of colour codes whose escape character was lost or written as `^[`."""
    return _REMAINS.sub("", text) if "[" in text and "m" in text else text


def plain(text: str) -> str:
    """A log line without terminal sequences, the CI's time stamp and what a carriage return overwrote."""
    text = strip_ansi(text).rstrip("\r")
    if "\r" in text:
        text = text.rsplit("\r", 1)[1]
    return STAMP.sub("", text, count=1)


def masked(text: str) -> str:
    """The text with numbers, hashes, UUIDs, times, durations, addresses and temporary paths made equal."""
    return _VARIABLE.sub(lambda match: f"<{match.lastgroup}>", text)


def masked_line(text: str) -> str:
    """A cheap mask for comparing whole logs line by line."""
    return _QUICK.sub("#", plain(text)).strip()


def line_key(text: str) -> int:
    """What stands for a line in a comparison of logs: 64 bits of a hash of its cheap mask, the same everywhere."""
    masked = masked_line(text).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(masked, digest_size=8).digest(), "big")
