"""How containers are known whose worker died before it could remove them."""

import os
import socket
from collections.abc import Mapping
from pathlib import Path

OURS = "io.agnox.suite"
OWNER = "io.agnox.owner"
EXECUTION = "io.agnox.execution"
UNTIL = "io.agnox.until"


def labels(execution: str, until: float) -> dict[str, str]:
    """Gives what is written on a container of this process; `until` is when it must be gone, in seconds since 1970."""
    return {OURS: "1", OWNER: _owner(os.getpid()), EXECUTION: execution, UNTIL: f"{until:.0f}"}


def is_left_over(found: Mapping[str, str], execution: str, now: float) -> bool:
    """Tells by its labels whether a container is nobody's any more, or of an earlier try of this execution."""
    if execution and found.get(EXECUTION) == execution:
        return True
    machine, _, process = found.get(OWNER, "").rpartition("/")
    pid, _, _ = process.partition(":")
    if machine == _machine() and pid.isdigit() and found[OWNER] != _owner(int(pid)):
        return True
    until = found.get(UNTIL, "")
    return not until.isdigit() or int(until) < now


def _owner(pid: int) -> str:
    """Names a process; one that gets the same id later has another name."""
    try:
        # The 22nd field, counted behind the command's name, which may hold anything (proc(5)).
        started = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[19].decode()
    except (OSError, IndexError):
        started = "" if pid != os.getpid() else "?"
    return f"{_machine()}/{pid}:{started}"


def _machine() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        boot = ""
    return f"{socket.gethostname()}:{boot}"
