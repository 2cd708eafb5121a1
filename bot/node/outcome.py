"""Judges what an execution has left behind."""

import signal
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.node.boundedlog import read_log
from bot.node.keeping import keep
from bot.node.reports import find_reports
from bot.node.supervisor import Ending
from bot.node.values import Log, MaskLine, Outcome, Task


def look(
    task: Task,
    mask: MaskLine,
    root: Path,
    ending: Ending | None,
    *,
    stopped: bool,
    workdir: str = "",
    besides: Sequence[str] = (),
) -> Outcome:
    """Reads a suite's folder after its end; `ending` is None when the supervisor was killed.

    `workdir` is where the suite saw its working folder, if not where it is; `besides` are problems known already.

    Writes the masked log into the folder. Raises OSError.
    """
    spool = root / "spool"
    removed = not _open(root, spool)
    spool.mkdir(parents=True, exist_ok=True)
    kept = read_log(spool, ending["written"] if ending else None, ending["lost"] if ending else 0)
    size, last_line = keep(kept.lines(), mask, spool / "log.gz")
    reports, left_out = find_reports(root / "results", root / "work", task.report_limits)
    exit_code = None if stopped or ending is None else _as_shells_say(ending["exit_code"])
    problems = [
        *([f"stopped after {_duration(task.time_limit)}: the time limit"] if stopped else []),
        *_of_ending(ending),
        *besides,
        *_of_exit_code(exit_code, last_line),
        *(["the suite removed the folder it ran in"] if removed else []),
        *left_out,
    ]
    return Outcome(
        exit_code=exit_code,
        seconds=ending["seconds"] if ending else 0.0,
        log=Log(spool / "log.gz", size, kept.dropped),
        reports=reports,
        problem="; ".join(problems),
        notes=(f"log cut: {kept.dropped} bytes left out",) if kept.dropped else (),
        workdir=workdir or str(root / "work"),
    )


def _open(*folders: Path) -> bool:
    """Takes back the rights to folders that the suite may have locked; False when one is gone."""
    try:
        for folder in folders:
            folder.chmod(stat.S_IRWXU)
    except FileNotFoundError:
        return False
    return True


def _of_ending(ending: Ending | None) -> Iterator[str]:
    if ending is None:
        yield "the suite's supervisor was killed from outside, as happens when memory runs out"
    elif ending["error"]:
        yield f"the command can't be started: {ending['error']}"
    elif ending["left"]:
        yield "something the suite started could not be ended"


def _of_exit_code(code: int | None, last_line: str) -> Iterator[str]:
    """Explains the codes that POSIX gives a meaning: the command was not run, or a signal ended it."""
    if code == 127:
        yield f"the command was not found: {last_line[:200]}"
    elif code == 126:
        yield f"the command can't be executed: {last_line[:200]}"
    elif code is not None and code - 128 in set(signal.Signals):
        name = signal.Signals(code - 128).name
        yield f"ended by {name}" + (", as happens when memory runs out" if name == "SIGKILL" else "")


def _as_shells_say(code: int | None) -> int | None:
    return 128 - code if code is not None and code < 0 else code


def _duration(seconds: float) -> str:
    return f"{seconds:g} s" if seconds < 120 else f"{seconds / 60:.3g} min"
