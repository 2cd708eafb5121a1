"""`agnox run`: the command's output and exit code go through, and what it said is sent, whatever happens."""

import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.responses import JSONResponse

from agnox.command import cli
from tests.client.conftest import KEY, SENT, Scripted

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]

AGNOX = (sys.executable, "-m", "agnox", "run")


@pytest.fixture
def run() -> Run:
    """Runs `agnox run` with options, and a script behind `--`."""

    def run(script: str, *options: str) -> "subprocess.CompletedProcess[bytes]":
        command = [*AGNOX, *options, "--", "sh", "-c", script]
        return subprocess.run(command, capture_output=True, timeout=60, check=False, stdin=subprocess.DEVNULL)

    return run


def log_of(scripted: Scripted) -> str:
    (heard,) = scripted.of("/api/results")
    return heard.files()["log output.log"].decode(errors="replace")


def test_a_failing_command(run: Run, connected: Scripted) -> None:
    done = run("printf 'a\\377\\0b'; echo wrong >&2; exit 3", "--suite", "unit", "--live")
    assert (done.returncode, done.stdout) == (3, b"a\xff\x00b")
    assert done.stderr.decode() == (f"wrong\nagnox: 1 log sent to {connected.url}; cycle {SENT['cycleId']}\n")
    calls = [each.path.rpartition("/")[2] for each in connected.heard]
    assert (calls[0], calls[-2:]) == ("setup", ["teardown", "results"])
    assert connected.heard[0].json["runName"] == "unit"
    assert connected.of("/api/ingest/teardown")[0].json["status"] == "FAILED"
    fields = connected.of("/api/results")[0].fields()
    assert (fields["suite"], fields["sessionId"]) == ("unit", "5e55")
    assert log_of(connected).endswith(" exit 3'\" exited with 3.\n")
    told = "".join(event["chunk"] for each in connected.of("/api/ingest/event") for event in each.json["events"])
    assert told == log_of(connected)
    assert "wrong\n" in told
    assert "a\ufffd\0b" in told.replace("wrong\n", "")


def test_a_passing_command_with_new_reports(run: Run, connected: Scripted) -> None:
    Path("old.xml").write_text("<testsuite/>")
    done = run("mkdir r; echo '<testsuite/>' > r/new.xml; echo fine", "--report", "**/*.xml", "--no-live")
    assert (done.returncode, done.stdout) == (0, b"fine\n")
    (heard,) = connected.heard
    log = heard.files()["log output.log"]
    assert log.startswith(b"fine\n")
    assert log.endswith(b"Your build exited with 0.\n")
    assert heard.files() == {"report r/new.xml": b"<testsuite/>\n", "log output.log": log}


def test_no_report_is_told(run: Run, connected: Scripted) -> None:
    done = run("true", "--report", "none/*.xml", "--no-live")
    assert done.stderr.startswith(b"agnox: no report was written that matches none/*.xml\n")
    assert log_of(connected) == '\nThe command "sh -c true" exited with 0.\n'


def test_secrets_are_shown_here_as_ever_and_not_sent(
    run: Run, connected: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEPLOY_TOKEN", "dt_Secret1234")
    done = run('echo "$DEPLOY_TOKEN $AGNOX_API_KEY"; echo "<t>$DEPLOY_TOKEN</t>" > t.xml', "--report", "*.xml")
    assert done.stdout.decode() == f"dt_Secret1234 {KEY}\n"
    (heard,) = connected.of("/api/results")
    assert heard.files()["report t.xml"] == b"<t>***</t>\n"
    assert log_of(connected).startswith("*** ***\n")
    assert not [each for each in connected.heard if b"dt_Secret1234" in each.body or KEY.encode() in each.body]


@pytest.mark.parametrize("code", [0, 5])
def test_without_a_server_the_command_is_run_all_the_same(run: Run, code: int) -> None:
    done = run(f"echo out; exit {code}")
    assert (done.returncode, done.stdout) == (code, b"out\n")
    assert done.stderr == b"agnox: 1 log not sent: no server is set: AGNOX_URL or --server\n"
    assert run(f"exit {code}", "--strict").returncode == (code or 1)


def test_away_it_is_kept(run: Run, connected: Scripted, kept: Path) -> None:
    busy = JSONResponse({"success": False, "message": "later"}, 500)
    connected.answers = [busy, busy]
    done = run("exit 4", "--no-live")
    assert (done.returncode, b"1 log kept" in done.stderr) == (4, True)
    assert len(list(kept.iterdir())) == 1


@pytest.mark.parametrize(("program", "code"), [("no-such-program", 127), ("./plain.txt", 126)])
def test_a_command_that_can_not_be_run(connected: Scripted, program: str, code: int) -> None:
    Path("plain.txt").write_text("text")
    done = subprocess.run([*AGNOX, "--", program, "--flag"], capture_output=True, timeout=60, check=False)
    assert done.returncode == code
    assert f"agnox: {program} can't be run: " in done.stderr.decode()
    assert f"{program} can't be run: " in log_of(connected)


def test_without_room_for_a_log_the_command_is_run_all_the_same(
    connected: Scripted, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryDirectory", fail)
    arguments = ["run", "--no-live", "--report", "*.xml", "--", "sh", "-c", "echo '<testsuite/>' > a.xml; exit 3"]
    result = CliRunner().invoke(cli, arguments, prog_name="agnox")
    assert result.exit_code == 3
    assert "the output can't be kept: No space left on device\n" in result.stderr
    assert connected.heard[0].files() == {"report a.xml": b"<testsuite/>\n"}


def test_nothing_to_run_is_a_mistake(connected: Scripted) -> None:
    assert subprocess.run(AGNOX, capture_output=True, timeout=60, check=False).returncode == 2
    assert connected.heard == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_reaches_the_command_and_all_that_it_started(connected: Scripted, number: signal.Signals) -> None:
    inner = "trap 'echo inner got it; exit 0' INT TERM; echo ready; while :; do sleep 0.05; done"
    script = f"trap 'echo outer got it' INT TERM; sh -c {shlex.quote(inner)}; exit 9"
    process = subprocess.Popen(
        [*AGNOX, "--", "sh", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    os.kill(process.pid, number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 9
    assert sorted(out.split(b"\n")) == [b"", b"inner got it", b"outer got it"]
    assert "inner got it" in log_of(connected)
    assert b"1 log sent" in err


def test_a_command_that_a_signal_ends(run: Run, connected: Scripted) -> None:
    done = run("echo started; kill -TERM $$")
    assert done.returncode == 128 + signal.SIGTERM
    assert "exited with 143." in log_of(connected)


def test_what_is_left_in_the_background_is_not_waited_for(run: Run, connected: Scripted) -> None:
    done = run("echo $$; sleep 120 & echo $! > pid; exit 2", "--no-live")
    os.kill(int(Path("pid").read_text()), signal.SIGKILL)
    assert done.returncode == 2
    assert "exited with 2." in log_of(connected)


def test_output_is_shown_at_once(connected: Scripted) -> None:
    process = subprocess.Popen(
        [*AGNOX, "--", "sh", "-c", "printf half; read line; echo $line"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.read(4) == b"half"
    out, _ = process.communicate(b"whole\n", timeout=30)
    assert (out, process.returncode) == (b"whole\n", 0)
