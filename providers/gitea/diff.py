"""The diff of a pull request, file by file (git-diff, Generating patch text with -p)."""

import re
from collections.abc import Iterator, Mapping

_FILE = re.compile(r"^diff --git .*\n", re.MULTILINE)
_HUNKS = re.compile(r"^@@ ", re.MULTILINE)
_NAME = re.compile(r"^(---|\+\+\+) (.*)$", re.MULTILINE)
_ESCAPE = re.compile(rb'\\([0-7]{3}|[abfnrtv"\\])')
_LETTERS = dict(zip(b'abfnrtv"\\', b'\a\b\f\n\r\t\v"\\', strict=True))


def patches(diff: str) -> Mapping[str, str]:
    """Gives each file's hunks by its new path, or its old one when it was deleted; files without hunks are left out."""
    return dict(_patches(diff))


def _patches(diff: str) -> Iterator[tuple[str, str]]:
    # No line of a hunk begins so, since each has a sign before it.
    for file in _FILE.split(diff)[1:]:
        hunks = _HUNKS.search(file)
        if hunks is None:
            continue
        names = {sign: _path(name) for sign, name in _NAME.findall(file[: hunks.start()])}
        path = names.get("+++") or names.get("---")
        if path:
            yield path, file[hunks.start() :].removesuffix("\n")


def _path(name: str) -> str:
    """Reads `b/src/a.py`; a tab ends a name with spaces, and quotes one with others. Empty for `/dev/null`."""
    name = name.rstrip("\r").removesuffix("\t")
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = _ESCAPE.sub(_unescaped, name[1:-1].encode()).decode(errors="replace")
    return name[2:] if name.startswith(("a/", "b/")) else ""


def _unescaped(found: re.Match[bytes]) -> bytes:
    code = found[1]
    return bytes([int(code, 8) & 255 if len(code) == 3 else _LETTERS[code[0]]])
