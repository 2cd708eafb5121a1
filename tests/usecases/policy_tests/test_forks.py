"""What comes from a fork runs when a maintainer says so, by the base branch's command, for one head."""

import gzip
import json
from dataclasses import replace

import pytest

from bot.domain.cycle import CycleState
from bot.store.cycles import artifacts_of
from simulators.faults import Fault
from tests.e2e.suites import suite
from tests.usecases.hosts import on, once_on
from tests.usecases.policy_tests.conftest import FILE, Ruled
from tests.usecases.runs.bench import Ci, job

pytestmark = pytest.mark.anyio
HOSTS = ("github", "gitlab")
OWN = "tests: {command: touch /tmp/agnox-was-here}"


async def allow(ruled: Ruled, head: str = "") -> None:
    """The database's own word for it: whose word counts is told by the tests on commands."""
    row = await ruled.row()
    async with ruled.desk.database.write() as session:
        pull = await session.get_one(type(row), row.id)
        pull.allowed_sha, pull.allowed_by = head or pull.head_sha, "grace"


@on({"github", "gitea", "azure"})
async def test_nothing_runs_before_the_word_and_that_is_said_once(ruled: Ruled) -> None:
    ruled.tests()
    pull = await ruled.opened(fork=True)
    for _ in range(2):
        await ruled.look(pull)
    assert await ruled.cycles() == []
    (verdict,) = ruled.desk.stage.verdicts(pull)
    assert (verdict.name, verdict.outcome) == (f"Agnox / {ruled.desk.stage.path} / tests", "pending")
    assert "fork" in verdict.text
    assert ruled.desk.stage.comments(pull) == []
    await allow(ruled)
    await ruled.look(pull)
    await ruled.desk.drain()
    assert [cycle.state for cycle in await ruled.cycles()] == [CycleState.FAILED]
    assert ruled.desk.standing(pull) == {verdict.name: "failed"}


@once_on({"azure", "github"})
async def test_a_fork_that_the_delivery_does_not_tell_of_waits_too(ruled: Ruled) -> None:
    ruled.tests()
    pull = ruled.desk.stage.open_pull(fork=True)
    for post in ruled.desk.stage.opened(pull):
        await ruled.desk.tell([replace(post, body=as_if_from_here(post.body))])
    assert not (await ruled.row()).from_fork
    await ruled.desk.drain()
    await ruled.look(pull)
    assert await ruled.cycles() == []
    (verdict,) = ruled.desk.stage.verdicts(pull)
    assert (verdict.outcome, "fork" in verdict.text) == ("pending", True)


def as_if_from_here(body: bytes) -> bytes:
    told = json.loads(body)
    told.get("resource", {}).pop("forkSource", None)
    if pull := told.get("pull_request"):
        pull["head"]["repo"] = pull["base"]["repo"]
    return json.dumps(told).encode()


@once_on({"github"})
async def test_nothing_runs_where_the_host_does_not_say_whose_it_is(ruled: Ruled) -> None:
    ruled.tests()
    ruled.desk.stage.faults.add(Fault(path=r"/pulls/[0-9]+$", status=403, times=None))
    await ruled.opened()
    assert await ruled.cycles() == []


@once_on({"github"})
async def test_the_verdict_takes_the_place_of_the_question(ruled: Ruled) -> None:
    ruled.tests(failing=0)
    pull = await ruled.opened(fork=True)
    (asked,) = ruled.desk.stage.verdicts(pull)
    await allow(ruled)
    await ruled.look(pull)
    await ruled.desk.drain()
    (verdict,) = ruled.desk.stage.verdicts(pull)
    assert (verdict.id, verdict.outcome) == (asked.id, "passed")


@once_on(HOSTS)
async def test_the_report_on_other_runs_says_it_once_too(ruled: Ruled) -> None:
    ruled.tests()
    pull = await ruled.opened(fork=True)
    await Ci(ruled.desk).run(pull, job(1))
    (comment,) = ruled.desk.stage.comments(pull)
    assert comment.body.count("a maintainer can let this head run") == 1
    await allow(ruled)
    await ruled.look(pull)
    await ruled.desk.drain()
    (comment,) = ruled.desk.stage.comments(pull)
    assert "a maintainer can let" not in comment.body


@once_on(HOSTS)
async def test_the_word_is_for_one_head(ruled: Ruled) -> None:
    ruled.tests()
    pull = await ruled.opened(fork=True)
    first = pull.head_sha
    await allow(ruled)
    await ruled.look(pull)
    await ruled.desk.drain()
    await ruled.pushed(pull)
    assert [cycle.head_sha for cycle in await ruled.cycles()] == [first]
    await allow(ruled, first)
    await ruled.look(pull)
    await ruled.desk.drain()
    assert len(await ruled.executions()) == 1


@once_on({"github"})
async def test_a_maintainers_command_starts_them_and_a_writers_does_not(ruled: Ruled) -> None:
    ruled.tests()
    desk = ruled.desk
    pull = await ruled.opened(fork=True)
    row = await ruled.row()
    async with desk.database.write() as session:
        (await session.get_one(type(row), row.id)).head_at = None
    for role, count in (("write", 0), ("maintain", 1)):
        desk.simulator.set_role(desk.repository, role, role)
        await desk.tell(desk.stage.commented(pull, desk.stage.comment(pull, role, "/agnox allow")))
        await desk.drain()
        assert len(await ruled.cycles()) == count
    (cycle,) = await ruled.cycles()
    assert (cycle.head_sha, cycle.state) == (pull.head_sha, CycleState.FAILED)


@pytest.mark.parametrize("fork", [True, False])
@once_on(HOSTS)
async def test_a_heads_own_policy_never_counts(ruled: Ruled, fork: bool) -> None:
    pull = await ruled.opened(fork=fork, files={FILE: OWN})
    await allow(ruled)
    await ruled.look(pull)
    await ruled.desk.drain()
    assert await ruled.cycles() == []
    ruled.tests(command=suite(0))
    await ruled.look(pull)
    (command,) = ruled.commands(await ruled.cycles())
    assert "agnox-was-here" not in command and "AGNOX_RESULTS_DIR" in command


@once_on({"github"})
async def test_the_command_is_told_which_commit_and_gets_no_token(ruled: Ruled) -> None:
    wanted = "AGNOX_COMMIT_SHA AGNOX_REPOSITORY AGNOX_PULL_REQUEST AGNOX_BRANCH"
    ruled.tests(command=f'for name in {wanted}; do eval "echo $name=\\$$name"; done; env | grep -ic token; exit 1')
    pull = await ruled.opened()
    (execution,) = await ruled.executions()
    async with ruled.desk.database.read() as session:
        (log,) = await artifacts_of(session, execution.id)
    lines = gzip.decompress(log.content).decode().splitlines()
    assert f"AGNOX_COMMIT_SHA={pull.head_sha}" in lines
    assert f"AGNOX_REPOSITORY={ruled.desk.stage.path}" in lines
    assert f"AGNOX_PULL_REQUEST={pull.number}" in lines
    assert lines[-1] == "0"
