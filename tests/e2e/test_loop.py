"""The main path from end to end on every host: what is asked for, run, read, and said on the pull request."""

import sys
from pathlib import Path

import pytest

from providers.report import RERUN_ALL
from simulators.demo.repository import BRANCH, DemoRepository
from simulators.gitlab import Level
from simulators.gitlab.stage import GitlabStage
from simulators.stage import Pull
from tests.e2e.inside import Inside
from tests.e2e.suites import junit, suite
from tests.usecases.hosts import WHERE, on, once_on
from tests.waiting import until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def pull(bot: Inside) -> Pull:
    await bot.install()
    return await bot.open_pull_request()


@on()
async def test_a_real_suite_turns_green_in_the_same_comment(bot: Inside, tmp_path: Path) -> None:
    await bot.install()
    code = DemoRepository.create(tmp_path / "shop")
    sha = code.commit("broken", "Take vouchers")
    pull = await bot.open_pull_request(branch=BRANCH, sha=sha, files=code.changes())
    run = f"git clone -q -b {BRANCH} {code.path} . && '{sys.executable}' -m pytest -q -p no:cacheprovider"
    cycle = await bot.trigger(pull, run)
    assert (await bot.ended(cycle))["status"] == "FAILED"
    (red,), (verdict,) = bot.comments(pull), bot.verdicts(pull)
    assert "tests failed" in red.body and verdict.outcome == "failed"
    assert bool(verdict.lines) == (bot.stage.name in WHERE["annotations"])
    for path, line in verdict.lines:
        assert len((code.path / path).read_text().splitlines()) >= line
    page = await bot.page(cycle)
    assert verdict.url and verdict.url.rpartition("/")[2] in red.body
    assert "Evidence" in page and all(path in page for path, _ in verdict.lines)
    assert "short test summary info" in await bot.log(cycle)

    await bot.push(pull, files=code.changes(), sha=code.commit("fixed", "Mend it"))
    assert (await bot.ended(await bot.trigger(pull, run)))["status"] == "PASSED"
    (green,), (verdict,) = bot.comments(pull), bot.verdicts(pull)
    assert green.id == red.id and "tests passed" in green.body and verdict.outcome == "passed"
    assert green.settled == (bot.stage.name in WHERE["resolves"])


@once_on()
async def test_a_first_green_run_says_nothing_but_its_verdict(bot: Inside, pull: Pull) -> None:
    view = await bot.ended(await bot.trigger(pull, suite(0)))
    kind = "check" if bot.stage.name in WHERE["checks"] else "status"
    assert [publication["kind"] for publication in view["publications"]] == [kind]
    assert [verdict.outcome for verdict in bot.verdicts(pull)] == ["passed"]
    assert bot.comments(pull) == []


@once_on()
async def test_secrets_of_a_suite_are_seen_nowhere(bot: Inside, pull: Pull) -> None:
    secret = "hunter2-for-the-shop"
    leak = "echo token is $SHOP_TOKEN; echo x >&2"
    body = bot.request(pull, suite(1, before=leak, name=f"price with {secret}"))
    # What a command says by itself is no secret, so the report gets it from the environment as well.
    body["command"] = body["command"].replace("<<'REPORT'", "<<REPORT").replace(secret, "$SHOP_TOKEN")
    body["config"] = {"envVars": {"SHOP_TOKEN": secret}}
    cycle = (await bot.api("POST", "/api/ci/trigger", json=body)).json()["data"]["cycleId"]
    view = await bot.ended(cycle)
    execution = await bot.api("GET", f"/api/executions/{view['attempts'][0]['taskId']}")
    (verdict,), (comment,) = bot.verdicts(pull), bot.comments(pull)
    log = await bot.log(cycle)
    assert "token is " in log and "1 of 3 tests failed" in comment.body
    host = (bot.stage.integration or ("",))[0]
    credentials = [each for each in (secret, host, bot.key) if each]
    for place in (log, await bot.page(cycle), execution.text, comment.body, repr(verdict), repr(view)):
        assert not [each for each in credentials if each in place]


