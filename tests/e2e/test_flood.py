"""More than anybody can want: a running bot takes its part of it and goes on, in little memory."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from simulators.demo.story import Story
from tests.e2e.suites import suite
from tests.stages import a_stage

MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    stage = a_stage("github")
    with stage.serve() as address:
        yield Story.begin(stage, address, tmp_path_factory.mktemp("flood"))
    assert not stage.violations


@pytest.fixture(scope="module")
def server(story: Story) -> Iterator[subprocess.Popen[bytes]]:
    """`agnox serve` with the settings that it has by itself."""
    with story.bot.serving() as process:
        story.install()
        story.open_pull_request()
        yield process


def _most_memory(process: subprocess.Popen[bytes]) -> int:
    """The most bytes that a process ever held."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def _report(size: int) -> Iterator[bytes]:
    """A form with a well-formed report of some size, as it is read from a disk."""
    head = '--cut\r\ncontent-disposition: form-data; name="report"; filename="TEST-all.xml"\r\n\r\n<testsuite>'
    case = b'<testcase classname="tests.test_shop" name="test_ok" time="0.01"/>' * 1000
    yield head.encode()
    for _ in range(size // len(case)):
        yield case
    yield b"</testsuite>\r\n--cut--\r\n"


def test_a_report_of_300_megabytes_is_refused(story: Story, server: subprocess.Popen[bytes]) -> None:
    before = _most_memory(server)
    answer = httpx2.post(
        f"{story.bot.url}/api/results",
        headers={"x-api-key": story.key, "content-type": "multipart/form-data; boundary=cut"},
        content=_report(300 * MEGABYTE),
        timeout=60,
    )
    assert answer.status_code == 413
    message = answer.json()["message"]
    assert "report 'TEST-all.xml' is larger than 100000000 bytes" in message
    assert "gzip" in message and "AGNOX_UPLOAD_LIMIT" in message
    assert _most_memory(server) - before < 20 * MEGABYTE
    assert story.bot.call("GET", "/api/cycles", story.key)["cycles"] == []


def test_a_suite_that_prints_a_gigabyte(story: Story, server: subprocess.Popen[bytes]) -> None:
    before = _most_memory(server)
    flood = f"yes '{'0123456789' * 9}' | head -c 1000000000"
    cycle = story.trigger(suite(1, before=flood))
    comment = story.comment_saying("1 of 3 tests failed")
    verdict = story.finished_verdict()
    assert verdict.outcome == "failed"
    view = story.bot.call("GET", f"/api/cycles/{cycle}", story.key)
    assert view["status"] == "FAILED"
    page = httpx2.get(verdict.url).text
    dropped = re.search(r"log cut: (\d+) bytes left out", page)
    assert dropped and 970 * MEGABYTE < int(dropped[1]) < 1000 * MEGABYTE
    assert "1 of 3 tests failed" in page
    assert _most_memory(server) - before < 150 * MEGABYTE
    assert story.comments == [comment]


def test_a_good_run_follows(story: Story, server: subprocess.Popen[bytes]) -> None:
    story.push_fix()
    story.trigger(suite(1, passing=3))
    story.comment_saying("1 of 4 tests failed")
    assert story.finished_verdict().outcome == "failed"
    assert len(story.comments) == 1 and server.poll() is None
