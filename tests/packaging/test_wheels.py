"""What is built can be installed and run outside the checkout."""

import json
import socket
import subprocess
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import entry_points, version

import httpx2
import pytest

from tests.packaging.conftest import ROOT, Place, Wheels

pytestmark = pytest.mark.xdist_group("packaging")

PACKAGES = ("bot", "migrations", "providers", "simulators")


def test_every_file_of_the_packages_is_in_the_wheel(wheels: Wheels) -> None:
    there = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    packed = set(zipfile.ZipFile(wheels.bot).namelist())
    assert there <= packed
    assert {name.partition("/")[0] for name in packed} == {*PACKAGES, f"agnox_bot-{version('agnox-bot')}.dist-info"}


def test_the_client_takes_one_name(wheels: Wheels) -> None:
    packed = zipfile.ZipFile(wheels.client).namelist()
    expected = {"agnox", f"agnox_client-{version('agnox-client')}.dist-info"}
    assert {name.partition("/")[0] for name in packed} == expected


def test_the_client_alone(alone: Place) -> None:
    told = alone.run(alone.agnox, "--help")
    assert (told.returncode, told.stderr) == (0, "")
    assert "pip install agnox-bot" in told.stdout
    refused = alone.run(alone.agnox, "serve")
    assert refused.returncode == 2
    assert "pip install agnox-bot" in refused.stderr


def test_the_commands(installed: Place) -> None:
    where = installed.run(installed.python, "-c", "import bot, agnox; print(bot.__file__, agnox.__file__, sep='\\n')")
    assert [line.startswith(str(installed.folder)) for line in where.stdout.splitlines()] == [True, True], where
    told = installed.run(installed.agnox, "--help")
    assert told.returncode == 0
    names = {entry.name for entry in entry_points(group="agnox.commands")}
    assert {line.split()[0] for line in told.stdout.partition("Commands:\n")[2].splitlines()} == names
    assert "be loaded" not in told.stdout
    assert installed.run(installed.agnox, "--version").stdout == f"agnox, version {version('agnox-client')}\n"
    assert "simulated git host" in installed.run(installed.agnox, "demo", "--help").stdout


def test_analyze(installed: Place) -> None:
    log = installed.folder / "build.log"
    log.write_text("collected 1 item\nFAILED tests/test_pay.py::test_refund - assert 0 == 10\n1 failed in 0.02s\n")
    done = installed.run(installed.agnox, "analyze", log.name, "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["failing_tests"] == ["tests/test_pay.py::test_refund"]


@pytest.fixture
def served(installed: Place) -> Iterator[str]:
    """The address of an `agnox serve` that is ready."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [installed.agnox, "serve", "--port", str(port)],
        cwd=installed.folder,
        env=installed.environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        _wait_ready(process, f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert process.returncode == 0


def _wait_ready(process: "subprocess.Popen[str]", url: str) -> None:
    end = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < end:
        with suppress(httpx2.TransportError):
            if httpx2.get(f"{url}/readyz").status_code == httpx2.codes.OK:
                return
        time.sleep(0.05)
    process.kill()
    pytest.fail(f"it did not get ready: {process.communicate()[1]}")


def test_serve(served: str) -> None:
    page = httpx2.get(f"{served}/cycles/none")
    assert (page.status_code, "There is nothing at this address" in page.text) == (404, True)
    style = httpx2.get(f"{served}/static/agnox.css")
    assert (style.status_code, style.headers["content-type"]) == (200, "text/css; charset=utf-8")