@on(WHERE["actions"])
async def test_a_button_runs_the_tests_again_in_a_new_check_run(bot: Inside, pull: Pull) -> None:
    cycle = await bot.trigger(pull, suite(1))
    await bot.ended(cycle)
    (first,) = bot.github.simulator.state.check_runs.values()
    assert RERUN_ALL.identifier in [action["identifier"] for action in first.actions]
    event = bot.github.simulator.events.check_run("requested_action", first, pull.native.user, RERUN_ALL.identifier)
    (delivery,) = await bot.deliver(bot.github.posts(event))
    assert (delivery.state, delivery.note) == ("handled", "shop: runs again")
    view = await bot.ended(cycle)
    assert [attempt["requestedBy"] for attempt in view["attempts"]] == ["apikey:ci", "github:ada"]
    first, second = bot.github.simulator.state.check_runs.values()
    assert (first.name, first.conclusion) == (second.name, second.conclusion)
    assert [run.external_id for run in (first, second)] == [attempt["taskId"] for attempt in view["attempts"]]
    assert len(bot.comments(pull)) == 1
    assert "Attempt 2" in await bot.page(cycle)


@once_on()
async def test_results_of_another_runner(bot: Inside, pull: Pull) -> None:
    where = f'"scm": "{bot.stage.name}", "repository": "{bot.stage.path}", "commitSha": "{pull.head_sha}"'
    answer = await bot.api(
        "POST",
        "/api/results",
        data={"projectId": bot.project, "context": f'{{"source": "jenkins", {where}}}', "suite": "nightly"},
        files=[("report", ("junit.xml", junit(2).encode())), ("log", ("build.log", b"[ERROR] 2 tests failed\n"))],
    )
    assert answer.status_code == 202, answer.text
    view = await bot.ended(answer.json()["data"]["cycleId"])
    assert view["status"] == "FAILED"
    (verdict,), (comment,) = bot.verdicts(pull), bot.comments(pull)
    assert (verdict.name, verdict.outcome) == ("Agnox / shop / nightly", "failed")
    assert "2 of 4 tests failed" in comment.body


@on(WHERE["actions"])
async def test_what_another_runner_ran_has_no_button(bot: Inside, pull: Pull) -> None:
    context = f'{{"source": "jenkins", "scm": "github", "repository": "{bot.stage.path}", "prNumber": {pull.number}}}'
    data = {"projectId": bot.project, "context": context}
    answer = await bot.api("POST", "/api/results", data=data, files=[("report", ("junit.xml", junit(2).encode()))])
    await bot.ended(answer.json()["data"]["cycleId"])
    (run,) = bot.github.simulator.state.check_runs.values()
    assert [action["identifier"] for action in run.actions] == ["quarantine"]
    assert len(run.annotations) == 2


@once_on()
async def test_a_pull_request_from_a_fork_is_found_by_its_head(bot: Inside) -> None:
    await bot.install()
    pull = await bot.open_pull_request(fork=True)
    view = await bot.ended(await bot.trigger(pull, suite(1), prNumber=None))
    assert len(bot.comments(pull)) == 1
    if bot.stage.name == "gitlab":
        # The pipeline is in the fork, which lets nobody else say anything in it.
        assert bot.verdicts(pull) == [] and "gitlab refuses us: GitLab answered 403" in view["problem"]
        return
    assert [verdict.outcome for verdict in bot.verdicts(pull)] == ["failed"]


