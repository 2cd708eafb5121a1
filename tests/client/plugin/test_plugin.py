"""`pytest --agnox` on suites of its own, in processes of their own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.client.conftest import Scripted

SUITE = """
import pytest, sys

@pytest.fixture
def broken():
    raise OSError("no database")

def test_passes(): print("quiet")
class TestCart:
    def test_fails(self):
        print("total is 3 with hunter2-s3cret!")
        assert 1 + 1 == 3
@pytest.mark.skip(reason="later")
def test_skipped(): ...
@pytest.mark.xfail
def test_known(): assert False
def test_set_up(broken): ...
@pytest.mark.parametrize("name", ["a::b"])
def test_of(name): ...
"""
PAGE = """
import pytest

class Page:
    url = "https://shop.example/cart"
    def __init__(self): self.heard = {}
    def on(self, event, heard): self.heard[event] = heard
    def locator(self, selector): raise RuntimeError("the browser is gone")
Page.__module__ = "playwright.sync_api._generated"

class Message:
    type, text = "error", "Uncaught TypeError: total is undefined"
class Request:
    method, url, failure = "GET", "https://shop.example/api/cart", "net::ERR_CONNECTION_REFUSED"
class Answer:
    status, request = 503, Request
class WebDriver:
    current_url = "https://shop.example/login"
    def get_log(self, kind): return [{"level": "SEVERE", "message": "boom"}, {"level": "INFO", "message": "fine"}]
WebDriver.__module__ = "selenium.webdriver.remote.webdriver"

@pytest.fixture
def page(): return Page()

@pytest.fixture
def driver(): return WebDriver()

def test_cart(page):
    page.heard["console"](Message)
    page.heard["requestfailed"](Request)
    page.heard["response"](Answer)
    assert False, "locator not found"

def test_login(driver):
    assert False
"""


def run(suite: str, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Runs a suite in the working folder, as a build would."""
    Path("test_shop.py").write_text(suite)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        env={**os.environ, "PYTEST_ADDOPTS": "", **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def events(scripted: Scripted) -> list[dict[str, Any]]:
    return [event for each in scripted.of("/api/ingest/event") for event in each.json["events"]]


def ends(scripted: Scripted) -> dict[str, dict[str, Any]]:
    return {event["testId"].rpartition("::")[2]: event for event in events(scripted) if event["type"] == "test-end"}


def test_every_kind_of_end(connected: Scripted) -> None:
    done = run(SUITE, "--agnox", AGNOX_PROJECT="shop", SHOP_PASSWORD="hunter2-s3cret!")
    assert done.returncode == 1
    assert f"agnox: 6 attempts of tests sent to {connected.url}; cycle {'0c' * 16}" in done.stdout
    setup = connected.heard[0].json
    assert (setup["framework"], setup["projectId"], setup["totalTests"]) == ("pytest", "shop", 6)
    assert {name: end["status"] for name, end in ends(connected).items()} == {
        "test_passes": "passed",
        "test_fails": "failed",
        "test_skipped": "skipped",
        "test_known": "skipped",
        "test_set_up": "failed",
        "b]": "passed",
    }
    assert ends(connected)["test_fails"]["error"].startswith("assert (1 + 1) == 3\n\n")
    assert ends(connected)["test_set_up"]["error"].startswith("OSError: no database")
    chunks = [event for event in events(connected) if event["type"] == "log"]
    assert [event["testId"] for event in chunks] == ["test_shop.py::TestCart::test_fails"]
    assert "total is 3 with ***" in chunks[0]["chunk"]
    assert "hunter2" not in "".join(each.body.decode() for each in connected.heard)
    titles = [event["title"] for event in events(connected) if event["type"] == "test-begin"]
    assert titles[1] == "test_shop.py › TestCart › test_fails"
    assert titles[-1] == "test_shop.py › test_of[a::b]"
    teardown = connected.heard[-1].json
    assert teardown["status"] == "FAILED"
    assert {**teardown["summary"], "duration": 0} == {
        "total": 6,
        "passed": 2,
        "failed": 2,
        "skipped": 2,
        "duration": 0,
    }


def test_workers_tell_through_one_and_browsers_bear_witness(connected: Scripted) -> None:
    done = run(PAGE, "-n", "2", AGNOX_PYTEST="1")
    assert done.returncode == 1, done.stdout
    assert len(connected.of("/api/ingest/setup")) == 1
    request = {"method": "GET", "url": "https://shop.example/api/cart"}
    assert ends(connected)["test_cart"]["runtimeContext"] == {
        "url": "https://shop.example/cart",
        "consoleErrors": ["Uncaught TypeError: total is undefined"],
        "failedRequests": [{**request, "status": "net::ERR_CONNECTION_REFUSED"}, {**request, "status": "503"}],
    }
    assert ends(connected)["test_login"]["runtimeContext"] == {
        "url": "https://shop.example/login",
        "consoleErrors": ["boom"],
    }


def test_a_file_that_can_not_be_read(connected: Scripted) -> None:
    Path("pytest.ini").write_text("[pytest]\nagnox = true\n")
    assert run("import nothing_like_it\n").returncode == 2
    end = ends(connected)["test_shop.py"]
    assert end["status"] == "failed"
    assert "No module named 'nothing_like_it'" in end["error"]


def test_a_server_that_is_away_costs_one_line() -> None:
    done = run("def test(): ...\n", "--agnox", AGNOX_URL="http://127.0.0.1:9", AGNOX_API_KEY="agx_x")
    assert done.returncode == 0
    assert "agnox: not everything was sent: " in done.stdout
    done = run("def test(): ...\n", "--agnox")
    assert done.returncode == 0
    assert "no server is set: AGNOX_URL or --server" in done.stdout


def test_under_agnox_run_nothing_is_sent_twice(connected: Scripted) -> None:
    done = run("def test(): ...\n", "--agnox", AGNOX_RUN="1")
    assert "`agnox run` sends these tests already" in done.stdout
    assert not connected.heard


def test_not_asked_it_loads_one_module() -> None:
    suite = """
import sys
def test():
    assert [name for name in sys.modules if name.startswith("agnox.")] == ["agnox.pytest_plugin"]
"""
    done = run(suite)
    assert done.returncode == 0, done.stdout
