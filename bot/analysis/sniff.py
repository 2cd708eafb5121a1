"""Finds out from its first bytes what an input is."""

import json
import re
from typing import Literal

Kind = Literal["empty", "binary", "xml", "json", "html", "text"]

_MAGIC = (
    (b"PK\x03\x04", "a zip archive"),
    (b"\x89PNG", "a PNG image"),
    (b"%PDF", "a PDF"),
    (b"\x7fELF", "an ELF program"),
    (b"BZh", "bzip2 data"),
    (b"\xfd7zXZ", "xz data"),
    (b"\x28\xb5\x2f\xfd", "zstd data"),
)
_SKIP = re.compile(r"\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[[^\]]*\]\s*)?>)", re.DOTALL | re.IGNORECASE)
_ROOT = re.compile(r"\s*<([A-Za-z_][\w.:-]*)(?=[\s/>]|$)")
_JSON_START = re.compile(r'\s*(?:\{\s*(?:"|\}|$)|\[\s*(?:[\[{"\]]|$))')


def kind_of(head: bytes, name: str) -> Kind:
    """The kind of content; the name counts only where text could be anything."""
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        return "empty"
    if _is_binary(head):
        return "binary"
    text = _text(head)
    lower = name.lower().removesuffix(".gz")
    if text.lstrip().startswith("<"):
        root = xml_root(head)
        if root and root.lower() == "html":
            return "html"
        if (root and not lower.endswith((".log", ".txt"))) or text.lstrip().startswith("<?xml"):
            return "xml"
    if lower.endswith((".xml", ".trx", ".junit")):
        return "xml"
    if lower.endswith(".json"):
        return "json"
    if _JSON_START.match(text) and not lower.endswith((".log", ".txt")) and _one_json(text):
        return "json"
    return "text"


def xml_root(head: bytes) -> str | None:
    """The name of the root element with its prefix, or None when there is none in sight."""
    text = _text(head)
    position = 0
    while match := _SKIP.match(text, position):
        position = match.end()
    root = _ROOT.match(text, position)
    return root.group(1) if root else None


def describe_binary(head: bytes) -> str:
    """What kind of binary data it seems to be, in words."""
    named = next((words for magic, words in _MAGIC if head.startswith(magic)), None)
    return f"binary data (it looks like {named})" if named else "binary data"


def describe_json(head: bytes) -> str:
    """Why a JSON file is not read."""
    return "JSON, but no test report that is known" if _JSON_START.match(_text(head)) else "neither JSON nor a report"


def _text(head: bytes) -> str:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return head.decode("utf-16", "replace")
    if head[:4] in (b"<\0?\0", b"\0<\0?"):
        return head.decode("utf-16-le" if head[0] else "utf-16-be", "replace")
    return head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")


def _is_binary(head: bytes) -> bool:
    if any(head.startswith(magic) for magic, _ in _MAGIC):
        return True
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or head[:4] in (b"<\0?\0", b"\0<\0?"):
        return False
    # A stray NUL happens in logs and reports; a file full of them is no text.
    odd = sum(head.count(bytes([code])) for code in (*range(7), *range(14, 27)))
    return odd > max(len(head) // 50, 4)


def _one_json(text: str) -> bool:
    """Whether the text is one JSON document rather than JSON log lines."""
    first, _, rest = text.lstrip().partition("\n")
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return first.strip() in ("{", "[") or not rest.strip() or '":' in rest[:2000]
    return not rest.strip()
