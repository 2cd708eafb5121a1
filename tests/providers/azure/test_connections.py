"""Connections under weather: sign-in pages, limits, strange answers, service principals, two organizations at once."""

import asyncio
from datetime import UTC, datetime
from typing import Literal

import httpx2
import pytest

from providers.azure import AzureDevOpsHost
from providers.credentials import ServicePrincipal
from providers.errors import Forbidden, NotFound, RateLimited, Rejected, Unauthenticated, Unavailable
from providers.interface import Connection
from providers.values import Repository, Slot
from simulators.azure import TENANT, RateLimit
from simulators.faults import Fault, cut_off, html_page
from tests.providers.benches.azure import IDENTITIES, SERVICES, AzureBench, Detour, organizations

pytestmark = pytest.mark.anyio

JSON = {"content-type": "application/json"}
PULL = r"/pullRequests/1$"


async def read(bench: AzureBench) -> None:
    await bench.provider.get_pull_request(bench.repository, 1)


@pytest.mark.parametrize("sign_in", [203, 302, 401])
async def test_a_wrong_token_is_unauthenticated_however_it_is_told(sign_in: Literal[203, 302, 401]) -> None:
    bench = AzureBench(fields={"sign_in": sign_in})
    bench.revoke()
    with pytest.raises(Unauthenticated, match=f"Azure DevOps answered {sign_in}"):
        await read(bench)
    assert not any("_signin" in call.path for call in bench.simulator.calls)


async def test_a_page_for_people_is_no_answer(azure: AzureBench) -> None:
    azure.fault(html_page(200, path=PULL))
    with pytest.raises(Unauthenticated, match="sign-in page"):
        await read(azure)
    azure.fault(html_page(502, path=PULL))
    with pytest.raises(Unavailable, match="Azure DevOps answered 502"):
        await read(azure)


async def test_a_token_without_the_scope_is_no_wrong_token(azure: AzureBench) -> None:
    token = azure.simulator.token_for(azure.bot, scopes=["vso.code"])
    weak = azure.host.connect(Connection(credential=token, base_url=azure.url))
    with pytest.raises(Forbidden, match="TF400813"):
        await weak.put_comment(azure.repository, 1, "words", Slot())


async def test_an_answer_that_is_cut_off_is_unavailable(azure: AzureBench) -> None:
    azure.fault(cut_off(path=PULL))
    with pytest.raises(Unavailable):
        await read(azure)


@pytest.mark.parametrize("body", [b"[]", b"7", b'"words"', b"{", b'{"value": 7}', b"null", b'{"pullRequestId": "x"}'])
async def test_answers_of_another_shape_are_unavailable(azure: AzureBench, body: bytes) -> None:
    azure.fault(Fault(method="GET", path=PULL, status=200, headers=JSON, body=body))
    with pytest.raises(Unavailable):
        await read(azure)


@pytest.mark.parametrize(
    ("status", "message", "error"),
    [
        (404, "TF401019: The Git repository with name or identifier x does not exist.", NotFound),
        (403, "TF401027: You need the Git 'PullRequestContribute' permission.", Forbidden),
        (401, "TF400813: The user 'x' is not authorized to access this resource.", Forbidden),
        (401, "TF400813: The user 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa' is not authorized.", Unauthenticated),
        (400, "VssVersionOutOfRangeException", Rejected),
        (400, "TF401180: The requested pull request was not found.", NotFound),
        (409, "TF401181", Rejected),
        (503, "TF400733: The request has been canceled", RateLimited),
        (403, "TF400733: The request has been canceled: exceeding usage of resource", RateLimited),
        (429, "", RateLimited),
        (500, "oops", Unavailable),
        (503, "oops", Unavailable),
    ],
)
async def test_refusals(azure: AzureBench, status: int, message: str, error: type[Exception]) -> None:
    body = f'{{"$id": "1", "message": "{message}", "typeKey": "x"}}'.encode()
    azure.fault(Fault(path=PULL, status=status, headers=JSON, body=body))
    with pytest.raises(error) as raised:
        await read(azure)
    assert type(raised.value) is error
    assert str(raised.value) == f"Azure DevOps answered {status}: {message or f'HTTP {status}'}"


