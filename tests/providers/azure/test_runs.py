"""Builds as runs: found by heads, run again by stages, stopped; what only Azure Pipelines does its own way."""

from datetime import UTC, datetime, timedelta

import pytest

from providers.azure.runs import get_run
from providers.errors import Forbidden, NotFound, ProviderError, Rejected
from providers.interface import Connection
from providers.runs import CiRun, RerunScope, RunCause, RunOutcome, RunState
from providers.values import Repository, Revision
from simulators.azure.models import Build
from simulators.faults import Fault
from simulators.stage import SimJob
from tests.providers.benches.azure import AzureBench

pytestmark = pytest.mark.anyio

RED, GREEN = SimJob("unit", "failed", "E   assert 0 == 7"), SimJob("lint", "passed", "fine")
URL = "https://agnox.example.com/webhooks/azure/key"
JSON = {"content-type": "application/json"}


def built(bench: AzureBench, *jobs: SimJob) -> Build:
    build = bench.simulator.add_build(bench.request)
    bench.simulator.start_build(build)
    bench.simulator.run_jobs(build, jobs or (RED, GREEN))
    return build


async def run_of(bench: AzureBench, build: Build) -> CiRun:
    return await bench.provider.get_run(bench.repository, str(build.id))


def head(bench: AzureBench) -> Revision:
    return Revision(bench.repository, bench.request.head, bench.request.id, "feature")


async def test_a_build_of_another_repository_is_not_there(azure: AzureBench) -> None:
    other = azure.simulator.add_repository(azure.project, "other")
    theirs = azure.simulator.add_build(other)
    with pytest.raises(NotFound, match="another repository"):
        await run_of(azure, theirs)
    run = await azure.provider.get_run(Repository(f"{azure.project.id}/{other.id}", "acme/other"), str(theirs.id))
    with pytest.raises(NotFound):
        await azure.provider.rerun(azure.repository, run, RerunScope.ALL)
    with pytest.raises(NotFound):
        await azure.provider.cancel_run(azure.repository, run)
    assert theirs.asked == []


async def test_a_path_will_do(azure: AzureBench) -> None:
    build = built(azure)
    found = await azure.provider.get_run(Repository("", azure.repository.path), str(build.id))
    assert found == await run_of(azure, build)


async def test_a_head_is_found_by_what_triggered_the_build(azure: AzureBench) -> None:
    old, before = built(azure), azure.request.head
    azure.push()
    new = built(azure)
    assert [run.id for run in await azure.provider.find_runs(head(azure))] == [str(new.id)]
    earlier = Revision(azure.repository, before, azure.request.id)
    assert [run.id for run in await azure.provider.find_runs(earlier)] == [str(old.id)]


async def test_a_build_that_was_queued_by_hand_is_found_by_its_merge(azure: AzureBench) -> None:
    build = built(azure)
    build.reason, build.pull = "manual", None
    [found] = await azure.provider.find_runs(head(azure))
    assert (found.id, found.cause, found.numbers) == (str(build.id), RunCause.PULL_REQUEST, (azure.request.id,))
    assert list(await azure.provider.find_runs(Revision(azure.repository, "0" * 40, azure.request.id))) == []


async def test_a_build_of_the_branch_counts_too(azure: AzureBench) -> None:
    build = azure.simulator.add_build(azure.place)
    build.source_branch, build.source_version = "refs/heads/feature", azure.request.head
    assert [run.id for run in await azure.provider.find_runs(head(azure))] == [str(build.id)]
    fork = Revision(azure.repository, azure.request.head, azure.request.id, "feature", from_fork=True)
    assert list(await azure.provider.find_runs(fork)) == []
    nameless = Revision(azure.repository, azure.request.head)
    assert [run.id for run in await azure.provider.find_runs(nameless)] == [str(build.id)]


async def test_a_build_that_runs_again_is_later_than_it_ended(azure: AzureBench) -> None:
    build = built(azure)
    ended = await run_of(azure, build)
    azure.moment.seconds += 60
    await azure.provider.rerun(azure.repository, ended, RerunScope.FAILED)
    again = await run_of(azure, build)
    assert again.state is RunState.RUNNING
    assert again.updated_at is not None and ended.updated_at is not None
    assert again.updated_at > ended.updated_at


async def test_all_of_a_build_is_queued_as_another_one(azure: AzureBench) -> None:
    build = built(azure)
    await azure.provider.rerun(azure.repository, await run_of(azure, build), RerunScope.ALL)
    assert build.successor is not None
    assert build.successor.source_branch == f"refs/pull/{azure.request.id}/merge"
    pushed = azure.simulator.add_build(azure.place)
    azure.simulator.run_jobs(pushed, [RED])
    azure.commit({"later": b"commit"})
    await azure.provider.rerun(azure.repository, await run_of(azure, pushed), RerunScope.ALL)
    assert pushed.successor is not None
    assert pushed.successor.source_version == pushed.source_version


