"""A streamed run in the form of CTRF, which the analysis reads, and the log beside it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from bot.usecases.ingest.attempts import FAILED, PASSED, SKIPPED, Attempt, Run, Test

_OUTPUT = 65_536


@dataclass(frozen=True, slots=True)
class RunFile:
    """A file of a run; `kind` is `report` or `log`."""

    kind: str
    path: Path


@dataclass(frozen=True, slots=True)
class Written:
    """The files of a run, how many tests are in them, and what people should know."""

    files: tuple[RunFile, ...]
    tests: int
    notes: tuple[str, ...]


def write_run(run: Run, framework: str, told: str, summary: Mapping[str, Any], folder: Path) -> Written:
    """Writes the files of a run into a folder. Failures that only the reporter's counts tell of become one test."""
    notes = []
    cases = [_case(test) for test in run.tests.values() if test.attempts]
    ended = sum(len(test.attempts) for test in run.tests.values())
    if missing := max(0, summary.get("total", 0) - ended):
        notes.append(f"the events of {missing} of {summary['total']} attempts did not arrive")
    if run.unended:
        notes.append(f"{run.unended} tests began and were not seen to end")
    lost = summary.get("failed", 0)
    if told == "FAILED" and missing and lost and not any(case["status"] == FAILED for case in cases):
        cases.append(
            {
                "name": "tests whose events did not arrive",
                "status": FAILED,
                "duration": 0,
                "message": f"the reporter counted {lost} failed attempts, of which nothing else arrived",
            }
        )
    files = []
    if cases:
        report = {
            "reportFormat": "CTRF",
            "specVersion": "1.0.0",
            "results": {"tool": {"name": framework or "reporter"}, "summary": {"tests": len(cases)}, "tests": cases},
        }
        files.append(RunFile("report", folder / "streamed-results.json"))
        files[-1].path.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    if run.log:
        files.append(RunFile("log", folder / "streamed.log"))
        with files[-1].path.open("w", encoding="utf-8", errors="replace") as log:
            log.writelines(_lines(run.log))
    return Written(tuple(files), len(cases), tuple(notes))


def _case(test: Test) -> dict[str, Any]:
    last = test.attempts[-1]
    failed = [attempt for attempt in test.attempts if attempt.status == FAILED]
    case: dict[str, Any] = {
        "name": test.title.name,
        "status": last.status,
        "duration": sum(attempt.milliseconds or 0 for attempt in test.attempts),
        "suite": list(test.title.groups),
        "filePath": test.title.file,
        "retries": len(test.attempts) - 1,
        "flaky": last.status == PASSED and bool(failed),
    }
    if last.status == SKIPPED and failed:
        case["status"] = FAILED
    if failed:
        case |= _told(failed[-1])
        case["stdout"] = "".join(test.output)[-_OUTPUT:].splitlines()
    return case


def _told(attempt: Attempt) -> dict[str, str]:
    details = "\n".join(filter(None, (attempt.error, attempt.witness)))
    return {"message": details, "trace": details}


def _lines(chunks: list[str]) -> Iterator[str]:
    """Chunks as they came; many reporters leave line ends away only at the very end."""
    yield from chunks
    if not chunks[-1].endswith("\n"):
        yield "\n"
