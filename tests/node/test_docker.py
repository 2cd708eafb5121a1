"""Suites in containers of a real engine."""

import gzip
import threading
import time
from collections.abc import Iterator
from typing import Any

import anyio
import docker
import pytest

from bot.domain.masking import Masker
from bot.node.docker.container import Container
from bot.node.docker.executor import DockerExecutor
from bot.node.docker.leftovers import labels
from bot.node.docker.options import DockerOptions, Pull
from bot.node.live import LiveOutput
from bot.node.values import Task
from tests.node.engine import IMAGE, Engine, an_engine
from tests.node.suites import Ran, unmasked, until

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with an_engine() as engine:
        yield engine
        engine.api.close()


async def run(engine: Engine, command: str, options: dict[str, Any] | None = None, **task: Any) -> Ran:
    """Runs a command to its end and checks that nothing of it stays."""
    rules = DockerOptions(**{"host": engine.host, "pull": Pull.NEVER, "network": "none", **(options or {})})
    task = {"image": IMAGE, "time_limit": 60, **task}
    volumes = engine.volumes()
    async with DockerExecutor(rules, grace=0.5).run(Task(command, **task), task.pop("mask", unmasked)) as outcome:
        log = gzip.decompress(outcome.log.path.read_bytes())
        reports = {report.name: report.path.read_bytes() for report in outcome.reports}
    assert not outcome.log.path.exists()
    assert engine.suites() == [] and engine.volumes() == volumes
    return Ran(outcome, log, reports)


async def test_a_suite_runs_without_rights_in_an_empty_folder_and_its_reports_come_back(engine: Engine) -> None:
    command = (
        "pwd; ls -A; id -u; echo err >&2; grep -E '^(Cap(Prm|Eff|Bnd)|NoNewPrivs)' /proc/self/status;"
        "ls /sys/class/net;"
        "ls /var/run/docker.sock /run/podman 2>/dev/null; ulimit -c; env;"
        "mkdir d; echo '<a/>' > $AGNOX_RESULTS_DIR/a.xml; echo '<b/>' > d/junit.xml; echo '<c/>' > other.xml; exit 3"
    )
    ran = await run(engine, command, environment={"GIVEN": "a b=c\nd", "PYTEST_ADDOPTS": "-q"})
    lines = ran.log.decode().splitlines()
    assert lines[:3] == ["/agnox/work", "1000", "err"]
    assert [line.split()[1] for line in lines[3:7]] == ["0" * 16] * 3 + ["1"]
    assert lines[7:9] == ["lo", "0"]
    assert {"HOME=/agnox/home", "GIVEN=a b=c", "PYTEST_ADDOPTS=-q --junitxml=/agnox/results/pytest.xml"} <= set(lines)
    assert (ran.outcome.exit_code, ran.outcome.problem, ran.outcome.workdir) == (3, "", "/agnox/work")
    assert ran.reports == {"a.xml": b"<a/>\n", "d/junit.xml": b"<b/>\n"}
    assert 0 < ran.outcome.seconds < 60