@on()
async def test_an_old_head_never_speaks_over_a_newer_one(bot: Inside, pull: Pull, tmp_path: Path) -> None:
    gate, old = tmp_path / "gate", pull.head_sha
    late = await bot.trigger(pull, suite(2, before=f"until test -e {gate}; do sleep 0.1; done"))
    await until(lambda: bool(bot.verdicts(pull)))
    await bot.push(pull)
    newer = await bot.trigger(pull, suite(1))
    await until(lambda: any(verdict.finished for verdict in bot.verdicts(pull)))
    gate.touch()
    assert {(await bot.ended(cycle))["status"] for cycle in (late, newer)} == {"FAILED"}
    (comment,) = bot.comments(pull)
    assert "1 of 3 tests failed" in comment.body and "2 of 4" not in comment.body
    (verdict,) = bot.verdicts(pull)
    assert verdict.outcome == "failed" and "1 of 3 tests failed" in verdict.title
    (before,) = bot.verdicts(pull, old)
    # Where the newest word counts for all pushes, nothing more is said of the older one.
    assert before.outcome == ("pending" if bot.stage.name in WHERE["awaits"] else "failed")


@once_on()
async def test_a_cancelled_cycle_stops_its_suite(bot: Inside, pull: Pull, tmp_path: Path) -> None:
    started = tmp_path / "started"
    cycle = await bot.trigger(pull, f"echo $$ > {started}; exec sleep 1000")
    await until(lambda: started.exists() and started.read_text() != "")
    answer = await bot.api("POST", f"/api/cycles/{cycle}/cancel")
    assert answer.json()["data"]["status"] == "CANCELLED"
    await bot.ended(cycle)
    (verdict,) = bot.verdicts(pull)
    # Not all hosts have a word for it; then the title says it.
    assert verdict.outcome in ("cancelled", "failed") and "cancelled" in verdict.title.lower()
    assert not Path(f"/proc/{started.read_text().strip()}").exists()
    again = await bot.api("POST", f"/api/cycles/{cycle}/cancel")
    assert (again.status_code, again.json()["message"]) == (
        409,
        "the cycle is CANCELLED: there is nothing left to stop",
    )


@once_on()
async def test_a_delivery_that_comes_twice_is_handled_once(bot: Inside) -> None:
    await bot.install()
    pull = bot.stage.open_pull()
    (post,) = bot.stage.opened(pull)
    first = await bot.post(post)
    again = await bot.post(post)
    assert (first["duplicate"], again["duplicate"]) == (False, True)
    assert first["deliveryId"] == again["deliveryId"]
    assert (await bot.delivery(first["deliveryId"])).state == "handled"


AROUND = {"azure": "Webshop", "gitlab": "acme/tools"}
"""What a hook may hang on besides the repository: the project, the group."""


@once_on(AROUND)
async def test_what_two_hooks_tell_is_said_once(bot: Inside) -> None:
    if isinstance(bot.stage, GitlabStage):
        # A project's own token has no right to the group's hooks.
        bot.stage.token = bot.stage.simulator.add_access_token(bot.stage.project.namespace, Level.OWNER)
    await bot.install()
    wider = await bot.hook(AROUND[bot.stage.name])
    pull = bot.stage.open_pull()
    posts = bot.stage.opened(pull)
    assert len({post.path for post in posts}) == 2 and f"/{wider.hook_key}" in posts[-1].path
    assert {delivery.state for delivery in await bot.deliver(posts)} == {"handled"}
    await bot.ended(await bot.trigger(pull, suite(1)))
    await bot.push(pull)
    await bot.ended(await bot.trigger(pull, suite(0)))
    assert len(bot.comments(pull)) == len(bot.verdicts(pull)) == 1
    # The command is told by both hooks as well.
    bot.stage.allow("grace")
    said = bot.stage.comment(pull, "grace", "/agnox rerun all")
    notes = [delivery.note for delivery in await bot.deliver(bot.stage.commented(pull, said))]
    await bot.idle()
    assert len(notes) == 2 and len(set(notes)) == 2, notes
    cycles = (await bot.api("GET", "/api/cycles")).json()["data"]["cycles"]
    views = [(await bot.api("GET", f"/api/cycles/{cycle['cycleId']}")).json()["data"] for cycle in cycles]
    assert sorted(len(view["attempts"]) for view in views) == [1, 2]
