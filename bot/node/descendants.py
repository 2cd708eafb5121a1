"""Holds on to everything a process has started, wherever it went.

A Linux process can be made the subreaper of all that it starts: what forks twice or opens a session of its own stays
below it (prctl(2), PR_SET_CHILD_SUBREAPER). Elsewhere only the process group is held.
"""

import ctypes
import os
import signal
import sys
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_LINUX = sys.platform == "linux"


def adopt_orphans() -> None:
    """Makes this process the parent of every orphan below it."""
    if _LINUX:
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def send_to_all(number: signal.Signals, group: int) -> None:
    """Sends a signal to every process below this one; where they can't be listed, to a process group."""
    if not _LINUX:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)
        return
    for pid in descendants(os.getpid()):
        # Gone meanwhile, or of another user (sudo): who calls sees by what is left.
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def descendants(root: int) -> list[int]:
    """Lists the processes below one, parents first, as /proc has them now."""
    children: dict[int, list[int]] = defaultdict(list)
    for pid in _processes():
        # The command's name stands in parentheses and may hold anything, so the last one counts (proc(5)).
        fields = _read(pid, "stat").rpartition(b")")[2].split()
        if fields:
            children[int(fields[1])].append(pid)
    found = list(children[root])
    for pid in found:
        found += children[pid]
    return found


def kill_marked(mark: bytes) -> None:
    """Kills every process that was started with a text in its environment, whoever its parent is now."""
    for _ in range(100):
        marked = [pid for pid in _processes() if mark in _read(pid, "environ")]
        if not marked:
            return
        for pid in marked:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)


def _processes() -> list[int]:
    return [int(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit()] if _LINUX else []


def _read(pid: int, name: str) -> bytes:
    """Reads a file of /proc; nothing when the process is gone or another user's."""
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""