async def test_a_job_is_run_again_by_its_stage(azure: AzureBench) -> None:
    build = built(azure)
    run, jobs = await run_of(azure, build), {job.name: job.id for job in build.jobs}
    with pytest.raises(Rejected, match="no such job"):
        await azure.provider.rerun(azure.repository, run, RerunScope.FAILED, [jobs["unit"], "nothing"])
    assert build.asked == []
    await azure.provider.rerun(azure.repository, run, RerunScope.FAILED, [jobs["lint"]])
    assert build.asked == ["lint"]


async def test_what_the_host_will_not_run_again_is_told(azure: AzureBench) -> None:
    build = built(azure, GREEN)
    with pytest.raises(Rejected, match="Only a build that failed"):
        await azure.provider.rerun(azure.repository, await run_of(azure, build), RerunScope.FAILED)


async def test_a_build_that_ends_while_it_is_stopped(azure: AzureBench) -> None:
    build = azure.simulator.add_build(azure.request)
    azure.simulator.start_build(build)
    run = await run_of(azure, build)
    azure.fault(Fault(method="PATCH", path="/builds/", status=400, headers=JSON, body=b'{"message":"no"}'))
    with pytest.raises(Rejected, match="no"):
        await azure.provider.cancel_run(azure.repository, run)
    await azure.provider.cancel_run(azure.repository, run)
    assert build.cancelled
    assert (await run_of(azure, build)).outcome is RunOutcome.CANCELLED


async def test_a_token_that_may_only_read_builds(azure: AzureBench) -> None:
    build = built(azure)
    token = azure.simulator.token_for(azure.bot, scopes=["vso.code", "vso.build"])
    reader = azure.host.connect(Connection(credential=token, base_url=azure.url))
    run = await reader.get_run(azure.repository, str(build.id))
    with pytest.raises(ProviderError) as told:
        await reader.rerun(azure.repository, run, RerunScope.FAILED)
    assert isinstance(told.value, Forbidden)
    assert build.asked == []


@pytest.mark.parametrize("version", ["7.0", "6.0", "5.0"])
async def test_older_servers(version: str) -> None:
    bench = AzureBench(server=True, fields={"latest_version": version})
    build = built(bench)
    [found] = await bench.provider.find_runs(head(bench))
    assert found == await get_run(bench.provider._client, bench.repository, str(build.id))  # type: ignore[attr-defined]
    await bench.provider.rerun(bench.repository, found, RerunScope.FAILED)
    assert build.asked == ["failed"]
    assert bench.problems() == []


@pytest.mark.parametrize("status", ["onProbation", "disabledBySystem", "disabledByInactiveIdentity"])
async def test_a_hook_that_the_host_switched_off_is_on_again(azure: AzureBench, status: str) -> None:
    await azure.provider.ensure_hooks("acme", URL, "s3cret")
    push = next(each for each in azure.simulator.hooks.subscriptions.values() if each.event_type == "git.push")
    push.status = status  # type: ignore[assignment]
    told = await azure.provider.resend_missed("acme", URL, datetime.now(UTC))
    assert (told.count, push.status) == (0, "enabled")
    assert "git.push was switched off by the host" in told.problem
    assert push.consumer_inputs["basicAuthPassword"] == "s3cret"
    assert (await azure.provider.resend_missed("acme", URL, datetime.now(UTC))).problem == ""


async def test_a_hook_that_a_person_switched_off_stays_off(azure: AzureBench) -> None:
    await azure.provider.ensure_hooks("acme", URL, "s3cret")
    push = next(each for each in azure.simulator.hooks.subscriptions.values() if each.event_type == "git.push")
    push.status = "disabledByUser"
    told = await azure.provider.resend_missed("acme", URL, datetime.now(UTC))
    assert push.status == "disabledByUser"
    assert "git.push is switched off" in told.problem


async def test_what_failed_since_then_is_counted(azure: AzureBench) -> None:
    await azure.provider.ensure_hooks("acme", URL, "s3cret")
    event = azure.simulator.events.pull_request_created(azure.request)
    [subscription] = [each for each in azure.simulator.hooks.subscriptions.values() if each.wants(event)]
    for _ in range(2):
        azure.simulator.hooks.prepare(event, subscription)
        azure.moment.seconds += 3600
    for each in azure.simulator.hooks.notifications:
        each.result = "failed"
    now = datetime.fromtimestamp(azure.moment.seconds, UTC)
    assert "2 deliveries failed" in (await azure.provider.resend_missed("acme", URL, now - timedelta(days=1))).problem
    assert "1 delivery failed" in (await azure.provider.resend_missed("acme", URL, now - timedelta(hours=1))).problem
    assert (await azure.provider.resend_missed("acme", URL, now)).problem == ""
