"""Each CI's step, started as that CI starts it: what the client is asked, and how the step ends."""

import os
import signal

import pytest

from tests.client.conftest import Scripted
from tests.integrations.conftest import KEY, Machine
from tests.integrations.hosts import HOSTS

REPORT = "<testsuite><testcase name='a'/></testsuite>"


@pytest.fixture(params=sorted(HOSTS))
def host(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def step(host: str, machine: Machine, **inputs: str) -> tuple[int, str]:
    """Runs a step; gives its exit code and all that it wrote."""
    ended = HOSTS[host](inputs, machine.folder, machine.environment).run(machine.environment, machine.work)
    return ended.returncode, ended.stdout + ended.stderr


def test_reports_and_logs_are_named_as_they_were_given(host: str, machine: Machine) -> None:
    machine.client()
    machine.work.joinpath("a.xml").touch()
    code, said = step(
        host,
        machine,
        reports="*.xml\n  'more results'/**/TEST *.xml  ; --odd.xml;\n",
        logs='build.log; say "hi" $HOME.log',
        project="my shop",
        suite="unit; $(true)",
    )
    assert (code, said) == (0, "")
    assert machine.called == [
        "upload",
        "--log=build.log",
        '--log=say "hi" $HOME.log',
        "--",
        "*.xml",
        "'more results'/**/TEST *.xml",
        "--odd.xml",
    ]
    assert (machine.given["AGNOX_PROJECT"], machine.given["AGNOX_SUITE"]) == ("my shop", "unit; $(true)")
    assert machine.given["AGNOX_API_KEY"] == KEY
    assert not [name for name in machine.given if name in {"AGNOX_STRICT", "AGNOX_STEP_REPORTS"}]


def test_empty_inputs_leave_the_jobs_variables_alone(host: str, machine: Machine) -> None:
    machine.client()
    machine.variables |= {"AGNOX_PROJECT": "shop", "AGNOX_SUITE": "unit", "AGNOX_STRICT": "banana"}
    assert step(host, machine, reports="a.xml") == (0, "")
    given = {name: value for name, value in machine.given.items() if name.startswith("AGNOX_") and "STEP" not in name}
    assert given == {
        "AGNOX_URL": "https://agnox.acme.test",
        "AGNOX_API_KEY": KEY,
        "AGNOX_PROJECT": "shop",
        "AGNOX_SUITE": "unit",
    }


@pytest.mark.parametrize("code", [0, 3])
def test_a_command_ends_the_step_as_it_ends(host: str, machine: Machine, code: int) -> None:
    machine.client()
    command = f'echo "two  words" | cat; exit {code}'
    assert step(host, machine, command=command, reports="a b/*.xml; c.xml") == (code, "two  words\n")
    assert machine.called == [
        "run",
        "--report=a b/*.xml",
        "--report=c.xml",
        "--",
        "bash",
        "-eo",
        "pipefail",
        "-c",
        command,
    ]


def test_a_command_stops_at_its_first_failure(host: str, machine: Machine) -> None:
    machine.client()
    assert step(host, machine, command="false | true\necho went on") == (1, "")


def test_without_a_key_the_command_runs_all_the_same(host: str, machine: Machine) -> None:
    machine.client()
    machine.variables["AGNOX_API_KEY"] = ""
    code, said = step(host, machine, command="echo tested; exit 3")
    assert (code, machine.called) == (3, None)
    assert "tested" in said
    assert "AGNOX_API_KEY is not set" in said


def test_a_variable_that_is_missing_is_no_key(host: str, machine: Machine) -> None:
    machine.client()
    variables = {name: value for name, value in machine.environment.items() if name != "AGNOX_API_KEY"}
    ended = HOSTS[host]({"reports": "a.xml"}, machine.folder, variables).run(variables, machine.work)
    assert (ended.returncode, machine.called) == (0, None)
    assert "AGNOX_API_KEY is not set" in ended.stderr


def test_only_strict_steps_fail_with_the_client(host: str, machine: Machine) -> None:
    machine.client()
    machine.variables["STUB_CODE"] = "2"
    assert step(host, machine, reports="a.xml") == (0, "")
    assert step(host, machine, reports="a.xml", strict="true") == (1, "")
    assert machine.given["AGNOX_STRICT"] == "1"


def test_no_client_and_no_python(host: str, machine: Machine) -> None:
    code, said = step(host, machine, reports="a.xml")
    assert code == 0
    assert "agnox-client 0.1.0 can't be installed: there is neither uv nor Python 3.11" in said
    assert step(host, machine, reports="a.xml", strict="true")[0] == 1
    code, said = step(host, machine, command="echo tested; exit 3")
    assert (code, "tested" in said) == (3, True)


def test_the_real_client_sends_them(host: str, machine: Machine, scripted: Scripted) -> None:
    machine.real_client()
    machine.variables |= {"AGNOX_URL": scripted.url, "GIT_CEILING_DIRECTORIES": str(machine.folder)}
    report = machine.work / "more results" / "deep" / "TEST 1.xml"
    report.parent.mkdir(parents=True)
    report.write_text(REPORT)
    machine.work.joinpath("build.log").write_text(f"key {KEY}\n")
    code, said = step(host, machine, reports="more results/**/*.xml", logs="build.log", suite="unit", project="shop")
    assert (code, "1 report and 1 log sent" in said, KEY in said) == (0, True, False)
    (heard,) = scripted.heard
    assert heard.headers["x-api-key"] == KEY
    assert heard.files() == {
        "report more results/deep/TEST 1.xml": REPORT.encode(),
        "log build.log": b"key ***\n",
    }
    assert {name: heard.fields()[name] for name in ("projectId", "suite")} == {"projectId": "shop", "suite": "unit"}


def test_where_nothing_was_written_only_strict_steps_fail(host: str, machine: Machine, scripted: Scripted) -> None:
    machine.real_client()
    machine.variables |= {"AGNOX_URL": scripted.url, "GIT_CEILING_DIRECTORIES": str(machine.folder)}
    code, said = step(host, machine, reports="no/*.xml")
    assert (code, "no/*.xml" in said, scripted.heard) == (0, True, [])
    assert step(host, machine, reports="no/*.xml", strict="true")[0] == 1


def test_a_job_that_is_stopped_sends_what_there_is(host: str, machine: Machine, scripted: Scripted) -> None:
    machine.real_client()
    machine.variables |= {"AGNOX_URL": scripted.url, "GIT_CEILING_DIRECTORIES": str(machine.folder)}
    inputs = {"command": "echo begun; exec sleep 60", "suite": "unit"}
    process = HOSTS[host](inputs, machine.folder, machine.environment).start(machine.environment, machine.work)
    try:
        assert process.stdout
        assert process.stdout.readline() == "begun\n"
        os.killpg(process.pid, signal.SIGTERM)
        # Not before the client has ended, even where the shell around it is gone.
        said, _ = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode in (128 + signal.SIGTERM, -signal.SIGTERM)
    assert "1 log sent" in said
    (heard,) = scripted.heard
    (log,) = heard.files().values()
    assert log.startswith(b"begun\n")
    assert log.endswith(b"exited with 143.\n")
