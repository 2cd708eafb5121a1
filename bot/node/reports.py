"""Finds the reports a suite has written."""

import os
import stat
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePath

from bot.node.checkout import Checkout
from bot.node.values import MEGABYTE, ReportFile, ReportLimits

NAMES = ("junit*.xml", "TEST-*.xml", "*-results.xml", "report*.xml")
FOLDERS = frozenset({"test-results", "test-reports", "surefire-reports", "failsafe-reports"})
SKIPPED = frozenset({".git", "node_modules", ".venv", "venv"})
_NAME_CHARS = 255


def find_reports(results: Path, work: Path, limits: ReportLimits) -> tuple[tuple[ReportFile, ...], tuple[str, ...]]:
    """Gives the reports in order of their names and, for people, what was left out and why.

    In `results` every XML file is a report, in `work` what has a usual name or stands in a usual folder and didn't come
    with a checkout. Only regular files; no symbolic link is followed.
    """
    scan = _Scan(limits)
    found = [*scan.matches(results, lambda path: True), *scan.matches(work, _usual)]
    taken: dict[str, ReportFile] = {}
    left_out: list[str] = []
    total = 0
    for relative, path, size in found[: limits.count]:
        name = _unique(_printable(relative), taken)
        if size > limits.file_bytes:
            left_out.append(f"report {name} left out: larger than {_megabytes(limits.file_bytes)}")
        elif total + size > limits.total_bytes:
            left_out.append(f"report {name} left out: all together are larger than {_megabytes(limits.total_bytes)}")
        elif not os.access(path, os.R_OK):
            left_out.append(f"report {name} left out: it can't be read")
        else:
            total += size
            taken[name] = ReportFile(name, path, size)
    if len(found) > limits.count:
        left_out.append(f"{len(found) - limits.count} reports left out: there are more than {limits.count}")
    if scan.exhausted:
        left_out.append(f"reports may be missing: only {limits.entries} files and folders were looked at")
    return tuple(taken.values()), tuple(left_out)


class _Scan:
    """A walk through folders that ends, however many there are."""

    def __init__(self, limits: ReportLimits) -> None:
        self._left = limits.entries
        self._depth = limits.depth

    @property
    def exhausted(self) -> bool:
        return self._left < 0

    def matches(self, top: Path, wanted: Callable[[PurePath], bool]) -> list[tuple[PurePath, Path, int]]:
        """Gives the regular XML files that are wanted: relative path, path, size; sorted."""
        found: list[tuple[PurePath, Path, int]] = []
        pending: list[tuple[Path, int, Checkout | None]] = [(top, 0, None)]
        while pending:
            folder, depth, checkout = pending.pop()
            checkout = Checkout.at(folder) or checkout
            for entry in self._entries(folder):
                path = Path(entry.path)
                if entry.is_dir(follow_symlinks=False):
                    if depth < self._depth and entry.name not in SKIPPED:
                        pending.append((path, depth + 1, checkout))
                elif entry.name.lower().endswith(".xml") and wanted(relative := path.relative_to(top)):
                    status = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(status.st_mode) and not (checkout and checkout.unchanged(path, status)):
                        found.append((relative, path, status.st_size))
        return sorted(found)

    def _entries(self, folder: Path) -> Iterator[os.DirEntry[str]]:
        try:
            if not stat.S_ISDIR(folder.lstat().st_mode):
                return
            with os.scandir(folder) as entries:
                for entry in entries:
                    self._left -= 1
                    if self._left < 0:
                        return
                    yield entry
        except OSError:
            return


def _usual(path: PurePath) -> bool:
    return not FOLDERS.isdisjoint(path.parts[:-1]) or any(fnmatchcase(path.name, pattern) for pattern in NAMES)


def _printable(path: PurePath) -> str:
    text = os.fsencode(path).decode("utf-8", "replace")
    return "".join(char if char.isprintable() else "\ufffd" for char in text)[-_NAME_CHARS:]


def _unique(name: str, taken: dict[str, ReportFile]) -> str:
    unique, number = name, 1
    while unique in taken:
        number += 1
        unique = f"{name[: _NAME_CHARS - 8]}~{number}"
    return unique


def _megabytes(size: int) -> str:
    return f"{size / MEGABYTE:g} MB"
