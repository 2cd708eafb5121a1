"""Which push a verdict belongs to."""

import pytest

from providers.errors import Rejected, Unavailable
from providers.report import Check, Verdict
from providers.values import Revision, Slot
from simulators.faults import Fault
from tests.providers.benches.azure import AzureBench
from tests.providers.samples import report, suite

pytestmark = pytest.mark.anyio


def check(bench: AzureBench, verdict: Verdict = Verdict.FAILED, **fields: object) -> Check:
    each = report(suite(verdict, **fields))  # type: ignore[arg-type]
    return bench.provider.render_check(each.suites[0], each)


def revision(bench: AzureBench, sha: str = "") -> Revision:
    return Revision(bench.repository, sha or bench.pull.head_sha, 1)


async def test_a_verdict_goes_to_the_push_of_its_head(azure: AzureBench) -> None:
    newest = azure.push()
    await azure.provider.put_status(revision(azure), check(azure), Slot())
    await azure.provider.put_status(revision(azure, newest), check(azure, Verdict.PENDING), Slot())
    seen = [(status.iteration_id, status.state, status.genre, status.name) for status in azure.request.statuses]
    assert seen == [(1, "failed", "agnox", "Agnox"), (2, "pending", "agnox", "Agnox")]


async def test_the_push_is_looked_for_once(azure: AzureBench) -> None:
    written = await azure.provider.put_status(revision(azure), check(azure), Slot())
    assert azure.calls() == (1, 1)
    stranger = azure.new_host().connect(azure.connection)
    await stranger.put_status(revision(azure), check(azure), Slot(written.id, written.state))
    assert azure.calls() == (0, 1)
    newest = azure.push()
    await stranger.put_status(revision(azure, newest), check(azure), Slot(written.id, written.state))
    assert azure.calls() == (1, 1)
    assert [status.iteration_id for status in azure.request.statuses] == [1, 1, 2]


async def test_of_two_pushes_with_one_head_the_newer_counts(azure: AzureBench) -> None:
    first = azure.request.head
    azure.push()
    azure.simulator.push(azure.request, sha=first, force=True)
    await azure.provider.put_status(revision(azure, first), check(azure), Slot())
    assert [status.iteration_id for status in azure.request.statuses] == [3]


async def test_a_head_that_comes_back_gets_the_verdict_of_its_new_push(azure: AzureBench) -> None:
    first = azure.request.head
    await azure.provider.put_status(revision(azure, first), check(azure), Slot())
    azure.push()
    azure.simulator.push(azure.request, sha=first, force=True)
    await azure.provider.put_status(revision(azure, first), check(azure), Slot())
    assert [status.iteration_id for status in azure.request.statuses] == [1, 3]


async def test_a_merge_commit_was_never_a_head(azure: AzureBench) -> None:
    with pytest.raises(Rejected, match="was never the head of pull request 1"):
        await azure.provider.put_status(revision(azure, azure.request.merge_sha), check(azure), Slot())
    assert azure.request.statuses == []


async def test_a_push_that_is_not_worked_up_yet_is_worth_another_try(azure: AzureBench) -> None:
    nothing = b'{"count":0,"value":[]}'
    json = {"content-type": "application/json"}
    azure.fault(Fault(method="GET", path="/iterations$", status=200, headers=json, body=nothing))
    with pytest.raises(Unavailable, match="not worked up"):
        await azure.provider.put_status(revision(azure), check(azure), Slot())
    await azure.provider.put_status(revision(azure), check(azure), Slot())


async def test_a_policy_that_resets_gets_what_it_asks_for(azure: AzureBench) -> None:
    azure.simulator.add_status_policy(azure.place, "Agnox", genre="agnox", reset=True)
    await azure.provider.put_status(revision(azure), check(azure, Verdict.PASSED), Slot())
    assert [status.state for status in azure.statuses()] == ["succeeded"]


async def test_a_commit_without_pull_request_gets_a_status_of_its_own(azure: AzureBench) -> None:
    sha = azure.place.refs["refs/heads/main"]
    await azure.provider.put_status(Revision(azure.repository, sha, branch="main"), check(azure), Slot())
    [status] = azure.simulator.state.commit_statuses[azure.place.id, sha]
    assert (status.genre, status.name, status.state) == ("agnox", "Agnox", "failed")
    assert azure.calls() == (0, 1)


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        (Verdict.PENDING, "pending"),
        (Verdict.RUNNING, "pending"),
        (Verdict.PASSED, "succeeded"),
        (Verdict.FAILED, "failed"),
        (Verdict.UNSTABLE, "succeeded"),
        (Verdict.ERROR, "error"),
        (Verdict.CANCELLED, "error"),
    ],
)
async def test_states(azure: AzureBench, verdict: Verdict, state: str) -> None:
    await azure.provider.put_status(revision(azure), check(azure, verdict), Slot())
    assert [status.state for status in azure.request.statuses] == [state]


@pytest.mark.parametrize("url", ["", "/cycles/7", "javascript:alert(1)", "https://agnox.example/" + "x" * 3000])
async def test_addresses_that_the_host_would_refuse_are_left_out(azure: AzureBench, url: str) -> None:
    await azure.provider.put_status(revision(azure), check(azure, details_url=url), Slot())
    assert [status.target_url for status in azure.request.statuses] == [None]


async def test_the_address_of_the_report_is_linked(azure: AzureBench) -> None:
    written = await azure.provider.put_status(revision(azure), check(azure), Slot())
    assert (
        [status.target_url for status in azure.request.statuses] == [written.url] == ["https://agnox.example/cycles/7"]
    )


async def test_a_long_title_is_cut(azure: AzureBench) -> None:
    long = check(azure, Verdict.ERROR, problem="no space left " * 100)
    await azure.provider.put_status(revision(azure), long, Slot())
    assert len(azure.request.statuses[0].description or "") <= 255
