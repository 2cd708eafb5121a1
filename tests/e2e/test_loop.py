"""The main path from end to end on either database: what is asked for, run, read, and said on the pull request."""

import sys
from pathlib import Path

import pytest

from providers.report import RERUN_ALL
from simulators.demo.repository import BRANCH, DemoRepository
from simulators.github import models
from tests.e2e.inside import PATH, Inside
from tests.e2e.suites import junit, suite
from tests.waiting import until

pytestmark = pytest.mark.anyio
one_database = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
async def pull(bot: Inside) -> models.PullRequest:
    await bot.install()
    return await bot.open_pull_request()


async def test_a_real_suite_turns_green_in_the_same_comment(bot: Inside, tmp_path: Path) -> None:
    await bot.install()
    code = DemoRepository.create(tmp_path / "shop")
    sha = code.commit("broken", "Take vouchers")
    pull = await bot.open_pull_request(head=BRANCH, sha=sha, files=code.changes())
    run = f"git clone -q -b {BRANCH} {code.path} . && '{sys.executable}' -m pytest -q -p no:cacheprovider"
    cycle = await bot.trigger(pull, run)
    assert (await bot.ended(cycle))["status"] == "FAILED"
    (red,), (check,) = bot.comments(pull), bot.checks(pull)
    assert "tests failed" in red.body and check.conclusion == "failure"
    assert check.annotations
    for note in check.annotations:
        assert len((code.path / note["path"]).read_text().splitlines()) >= note["start_line"]
    page = await bot.page(cycle)
    assert check.details_url and check.details_url.rpartition("/")[2] in red.body
    assert "Evidence" in page and check.annotations[0]["path"] in page
    assert "short test summary info" in await bot.log(cycle)

    bot.simulator.push(pull, code.changes(), sha=code.commit("fixed", "Mend it"))
    await bot.deliver(bot.simulator.events.pull_request("synchronize", pull))
    assert (await bot.ended(await bot.trigger(pull, run)))["status"] == "PASSED"
    (green,), (check,) = bot.comments(pull), bot.checks(pull)
    assert green.id == red.id and "tests passed" in green.body and check.conclusion == "success"


@one_database
async def test_a_first_green_run_says_nothing_but_its_check(bot: Inside, pull: models.PullRequest) -> None:
    view = await bot.ended(await bot.trigger(pull, suite(0)))
    assert [publication["kind"] for publication in view["publications"]] == ["check"]
    assert [check.conclusion for check in bot.checks(pull)] == ["success"]
    assert bot.comments(pull) == []


@one_database
async def test_secrets_of_a_suite_are_seen_nowhere(bot: Inside, pull: models.PullRequest) -> None:
    secret = "hunter2-for-the-shop"
    leak = "echo token is $SHOP_TOKEN; echo x >&2"
    body = bot.request(pull, suite(1, before=leak, name=f"price with {secret}"))
    # What a command says by itself is no secret, so the report gets it from the environment as well.
    body["command"] = body["command"].replace("<<'REPORT'", "<<REPORT").replace(secret, "$SHOP_TOKEN")
    body["config"] = {"envVars": {"SHOP_TOKEN": secret}}
    cycle = (await bot.api("POST", "/api/ci/trigger", json=body)).json()["data"]["cycleId"]
    view = await bot.ended(cycle)
    execution = await bot.api("GET", f"/api/executions/{view['attempts'][0]['taskId']}")
    (check,), (comment,) = bot.checks(pull), bot.comments(pull)
    log = await bot.log(cycle)
    assert "token is " in log and "1 of 3 tests failed" in comment.body
    for place in (log, await bot.page(cycle), execution.text, comment.body, f"{check.summary}{check.text}"):
        assert secret not in place
    assert secret not in str(check.annotations)