async def test_nothing_is_asked_again_by_itself(azure: AzureBench) -> None:
    fault = azure.fault(Fault(path=PULL, status=503, headers={**JSON, "retry-after": "1"}, body=b"{}", times=None))
    with pytest.raises(RateLimited):
        await read(azure)
    assert fault.hits == 1


async def test_a_blocked_call_says_until_when(azure: AzureBench) -> None:
    azure.fault(Fault(path=PULL, status=429, headers={**JSON, "retry-after": "120"}, body=b"{}"))
    with pytest.raises(RateLimited) as limited:
        await read(azure)
    assert limited.value.retry_at == datetime.fromtimestamp(azure.moment() + 120, UTC)
    before = len(azure.simulator.calls)
    with pytest.raises(RateLimited):
        await read(azure)
    assert len(azure.simulator.calls) == before
    azure.moment.seconds += 121
    await read(azure)


async def test_a_delayed_answer_is_taken_and_the_next_call_waits() -> None:
    bench = AzureBench(fields={"rate_limit": RateLimit(limit=3, delay=7)})
    for _ in range(2):
        await read(bench)
    bench.calls()
    await read(bench)
    assert bench.calls() == (1, 0)
    with pytest.raises(RateLimited, match="slow down") as limited:
        await read(bench)
    assert bench.calls() == (0, 0)
    assert limited.value.retry_at > datetime.fromtimestamp(bench.moment(), UTC)
    bench.moment.seconds += 8
    await read(bench)
    assert bench.problems() == []


async def test_one_who_must_wait_holds_up_nobody_else(azure: AzureBench) -> None:
    other = AzureBench()
    second = azure.host.connect(Connection(credential=other.token, base_url=other.url, tenant="other"))
    azure.fault(Fault(path=PULL, status=429, headers={**JSON, "retry-after": "120"}, body=b"{}"))
    with pytest.raises(RateLimited):
        await read(azure)
    await second.get_pull_request(other.repository, 1)


async def test_two_organizations_in_one_process_do_not_mix() -> None:
    one, two = AzureBench(project="one"), AzureBench(server=True, project="two")
    host = one.host
    second = host.connect(two.connection)
    await asyncio.gather(
        *(one.provider.put_comment(one.repository, 1, f"one {index}", Slot()) for index in range(3)),
        *(second.put_comment(two.repository, 1, f"two {index}", Slot()) for index in range(3)),
    )
    assert {said.split()[-2] for said in one.comments()} == {"one"}
    assert {said.split()[-2] for said in two.comments()} == {"two"}
    for bench in (one, two):
        assert {call.authenticated_as for call in bench.simulator.calls} == {f"pat:{bench.bot.unique_name}"}
        assert bench.problems() == []
    await host.aclose()


async def test_tenants_share_nothing_though_their_credential_is_the_same(azure: AzureBench) -> None:
    same = azure.host.connect(azure.connection)
    assert same is azure.provider
    for changed in (
        Connection(azure.connection.installation, azure.token, azure.url, "another"),
        Connection("", azure.token, azure.url + "x", "acme"),
        Connection("", azure.token + "x", azure.url, "acme"),
    ):
        assert azure.host.connect(changed) is not azure.provider


async def test_where_things_are_is_asked_once(azure: AzureBench) -> None:
    for _ in range(3):
        await read(azure)
    asked = [call for call in azure.simulator.calls if call.method == "OPTIONS"]
    assert len(asked) == 1


async def test_old_servers_are_spoken_to_in_their_version() -> None:
    bench = AzureBench(server=True, fields={"latest_version": "6.0"})
    await read(bench)
    await bench.provider.put_comment(bench.repository, 1, "words", Slot())
    assert bench.problems() == []


