"""Pull requests, their files and commits."""

import pytest

from providers.errors import NotFound
from providers.values import Repository
from simulators.faults import Fault
from tests.providers.benches.azure import AzureBench
from tests.providers.weather import JSON, PULL

pytestmark = pytest.mark.anyio


async def test_names_with_spaces_and_signs_of_addresses() -> None:
    bench = AzureBench(project="My Shop & Co %2F")
    pull = await bench.provider.get_pull_request(Repository("", "My Shop & Co %2F/shop"), 1)
    assert pull.url == f"{bench.url}/My%20Shop%20%26%20Co%20%252F/_git/shop/pullrequest/1"
    assert bench.problems() == []


async def test_a_pull_request_whose_merge_is_worked_on_has_a_head(azure: AzureBench) -> None:
    body = (
        f'{{"repository": {{"id": "{azure.place.id}", "name": "shop", "project": {{"id": "{azure.project.id}",'
        ' "name": "acme"}}, "pullRequestId": 1, "status": "active", "mergeStatus": "queued"}'
    )
    azure.fault(Fault(path=PULL, status=200, headers=JSON, body=body.encode()))
    found = await azure.provider.get_pull_request(azure.repository, 1)
    assert found.head_sha == azure.request.head


async def test_files_of_a_pull_request_come_page_by_page(azure: AzureBench) -> None:
    azure.simulator.push(azure.request, {f"many/{index:04}.txt": "x\n" for index in range(2100)})
    files = await azure.provider.changed_files(azure.repository, 1)
    assert len(files) == len({file.path for file in files}) == 2102
    by_path = {file.path: file for file in files}
    assert by_path["many/0007.txt"].status == "added"
    assert (by_path["docs/a b.md"].status, by_path["docs/a b.md"].previous_path) == ("renamed", "docs/ab.md")
    assert (by_path["src/pay.py"].status, by_path["src/pay.py"].patch) == ("modified", "")


async def test_several_kinds_of_change_at_once_and_folders(azure: AzureBench) -> None:
    entries = (
        '{"changeEntries": [{"changeTrackingId": 1, "item": {"path": "/b.py"}, "originalPath": "/a.py",'
        ' "changeType": "edit, rename"}, {"item": {"path": "/dir", "isFolder": true}, "changeType": "add"},'
        ' {"originalPath": "/gone.py", "changeType": "delete"}, null]}'
    )
    azure.fault(Fault(path="/changes$", status=200, headers=JSON, body=entries.encode()))
    files = await azure.provider.changed_files(azure.repository, 1)
    assert [(file.path, file.status, file.previous_path) for file in files] == [
        ("b.py", "renamed", "a.py"),
        ("gone.py", "removed", ""),
    ]


async def test_pull_requests_are_found_among_many(azure: AzureBench) -> None:
    for index in range(150):
        azure.simulator.add_pull_request(azure.place, source=f"topic-{index}")
    azure.calls()
    [found] = await azure.provider.find_pull_requests(azure.repository, azure.request.head)
    assert (found.number, azure.calls()) == (1, (2, 0))
    for branch in ("feature", "refs/heads/feature"):
        [found] = await azure.provider.find_pull_requests(azure.repository, azure.request.head, branch)
        assert (found.number, azure.calls()) == (1, (1, 0))
    azure.simulator.abandon(azure.request)
    assert not await azure.provider.find_pull_requests(azure.repository, azure.request.head)


async def test_the_second_parent_of_a_merge_commit_is_the_head(azure: AzureBench) -> None:
    found = await azure.provider.get_commit(azure.repository, azure.request.merge_sha)
    assert found.parents[1] == azure.request.head


@pytest.mark.parametrize("sha", ["", "main", "..", "a/b", "z" * 40])
async def test_what_is_no_commit_is_not_asked_for(azure: AzureBench, sha: str) -> None:
    with pytest.raises(NotFound):
        await azure.provider.get_commit(azure.repository, sha)
    assert azure.calls() == (0, 0)


@pytest.mark.parametrize("branch", ["fix/a&b=c", "fix/#7", "50%25", "a+b"])
async def test_pull_requests_are_found_by_branches_of_any_name(azure: AzureBench, branch: str) -> None:
    pull = azure.simulator.add_pull_request(azure.place, source=branch)
    [found] = await azure.provider.find_pull_requests(azure.repository, pull.head, branch)
    assert (found.number, found.head_ref) == (pull.id, branch)