async def test_a_button_runs_the_tests_again_in_a_new_check_run(bot: Inside, pull: models.PullRequest) -> None:
    cycle = await bot.trigger(pull, suite(1))
    await bot.ended(cycle)
    (first,) = bot.checks(pull)
    assert RERUN_ALL.identifier in [action["identifier"] for action in first.actions]
    event = bot.simulator.events.check_run("requested_action", first, pull.user, RERUN_ALL.identifier)
    delivery = await bot.deliver(event)
    assert (delivery.state, delivery.note) == ("handled", f"execution 2 of cycle {cycle} added")
    view = await bot.ended(cycle)
    assert [attempt["requestedBy"] for attempt in view["attempts"]] == ["apikey:ci", f"github:{pull.user.login}"]
    first, second = bot.checks(pull)
    assert (first.name, first.conclusion) == (second.name, second.conclusion)
    assert [run.external_id for run in (first, second)] == [attempt["taskId"] for attempt in view["attempts"]]
    assert len(bot.comments(pull)) == 1
    assert "Attempt 2" in await bot.page(cycle)


@one_database
async def test_results_of_another_runner(bot: Inside, pull: models.PullRequest) -> None:
    context = f'{{"source": "jenkins", "scm": "github", "repository": "{PATH}", "commitSha": "{pull.head.sha}"}}'
    answer = await bot.api(
        "POST",
        "/api/results",
        data={"projectId": bot.project, "context": context, "suite": "nightly"},
        files=[("report", ("junit.xml", junit(2).encode())), ("log", ("build.log", b"[ERROR] 2 tests failed\n"))],
    )
    assert answer.status_code == 202, answer.text
    view = await bot.ended(answer.json()["data"]["cycleId"])
    assert view["status"] == "FAILED"
    (check,), (comment,) = bot.checks(pull), bot.comments(pull)
    assert (check.name, check.conclusion, len(check.annotations)) == ("Agnox / shop / nightly", "failure", 2)
    # We can't run what we did not run.
    assert check.actions == [] and "2 of 4 tests failed" in comment.body


@one_database
async def test_a_pull_request_from_a_fork_is_found_by_its_head(bot: Inside) -> None:
    await bot.install()
    repository = bot.simulator.state.repository(PATH)
    assert repository
    pull = await bot.open_pull_request(fork=bot.simulator.fork(repository, "mallory"))
    await bot.ended(await bot.trigger(pull, suite(1), prNumber=None))
    assert [check.conclusion for check in bot.checks(pull)] == ["failure"]
    assert len(bot.comments(pull)) == 1


async def test_an_old_head_never_speaks_over_a_newer_one(bot: Inside, pull: models.PullRequest, tmp_path: Path) -> None:
    gate, old = tmp_path / "gate", pull.head.sha
    late = await bot.trigger(pull, suite(2, before=f"until test -e {gate}; do sleep 0.1; done"))
    bot.simulator.push(pull)
    await bot.deliver(bot.simulator.events.pull_request("synchronize", pull))
    newer = await bot.trigger(pull, suite(1))
    await until(lambda: any(check.status == "completed" for check in bot.checks(pull)))
    gate.touch()
    assert {(await bot.ended(cycle))["status"] for cycle in (late, newer)} == {"FAILED"}
    (comment,) = bot.comments(pull)
    assert "1 of 3 tests failed" in comment.body and "2 of 4" not in comment.body
    for sha, failing in ((old, 2), (pull.head.sha, 1)):
        (check,) = bot.checks(pull, sha)
        assert (check.status, check.conclusion, len(check.annotations)) == ("completed", "failure", failing)


@one_database
async def test_a_cancelled_cycle_stops_its_suite(bot: Inside, pull: models.PullRequest, tmp_path: Path) -> None:
    started = tmp_path / "started"
    cycle = await bot.trigger(pull, f"echo $$ > {started}; exec sleep 1000")
    await until(lambda: started.exists() and started.read_text() != "")
    answer = await bot.api("POST", f"/api/cycles/{cycle}/cancel")
    assert answer.json()["data"]["status"] == "CANCELLED"
    await bot.ended(cycle)
    assert [check.conclusion for check in bot.checks(pull)] == ["cancelled"]
    assert not Path(f"/proc/{started.read_text().strip()}").exists()
    again = await bot.api("POST", f"/api/cycles/{cycle}/cancel")
    assert (again.status_code, again.json()["message"]) == (
        409,
        "the cycle is CANCELLED: there is nothing left to stop",
    )
