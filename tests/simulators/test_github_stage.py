"""What only the stage of GitHub has: buttons, checks of other apps, the merge queue; heard by the real provider."""

from collections.abc import Sequence

import pytest

from providers.events import Event, MergeGroupRequested, Pushed, RerunRequested, RunChanged
from providers.github import GithubHost
from providers.runs import RunCause, RunOutcome
from simulators.diff import FileDiff
from simulators.github.stage import GithubStage
from simulators.stage import Post, SimJob
from tests.stages import a_stage


@pytest.fixture
def stage() -> GithubStage:
    made = a_stage("github")
    assert isinstance(made, GithubStage)
    made.installed()
    return made


def heard(stage: GithubStage, posts: Sequence[Post]) -> list[Event]:
    hooks = GithubHost({"app_id": str(stage.simulator.github_app.id)}).webhooks
    found: list[Event] = []
    for post in posts:
        headers = {name.lower(): value for name, value in post.headers.items()}
        found += hooks.parse(hooks.identify(headers, post.body).event, headers, post.body)
    return found


def test_buttons_of_our_verdicts(stage: GithubStage) -> None:
    pull = stage.open_pull()
    ours = stage.simulator.github_app
    stage.simulator.add_check_run(stage.repository, pull.head_sha, "Agnox", ours, external_id="cycle 7")
    (verdict,) = stage.verdicts(pull)
    pressed = [
        *heard(stage, stage.pressed(verdict, "ada", "rerun_failed")),
        *heard(stage, stage.pressed(verdict, "ada")),
        *heard(stage, stage.pressed_all(pull, "ada")),
    ]
    assert all(isinstance(each, RerunRequested) and each.head_sha == pull.head_sha for each in pressed)
    told = [(each.key, each.action, each.sender.login) for each in pressed if isinstance(each, RerunRequested)]
    assert told == [("cycle 7", "rerun_failed", "ada"), ("cycle 7", "", "ada"), ("", "", "ada")]


def test_checks_of_other_apps_are_no_verdicts_of_ours(stage: GithubStage) -> None:
    pull = stage.open_pull()
    check = stage.other_check(pull, "circle", "build", "failure", title="2 failed", summary="words")
    assert stage.verdicts(pull) == []
    (event,) = heard(stage, stage.other_posts(check))
    assert isinstance(event, RunChanged)
    assert (event.run.name, event.run.outcome, event.run.sha) == ("Circle", RunOutcome.FAILED, pull.head_sha)
    assert stage.other_check(pull, "circle", "lint", "success").suite is check.suite


def test_jobs_of_actions_are_no_verdicts_of_ours(stage: GithubStage) -> None:
    pull = stage.open_pull()
    run = stage.begin_run("CI", pull)
    stage.end_run(run, SimJob("unit", "failed"))
    assert stage.verdicts(pull) == []


def test_the_merge_queue(stage: GithubStage) -> None:
    pull = stage.open_pull()
    sha, posts = stage.merge_group(pull)
    (event,) = heard(stage, posts)
    assert isinstance(event, MergeGroupRequested)
    assert (event.sha, event.base_ref, event.numbers) == (sha, "main", (pull.number,))
    (changed,) = heard(stage, stage.run_posts(stage.begin_run("CI", sha=sha)))
    assert isinstance(changed, RunChanged)
    assert (changed.run.cause, changed.run.sha) == (RunCause.MERGE_QUEUE, sha)


def test_a_push_to_the_default_branch(stage: GithubStage) -> None:
    (event,) = heard(stage, stage.pushed_default([FileDiff("shop/new.py", "@@ -0,0 +1 @@\n+x")]))
    assert isinstance(event, Pushed)
    assert (event.branch, event.default, event.files) == ("main", True, ("shop/new.py",))
    (changed,) = heard(stage, stage.run_posts(stage.begin_run("CI", sha=event.sha)))
    assert isinstance(changed, RunChanged)
    assert (changed.run.cause, changed.run.default_branch, changed.run.sha) == (RunCause.PUSH, True, event.sha)


def test_what_was_missed_is_sent_again_once(stage: GithubStage) -> None:
    posts = stage.opened(stage.open_pull())
    deliveries = stage.simulator.deliveries
    (lost,) = [d for d in stage.simulator.state.deliveries.values() if d.body == posts[0].body]
    assert lost.status_code == 202
    stage.missed(posts)
    assert lost.status_code == 503
    deliveries.redeliver_soon(lost)
    (again,) = stage.resent()
    assert (again.body, again.headers["X-GitHub-Delivery"]) == (posts[0].body, lost.guid)
    assert stage.resent() == []