async def test_nothing_of_the_worker_is_passed_on_but_what_is_allowed(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGNOX_SECRET_KEYS", "k1:hush-hush")
    ran = await run(engine, "env", {"environment": {"HTTPS_PROXY": "http://proxy:3128"}})
    assert b"hush-hush" not in ran.log
    assert b"HTTPS_PROXY=http://proxy:3128\n" in ran.log


async def test_a_suite_is_stopped_at_its_time_limit_and_what_it_said_is_kept(engine: Engine) -> None:
    ran = await run(
        engine,
        "trap 'echo told; exit 1' TERM; echo '<a/>' > $AGNOX_RESULTS_DIR/a.xml; echo begun;while :; do sleep 0.1; done",
        time_limit=3,
    )
    assert ran.outcome.exit_code is None
    assert ran.outcome.problem == "stopped after 3 s: the time limit"
    # The shell may say so, too, that what it waited for was terminated.
    assert [line for line in ran.log.splitlines() if line != b"Terminated"] == [b"begun", b"told"]
    assert list(ran.reports) == ["a.xml"]


async def test_what_does_not_hear_is_killed(engine: Engine) -> None:
    ran = await run(engine, "trap '' TERM; echo begun; while :; do sleep 0.2; done", time_limit=2)
    assert (ran.outcome.exit_code, ran.log) == (None, b"begun\n")


async def test_only_its_own_folders_may_be_written_where_that_is_wanted(engine: Engine) -> None:
    ran = await run(engine, "touch /x; touch /tmp/y z $HOME/h && ls", {"read_only": True, "user": ""})
    assert b"Read-only file system" in ran.log
    assert ran.log.endswith(b"z\n")


async def test_memory_has_an_end_and_that_is_said(engine: Engine) -> None:
    ran = await run(engine, "head -c 200000000 /dev/zero | tail >/dev/null; exit 1", {"memory": 24_000_000})
    assert ran.outcome.exit_code == 1
    assert "Killed" in ran.log.decode() or "memory" in ran.outcome.problem


@pytest.mark.parametrize(
    ("options", "image", "problem"),
    [
        ({}, "localhost/agnox-none:2", "localhost/agnox-none:2 is not on this testing node, which fetches none"),
        ({"images": frozenset({"ghcr.io/acme/*"})}, IMAGE, f"AGNOX_DOCKER_IMAGES does not allow the image {IMAGE}"),
        ({}, "", "no container image was named, and AGNOX_DOCKER_IMAGE names none"),
        ({"pull": Pull.MISSING}, "127.0.0.1:9/nobody/none:1", "127.0.0.1:9/nobody/none:1 can't be fetched: "),
    ],
)
async def test_an_image_that_can_not_be_had_is_told(
    engine: Engine, options: dict[str, Any], image: str, problem: str
) -> None:
    ran = await run(engine, "true", options, image=image)
    assert ran.outcome.exit_code is None
    assert ran.outcome.problem.startswith("the command can't be started: ") and problem in ran.outcome.problem


async def test_an_image_that_takes_too_long_is_no_endless_wait(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = threading.Event()
    monkeypatch.setattr(Container, "fetch", lambda _: gone.wait(20))
    ran = await run(engine, "true", time_limit=0.5)
    gone.set()
    assert ran.outcome.problem == "stopped after 0.5 s: the time limit; its container was not ready by then"


async def test_the_output_is_heard_while_the_suite_runs(engine: Engine) -> None:
    live, told = LiveOutput(Masker(["correct horse"]).bytes_line), list[str]()
    command = "echo one correct horse; until [ -e /agnox/tmp/go ]; do sleep 0.1; done; echo two"

    def said() -> bool:
        told.append(live.take())
        return "one" in "".join(told)

    async def answer() -> None:
        await until(said)
        (name,) = engine.suites()
        engine.api.exec_start(engine.api.exec_create(name, ["/bin/touch", "/agnox/tmp/go"]))

    async with anyio.create_task_group() as group:
        group.start_soon(answer)
        ran = await run(engine, command, hear=live.hear)
    assert "".join(told) + live.take() == "one ***\ntwo\n"
    assert ran.outcome.exit_code == 0


async def test_a_cancelled_suite_is_gone_at_once(engine: Engine) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(run, engine, "sleep 600")
        await until(lambda: any(each["State"] == "running" for each in engine.api.containers()))
        group.cancel_scope.cancel()
    assert engine.suites() == []


async def test_what_a_dead_worker_left_is_swept_and_what_others_run_is_not(engine: Engine) -> None:
    def leave(name: str, **changed: str) -> None:
        marks = {**labels("other", time.time() + 1000), **changed}
        engine.api.create_container(IMAGE, ["/bin/sleep", "600"], name=name, labels=marks)

    alive = labels("x", 0)["io.agnox.owner"]
    leave("agnox-mine")
    leave("agnox-elsewhere", **{"io.agnox.owner": "another:boot/1:1"})
    leave("agnox-dead", **{"io.agnox.owner": alive + "0"})
    leave("agnox-late", **{"io.agnox.until": "1000"})
    leave("agnox-again", **{"io.agnox.execution": "e1"})
    rules = DockerOptions(host=engine.host, pull=Pull.NEVER, network="none")
    task = Task("true", image=IMAGE, environment={"AGNOX_EXECUTION_ID": "e1"})
    async with DockerExecutor(rules).run(task, unmasked):
        pass
    assert sorted(engine.suites()) == ["agnox-elsewhere", "agnox-mine"]
    for name in engine.suites():
        engine.api.remove_container(name, force=True)


async def test_an_engine_that_is_away_is_no_fault_of_the_suite() -> None:
    rules = DockerOptions(host="tcp://127.0.0.1:9")
    with pytest.raises(OSError, match="the container engine: "):
        async with DockerExecutor(rules).run(Task("true", image=IMAGE), unmasked):
            pass


async def test_the_engine_is_of_the_kind_that_docker_describes(engine: Engine) -> None:
    assert docker.utils.compare_version("1.40", engine.api.version()["ApiVersion"]) >= 0
