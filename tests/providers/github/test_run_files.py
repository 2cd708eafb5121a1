"""Logs, artifacts and annotations of a run, also those that are gone, cut off or made to harm."""

import io
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from providers.errors import Suspended
from providers.runs import Fetched, FetchLimits, FileKind, Reading
from simulators.faults import Fault
from simulators.github import workflows
from simulators.github.actions import WorkflowRun
from tests.providers.benches.github import GithubBench
from tests.providers.github.actions import begin, end, ended, fetch, read

pytestmark = pytest.mark.anyio

REPORT = b"<testsuite name='shop' tests='1'><testcase name='test_pays'/></testsuite>"


def keep(bench: GithubBench, run: WorkflowRun, name: str, content: bytes | dict[str, bytes]) -> None:
    archive = workflows.packed(content) if isinstance(content, dict) else content
    workflows.keep(bench.simulator.state, run, name, archive)


def reports(fetched: Fetched) -> list[str]:
    return [file.name for file in fetched.files if file.kind is FileKind.REPORT]


def made(fill: Callable[[zipfile.ZipFile], None]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        fill(archive)
    return stream.getvalue()


def stored(name: str, content: bytes) -> bytes:
    return made(lambda archive: archive.writestr(name, content, zipfile.ZIP_STORED))


def link() -> bytes:
    entry = zipfile.ZipInfo("junit.xml")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return made(lambda archive: archive.writestr(entry, "/etc/passwd"))


def lying_about_its_size() -> bytes:
    """It says of its sizes that they are small."""
    whole = bytearray(made(lambda archive: archive.writestr("junit.xml", b"<a/>" * 2_000_000)))
    at = whole.rindex(b"PK\x01\x02")
    whole[at + 24 : at + 28] = (100).to_bytes(4, "little")
    return bytes(whole)


LIES: dict[str, bytes] = {
    "not a zip": b"<html>try again later</html>",
    "empty": b"",
    "truncated": workflows.packed({"junit.xml": REPORT * 100})[:-40],
    "damaged": stored("junit.xml", REPORT).replace(b"test_pays", b"test_pais"),
    "bomb": made(lambda archive: archive.writestr("junit.xml", b"\0" * 40_000_000)),
    "lying about its size": lying_about_its_size(),
    "path escape": workflows.packed({"../../junit.xml": REPORT}),
    "absolute path": workflows.packed({"/etc/junit.xml": REPORT}),
    "windows path": workflows.packed({"..\\..\\junit.xml": REPORT}),
    "link": link(),
    "lzma": made(lambda archive: archive.writestr("junit.xml", b"x" * 9, zipfile.ZIP_LZMA)),
}


@pytest.mark.parametrize("lie", LIES)
async def test_archives_that_lie_are_notes(github: GithubBench, tmp_path: Path, lie: str) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    run = ended(github)
    keep(github, run, "test-results", LIES[lie])
    fetched = await fetch(github, run, folder)
    assert reports(fetched) == []
    (note,) = fetched.notes
    assert "test-results" in note
    # Nothing but the log is left behind.
    assert [path.suffix for path in folder.iterdir()] == [".log"]
    assert list(tmp_path.iterdir()) == [folder]


async def test_an_archive_of_too_many_files_is_a_note(
    github: GithubBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("providers.fetching.archives.ENTRIES", 100)
    run = ended(github)
    keep(github, run, "test-results", {f"{at}.bin": b"" for at in range(101)})
    assert "101 files" in (await fetch(github, run, tmp_path)).notes[0]


async def test_files_of_all_archives_together_are_limited(github: GithubBench, tmp_path: Path) -> None:
    run = ended(github)
    for at in range(4):
        keep(github, run, f"test-results-{at}", {f"{n}.xml": REPORT * 100 for n in range(4)})
    size = len(REPORT) * 100
    fetched = await fetch(github, run, tmp_path, limits=FetchLimits(size, 6 * size, 500))
    assert len(reports(fetched)) == 5
    assert len(fetched.notes) == 11
    few = tmp_path / "few"
    few.mkdir()
    counted = await fetch(github, run, few, limits=FetchLimits(files=3))
    assert len(counted.files) == 3
    assert counted.notes


async def test_only_what_can_be_a_report_is_unpacked(github: GithubBench, tmp_path: Path) -> None:
    run = ended(github)
    inside = ["junit.xml", "results.trx", "out/ctrf.json", "go.ndjson", "a.TAP", "x.jsonl"]
    outside = ["coverage.xml", "cobertura-1.xml", "package.json", "app.exe", "screenshot.png", "node_modules/a/b.json"]
    keep(github, run, "test-results", dict.fromkeys([*inside, *outside], REPORT) | {"server.log": b"boom"})
    fetched = await fetch(github, run, tmp_path)
    assert reports(fetched) == [f"test-results/{name}" for name in inside]
    assert [file.name for file in fetched.files if file.kind is FileKind.LOG] == ["unit.log", "test-results/server.log"]
    assert fetched.notes == ()


async def test_artifacts_named_after_tests_come_first_and_others_only_if_small(
    github: GithubBench, tmp_path: Path
) -> None:
    run = ended(github)
    for name in ("things", "coverage-html", "dist", "Unit Test Report"):
        keep(github, run, name, {"junit.xml": REPORT})
    keep(github, run, "blobs", stored("a.xml", bytes(11_000_000)))
    assert reports(await fetch(github, run, tmp_path)) == ["Unit Test Report/junit.xml", "things/junit.xml"]


async def test_an_attempt_is_read_as_it_was_when_the_run_has_begun_anew(github: GithubBench, tmp_path: Path) -> None:
    run, state = ended(github, unit="failed", lint="passed"), github.simulator.state
    keep(github, run, "test-results", {"first.xml": REPORT})
    first = await read(github, run)
    github.moment.seconds += 60
    workflows.again(state, run, whole=True)
    for ends in (False, True):
        if ends:
            end(github, run, unit="passed", lint="passed")
            keep(github, run, "test-results", {"second.xml": REPORT})
        folder = tmp_path / str(ends)
        folder.mkdir()
        fetched = await github.provider.fetch_run(github.repository, first, folder, Reading.FAILED, FetchLimits())
        assert {job.name: job.outcome.value for job in fetched.jobs} == {"unit": "failed", "lint": "passed"}
        assert reports(fetched) == ["test-results/first.xml"]
        assert "unit failed" in next(file.path.read_text() for file in fetched.files if file.kind is FileKind.LOG)


async def test_only_the_newest_artifact_of_a_name_and_of_this_attempt_counts(
    github: GithubBench, tmp_path: Path
) -> None:
    run = ended(github)
    keep(github, run, "test-results", {"old.xml": REPORT})
    keep(github, run, "e2e-report", {"stale.xml": REPORT})
    github.moment.seconds += 60
    workflows.again(github.simulator.state, run, whole=False)
    keep(github, run, "test-results", {"first.xml": REPORT})
    keep(github, run, "test-results", {"new.xml": REPORT})
    end(github, run, unit="passed")
    assert reports(await fetch(github, run, tmp_path)) == ["test-results/new.xml"]


async def test_an_expired_artifact_is_a_note(github: GithubBench, tmp_path: Path) -> None:
    run = ended(github)
    keep(github, run, "test-results", {"junit.xml": REPORT})
    run.artifacts[0].expired = True
    assert (await fetch(github, run, tmp_path)).notes == ("The artifact test-results has expired",)


@pytest.mark.parametrize("gone", [404, 410])
async def test_annotations_stand_in_for_a_log_that_is_gone(github: GithubBench, tmp_path: Path, gone: int) -> None:
    run = ended(github)
    note: dict[str, Any] = {"path": "src/pay.py", "start_line": 7, "end_line": 7, "annotation_level": "failure"}
    run.jobs[0].check.annotations.append(note | {"message": "assert 0 == 7", "title": "test_pays"})
    run.jobs[0].log = None
    if gone == 404:
        github.fault(Fault(path="/logs$", status=404, body=b"{}", headers={"content-type": "application/json"}))
    fetched = await fetch(github, run, tmp_path)
    (file,) = fetched.files
    assert (file.kind, file.job) == (FileKind.LOG, "unit")
    assert "src/pay.py:7: error: test_pays: assert 0 == 7" in file.path.read_text()
    (told,) = fetched.notes
    assert "log of unit" in told and str(gone) in told


async def test_a_storage_that_fails_is_a_note(github: GithubBench, tmp_path: Path) -> None:
    run = ended(github)
    keep(github, run, "test-results", {"junit.xml": REPORT})
    github.simulator.state.stored = {}
    found = await read(github, run)
    github.simulator.app.routes[:] = [
        r for r in github.simulator.app.routes if "_storage" not in getattr(r, "path", "")
    ]
    fetched = await github.provider.fetch_run(github.repository, found, tmp_path, Reading.FAILED, FetchLimits())
    github.simulator.violations.clear()
    assert [job.name for job in fetched.jobs] == ["unit"]
    assert len(fetched.notes) == 2


async def test_jobs_come_in_pages_and_failed_ones_first(github: GithubBench, tmp_path: Path) -> None:
    jobs = {f"job-{at:03}": "failed" if at == 119 else "passed" for at in range(120)}
    run = ended(github, **jobs)
    fetched = await fetch(github, run, tmp_path, Reading.ALL, FetchLimits(files=3))
    assert len(fetched.jobs) == 120
    assert [file.job for file in fetched.files] == ["job-119", "job-000", "job-001"]
    # Notes are as many as people read.
    assert len(fetched.notes) == 51
    assert fetched.notes[-1] == "and 67 more that could not be had"


async def test_a_run_that_failed_without_a_job_says_so(github: GithubBench, tmp_path: Path) -> None:
    run = begin(github)
    workflows.complete(github.simulator.state, run, "startup_failure")
    fetched = await fetch(github, run, tmp_path)
    assert (fetched.jobs, fetched.files) == ((), ())
    assert "workflow file may be broken" in fetched.notes[0]


async def test_a_suite_gives_what_its_checks_say(github: GithubBench, tmp_path: Path) -> None:
    app = github.simulator.add_app("circle")
    done: dict[str, Any] = {"status": "completed", "completed_at": github.simulator.state.now()}
    note = {"path": "a.py", "start_line": 3, "end_line": 4, "annotation_level": "warning", "message": "odd"}
    said: dict[str, Any] = {
        "title": "1 failed",
        "summary": "**test_pays**",
        "text": "E assert 0 == 7",
        "annotations": [note],
    }
    red = github.simulator.add_check_run(
        github.place, github.request.head.sha, "build", app, conclusion="failure", **said, **done
    )
    github.simulator.add_check_run(
        github.place, github.request.head.sha, "lint", app, conclusion="success", summary="fine", **done
    )
    found = await github.provider.get_run(github.repository, f"suite:{red.suite.id}")
    fetched = await github.provider.fetch_run(github.repository, found, tmp_path, Reading.FAILED, FetchLimits())
    assert {job.name for job in fetched.jobs} == {"build", "lint"}
    (file,) = fetched.files
    assert file.path.read_text() == "1 failed\n**test_pays**\nE assert 0 == 7\na.py:3: warning: odd"
    cut = await github.provider.fetch_run(github.repository, found, tmp_path, Reading.ALL, FetchLimits(10, 9_000, 10))
    assert [path.path.stat().st_size for path in cut.files] == [4, 10]
    assert cut.notes == ("build is cut after 10 bytes",)


async def test_a_suspension_is_no_note(github: GithubBench, tmp_path: Path) -> None:
    run = ended(github)
    body = b'{"message": "This installation has been suspended"}'
    github.fault(Fault(path="/logs$", status=403, headers={"content-type": "application/json"}, body=body))
    with pytest.raises(Suspended):
        await fetch(github, run, tmp_path)


async def test_an_answer_without_a_place_is_a_note(github: GithubBench, tmp_path: Path) -> None:
    run = ended(github)
    github.fault(Fault(path="/logs$", status=302))
    assert "did not say where" in (await fetch(github, run, tmp_path)).notes[0]