def principal_host(bench: AzureBench) -> AzureDevOpsHost:
    routes = {start: Detour(organizations().address, bench.asked) for start in (SERVICES, IDENTITIES)}
    transport = httpx2.ASGITransport(bench.simulator.entra)
    return AzureDevOpsHost({}, now=bench.moment, routes=routes, transport=transport)


def principal_connection(bench: AzureBench, secret: str) -> Connection:
    credential = ServicePrincipal(TENANT, "client", secret).dump()
    return Connection(credential=credential, base_url=bench.url, tenant="acme")


async def test_a_service_principal_gets_its_own_tokens(azure: AzureBench) -> None:
    principal = azure.simulator.add_service_principal(
        "agnox app", azure.simulator.group("Project Administrators", azure.project)
    )
    azure.simulator.register("client", "s3cret", principal)
    host = principal_host(azure)
    provider = host.connect(principal_connection(azure, "s3cret"))
    await provider.put_comment(azure.repository, 1, "words", Slot())
    assert [said.author for said in azure.said()] == [principal]
    access = await provider.inspect()
    assert access.account.bot
    assert (access.missing, access.notes) == ((), ())
    azure.moment.seconds += 3600
    await provider.get_pull_request(azure.repository, 1)
    assert sum(call.token_request for call in azure.simulator.calls) == 2
    await host.aclose()


async def test_a_service_principal_with_a_wrong_secret(azure: AzureBench) -> None:
    principal = azure.simulator.add_service_principal("agnox app")
    azure.simulator.register("client", "s3cret", principal)
    host = principal_host(azure)
    with pytest.raises(Unauthenticated) as refused:
        await host.connect(principal_connection(azure, "wr0ng")).repositories()
    assert "wr0ng" not in str(refused.value)
    await host.aclose()


async def test_a_principal_that_was_not_added_to_the_organization_is_told_so(azure: AzureBench) -> None:
    principal = azure.simulator.add_service_principal("agnox app")
    azure.simulator.register("client", "s3cret", principal)
    host = principal_host(azure)
    with pytest.raises(Forbidden, match="not authorized"):
        await host.connect(principal_connection(azure, "s3cret")).repositories()
    await host.aclose()


async def test_inspection_tells_what_is_missing_and_what_nobody_can_know(azure: AzureBench) -> None:
    access = await azure.provider.inspect()
    assert (access.account.id, access.account.login) == (azure.bot.id, azure.bot.unique_name)
    assert access.expires_at is None
    assert [note.partition(",")[0] for note in access.notes] == [
        "Azure DevOps does not tell when a personal access token expires"
    ]
    assert azure.comments() == []
    assert azure.request.statuses == []


@pytest.mark.parametrize(
    ("scopes", "missing"),
    [
        (["vso.code"], ["Identity (read)", "Code (read & write)", "Code (status)"]),
        (["vso.code", "vso.identity", "vso.threads_full"], ["Code (status)"]),
        (["vso.code_write", "vso.identity"], []),
        (["vso.identity"], ["Code (read)"]),
    ],
)
async def test_scopes_that_are_missing_are_named(azure: AzureBench, scopes: list[str], missing: list[str]) -> None:
    token = azure.simulator.token_for(azure.bot, scopes=scopes)
    access = await azure.host.connect(Connection(credential=token, base_url=azure.url)).inspect()
    assert [name.partition(" or ")[0] for name in access.missing] == missing


async def test_a_right_that_is_missing_is_named(azure: AzureBench) -> None:
    reader = azure.simulator.add_user("reader", azure.simulator.group("Readers", azure.project), ours=True)
    token = azure.simulator.token_for(reader)
    access = await azure.host.connect(Connection(credential=token, base_url=azure.url)).inspect()
    assert access.missing
    stranger = azure.simulator.token_for(azure.simulator.add_user("stranger", ours=True))
    access = await azure.host.connect(Connection(credential=stranger, base_url=azure.url)).inspect()
    assert any("No repository is visible" in note for note in access.notes)


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
