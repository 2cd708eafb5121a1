"""Untrusted text made harmless to look at and cut to size; what no markup can undo is undone here."""

import re

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~]?)")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Control characters, invisible ones, direction overrides, tags and non-characters.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(value: str) -> str:
    """Drops terminal colours, control, invisible and direction characters; lone surrogates become U+FFFD."""
    value = _LINE_ENDS.sub("\n", _ANSI.sub("", value))
    return _SURROGATE.sub("\ufffd", _UNSEEN.sub("", value))


def cut(value: str, limit: int) -> str:
    """Cuts to `limit` code points, the last of which is an ellipsis when something is missing."""
    return value if len(value) <= limit else value[: max(limit - 1, 0)].rstrip() + "…"


def cut_bytes(value: str, limit: int) -> str:
    """Cuts to `limit` bytes of UTF-8 on a character boundary."""
    encoded = value.encode()
    if len(encoded) <= limit:
        return value
    return encoded[: limit - 3].decode(errors="ignore").rstrip() + "…"


def one_line(value: str, limit: int) -> str:
    """Cleans, folds all white space and cuts."""
    # Text beyond this can't be seen, and a test may have a name of a megabyte.
    return cut(" ".join(clean(value[: 8 * limit + 1000]).split()), limit)


def log_line(value: str) -> str:
    """Cleans a line of a log, whose tabs and indentation stay, and cuts it to what a screen may show."""
    return cut(clean(value[:2000]).replace("\n", " ").expandtabs(4).rstrip(), 240)


def plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """Writes `2 m 14 s`, which no line end may split."""
    if seconds < 10:
        return f"{seconds:.1f}\u00a0s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    units = ((hours, "h"), (minutes, "m"), (rest if not hours else 0, "s"))
    return "\u00a0".join(f"{number}\u00a0{unit}" for number, unit in units if number)
