"""Whole files made of a diff: Azure DevOps keeps contents and compares them itself."""

from typing import NamedTuple

from simulators.diff import FileDiff, rows


class Sides(NamedTuple):
    """A file before and after a change; None where it is not there."""

    before: bytes | None
    after: bytes | None


def sides(file: FileDiff, known: bytes | None = None) -> Sides:
    """Both sides of a file; lines that no hunk shows are those of `known`, and empty where that has none."""
    before, after = _binary() if file.patch is None else _text(file.patch, known)
    return Sides(None if file.change == "added" else before, None if file.change == "removed" else after)


def _binary() -> tuple[bytes, bytes]:
    """No text in any encoding that a diff is made of."""
    return b"\xff\x00", b"\xff\x01"


def _text(patch: str, known: bytes | None) -> tuple[bytes, bytes]:
    shown, lines = rows(patch), (known or b"").decode("utf-8", "replace").splitlines()
    old = {row.old: row.text for row in shown if row.old is not None}
    new = {row.new: row.text for row in shown if row.new is not None}
    lines += [""] * (max(old, default=0) - len(lines))
    before = [old.get(number, line) for number, line in enumerate(lines, 1)]
    between = (line for number, line in enumerate(lines, 1) if number not in old)
    after = [new[number] if number in new else next(between, "") for number in range(1, max(new, default=0) + 1)]
    return _joined(before), _joined([*after, *between])


def _joined(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
