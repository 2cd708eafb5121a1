"""What goes into an execution and what comes out of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

MEGABYTE = 1_000_000

MaskLine = Callable[[bytes], bytes]
"""Takes the secrets out of one line, ending included; called in the order of the lines, in a thread."""

Hear = Callable[[bytes, bool], None]
"""Gets output as it comes, from any thread, and whether some was lost before it; must neither wait nor raise."""


@dataclass(frozen=True, slots=True)
class ReportLimits:
    """How much of what a suite leaves behind is looked at and taken; sizes in bytes."""

    count: int = 2_000
    file_bytes: int = 100 * MEGABYTE
    total_bytes: int = 500 * MEGABYTE
    depth: int = 24
    entries: int = 200_000
    """Files and folders that are looked at in all."""


@dataclass(frozen=True, slots=True)
class Task:
    """One execution: a command for `/bin/sh -c` and what it is to find around itself."""

    command: str
    image: str = ""
    """The container image to run it in, for executors that have containers."""
    folder: str = "all"
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    time_limit: float = 1800.0
    """Seconds."""
    log_limit: int = 20 * MEGABYTE
    """Bytes of the log that are kept: its first quarter and its last three."""
    report_limits: ReportLimits = ReportLimits()
    hear: Hear | None = field(default=None, repr=False, compare=False)
    """Who follows the output, for executors that have it while the suite runs; it is not masked."""

    def __post_init__(self) -> None:
        if self.time_limit <= 0 or self.log_limit < 1024:
            raise ValueError(f"limits too small: {self.time_limit} seconds, {self.log_limit} bytes of log")


@dataclass(frozen=True, slots=True)
class Log:
    """The masked output of a suite, stdout and stderr in one, compressed with gzip."""

    path: Path
    size: int
    """Bytes before compression."""
    dropped: int
    """Bytes left out of the middle; a line in their place says so."""


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A report as the suite wrote it: not masked, possibly not even XML."""

    name: str
    """Relative path, printable, unique in its outcome, at most 255 characters."""
    path: Path
    size: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an execution left behind. Its files live only inside the executor's context."""

    exit_code: int | None
    """The shell's; 128 + n when signal n ended it; None when it was stopped or never started."""
    seconds: float
    log: Log
    reports: tuple[ReportFile, ...]
    problem: str
    """Why this is not a whole result, for people; empty when it is one."""
    notes: tuple[str, ...]
    """What people should know although the result is whole: a log cut in the middle."""
    workdir: str
    """The folder the command ran in: a prefix of paths in logs and reports that means nothing elsewhere."""
