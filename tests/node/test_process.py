"""What a suite finds around itself, and what is told of how it ended."""

import signal
import sys
import tempfile
from pathlib import Path

import anyio
import pytest

from bot.domain.masking import Masker
from bot.node.process import ProcessExecutor
from bot.node.values import Task
from tests.node.suites import run

pytestmark = pytest.mark.anyio


async def test_a_command_runs_in_an_empty_folder_and_its_output_is_kept() -> None:
    ran = await run("ls -A; pwd; echo out; echo err >&2; echo out again; exit 3")
    assert ran.log.decode() == f"{ran.outcome.workdir}\nout\nerr\nout again\n"
    assert (ran.outcome.exit_code, ran.outcome.problem, ran.outcome.notes) == (3, "", ())
    assert ran.outcome.log.dropped == 0
    assert 0 < ran.outcome.seconds < 20


async def test_nothing_of_the_servers_environment_reaches_the_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGNOX_SECRET_KEYS", "k1:hush-hush")
    monkeypatch.setenv("PYTHONPATH", "/hush-hush")
    ran = await run("env; cat /proc/$PPID/environ; echo", environment={"GIVEN": "a b=c\nd"})
    assert b"hush-hush" not in ran.log
    root = ran.outcome.workdir.removesuffix("/work")
    names = {line.split("=")[0] for line in ran.log.decode().splitlines() if "=" in line}
    assert names == {
        *("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TERM", "NO_COLOR", "PWD", "GIVEN"),
        *("AGNOX_RESULTS_DIR", "PYTEST_ADDOPTS"),
    }
    assert f"HOME={root}/home\n" in ran.log.decode()
    assert f"TMPDIR={root}/tmp\n" in ran.log.decode()
    assert "GIVEN=a b=c\nd\n" in ran.log.decode()


async def test_the_suite_holds_no_file_of_the_server() -> None:
    ran = await run("for n in /proc/$$/fd/*; do readlink $n; done; cat; echo end")
    null, out, err, end = ran.log.decode().splitlines()
    assert null == "/dev/null"
    assert out == err
    assert out.startswith("pipe:")
    assert end == "end"


async def test_a_plain_pytest_leaves_its_report_and_fails() -> None:
    suite = "def test_good(): pass\ndef test_bad(): assert 1 == 2\n"
    command = f"""printf '%s' "$SUITE" > test_it.py; {sys.executable} -m pytest -q -p no:cacheprovider"""
    ran = await run(command, environment={"SUITE": suite, "PYTEST_ADDOPTS": "--color=no"})
    assert ran.outcome.exit_code == 1
    assert b"1 failed, 1 passed" in ran.log
    assert list(ran.reports) == ["pytest.xml"]
    assert b'name="test_bad"' in ran.reports["pytest.xml"]


async def test_bytes_that_are_not_utf_8_stay_as_they_are() -> None:
    ran = await run(r"printf 'a\377\376b\0c\n\303'")
    assert ran.log == b"a\xff\xfeb\0c\n\xc3"


async def test_secrets_are_masked_line_by_line() -> None:
    masker = Masker(["correct horse"])
    ran = await run(r"printf 'one\npw: correct horse\377\ncorrect horse'", mask=masker.bytes_line)
    assert ran.log == b"one\npw: ***\xff\n***"


@pytest.mark.parametrize(
    ("command", "code", "problem"),
    [
        ("no-such-command --flag", 127, "the command was not found: /bin/sh: 1: no-such-command: not found"),
        ("echo x > f; ./f", 126, "the command can't be executed: /bin/sh: 1: ./f: Permission denied"),
        ("kill -KILL $$", 128 + signal.SIGKILL, "ended by SIGKILL, as happens when memory runs out"),
        ("sh -c 'kill -SEGV $$'", 128 + signal.SIGSEGV, "ended by SIGSEGV"),
        ("exit 255", 255, ""),
    ],
)
async def test_the_exit_code_is_explained(command: str, code: int, problem: str) -> None:
    ran = await run(command)
    assert (ran.outcome.exit_code, ran.outcome.problem) == (code, problem)


async def test_a_secret_in_a_missing_command_is_masked_in_the_problem() -> None:
    ran = await run("sesame-open", mask=Masker(["sesame-open"]).bytes_line)
    assert ran.outcome.problem.endswith(": ***: not found")


@pytest.mark.parametrize(
    ("command", "environment"),
    [
        ("echo a\0b", {}),
        ("echo \ud800", {}),
        ("true", {"A": "x\0y"}),
        ("true", {"A=B": "x"}),
        ("true", {"A": "x" * 200_000}),
    ],
)
async def test_what_no_process_can_be_given_is_told(command: str, environment: dict[str, str]) -> None:
    ran = await run(command, environment=environment)
    assert ran.outcome.exit_code is None
    assert ran.outcome.problem.startswith("the command can't be started: ")
    assert ran.log == b""


async def test_a_suite_that_removes_its_own_folder_is_told() -> None:
    ran = await run('echo hello; rm -rf "${HOME%/home}"')
    assert ran.outcome.exit_code == 0
    assert ran.outcome.problem == "the suite removed the folder it ran in"


async def test_suites_run_beside_each_other() -> None:
    logs: dict[int, bytes] = {}

    async def one(number: int) -> None:
        logs[number] = (await run(f"echo {number} > f; sleep 0.1; cat f")).log

    async with anyio.create_task_group() as group:
        for number in range(8):
            group.start_soon(one, number)
    assert logs == {number: b"%d\n" % number for number in range(8)}


async def test_the_folder_goes_when_the_callers_own_work_fails() -> None:
    with pytest.raises(LookupError):
        async with ProcessExecutor().run(Task("true"), bytes) as outcome:
            workdir = outcome.log.path.parents[1]
            assert workdir.exists()
            raise LookupError
    assert not workdir.exists()


async def test_a_machine_without_room_is_no_fault_of_the_suite(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(OSError, match="the supervisor of a suite has failed"):
        await run("true")
