"""Which files of a suite are taken for its reports."""

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from bot.node.reports import find_reports
from bot.node.values import ReportLimits
from tests.node.suites import run

LIMITS = ReportLimits()


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "results"
    folder.mkdir()
    return folder


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def write(folder: Path, *names: str, text: str = "<testsuite/>") -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def names(results: Path, work: Path, limits: ReportLimits = LIMITS) -> list[str]:
    return [report.name for report in find_reports(results, work, limits)[0]]


def test_every_xml_file_of_the_results_folder_is_a_report(results: Path, work: Path) -> None:
    write(results, "pytest.xml", "deep/er/any.XML", "notes.txt")
    assert names(results, work) == ["deep/er/any.XML", "pytest.xml"]


def test_in_the_working_folder_names_and_folders_tell(results: Path, work: Path) -> None:
    taken = [
        "app/build/test-results/test/x.xml",
        "app/target/surefire-reports/TEST-a.xml",
        "junit-1.xml",
        "packages/web/test-reports/x.xml",
        "report.xml",
        "unit-results.xml",
    ]
    write(work, *taken, "pom.xml", "src/results.xml", "junit.txt", "test-results.xml/none.txt")
    write(work, "node_modules/a/junit.xml", ".git/junit.xml", ".venv/junit.xml")
    assert names(results, work) == taken


def test_only_regular_files_are_taken_and_no_link_is_followed(results: Path, work: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    write(elsewhere, "junit.xml", text="secret")
    (work / "junit.xml").symlink_to("/etc/passwd")
    (work / "test-results").symlink_to(elsewhere)
    os.mkfifo(work / "report.xml")
    (work / "junit-folder.xml").mkdir()
    results.rmdir()
    results.symlink_to(elsewhere)
    assert find_reports(results, work, LIMITS) == ((), ())


def test_what_is_too_large_is_left_out_and_told(results: Path, work: Path) -> None:
    write(results, "a.xml", text="x" * 11)
    write(results, "b.xml", "c.xml", "d.xml", text="x" * 10)
    found, left_out = find_reports(results, work, ReportLimits(count=3, file_bytes=10, total_bytes=15))
    assert [report.name for report in found] == ["b.xml"]
    assert left_out == (
        "report a.xml left out: larger than 1e-05 MB",
        "report c.xml left out: all together are larger than 1.5e-05 MB",
        "1 reports left out: there are more than 3",
    )


def test_depth_and_number_of_entries_are_bounded(results: Path, work: Path) -> None:
    write(work, "1/2/junit.xml", "1/2/3/junit.xml")
    assert names(results, work, replace(LIMITS, depth=2)) == ["1/2/junit.xml"]
    write(results, *(f"{number}.xml" for number in range(20)))
    found, left_out = find_reports(results, work, replace(LIMITS, entries=10))
    assert len(found) == 10
    assert left_out == ("reports may be missing: only 10 files and folders were looked at",)


def test_hostile_names_become_printable_short_and_unique(results: Path, work: Path) -> None:
    folder = os.fsencode(results)
    for name in (b"a\nb.xml", b"a\xff.xml", b"a\xfe.xml", b"\xe2\x80\xae.xml", b"x" * 251 + b".xml"):
        with open(folder + b"/" + name, "wb"):  # noqa: PTH123
            pass
    (results / ("y" * 250)).mkdir()
    write(results, "y" * 250 + "/z.xml", text="z")
    found, _ = find_reports(results, work, LIMITS)
    assert sorted(report.name for report in found) == sorted(
        ["a\ufffdb.xml", "a\ufffd.xml", "a\ufffd.xml~2", "\ufffd.xml", "x" * 251 + ".xml", "y" * 249 + "/z.xml"]
    )
    assert all(report.path.is_file() for report in found)


def test_reports_that_came_with_a_checkout_are_none_unless_the_suite_wrote_them(results: Path, work: Path) -> None:
    git, clone = shutil.which("git"), work / "clone"
    assert git
    write(clone, "tests/data/junit-old.xml", "report.xml", "other-results.xml")
    for command in (["init", "-q"], ["add", "."]):
        subprocess.run([git, *command], cwd=clone, check=True)
    assert names(results, work) == []
    write(clone, "report.xml", text="<testsuite tests='2'/>")
    write(clone, "data/junit-old.xml", "new-results.xml")
    assert names(results, work) == ["clone/data/junit-old.xml", "clone/new-results.xml", "clone/report.xml"]


@pytest.mark.parametrize("index", ["fifo", "link", "folder", "noise"])
def test_a_hostile_git_folder_does_no_harm(results: Path, work: Path, index: str) -> None:
    write(work, "junit.xml")
    (work / ".git").mkdir()
    path = work / ".git/index"
    if index == "fifo":
        os.mkfifo(path)
    elif index == "link":
        path.symlink_to("/dev/zero")
    elif index == "folder":
        path.mkdir()
    else:
        path.write_bytes(b"\0\x09junit.xml\0")
    assert names(results, work) == ["junit.xml"]


@pytest.mark.anyio
async def test_a_suite_can_not_hand_out_a_file_of_the_server() -> None:
    ran = await run(
        'ln -s /etc/passwd junit.xml; ln -s /etc/passwd "$AGNOX_RESULTS_DIR/a.xml"; ln -s /etc test-results;'
        ' echo "<x/>" > TEST-1.xml; echo "<y/>" > "$AGNOX_RESULTS_DIR/b.xml"'
    )
    assert ran.reports == {"b.xml": b"<y/>\n", "TEST-1.xml": b"<x/>\n"}
