"""Service principals, and what the inspection of a credential tells."""

import httpx2
import pytest

from providers.azure import AzureDevOpsHost
from providers.credentials import ServicePrincipal
from providers.errors import Forbidden, Unauthenticated
from providers.interface import Connection
from providers.values import Slot
from simulators.azure import TENANT
from tests.providers.benches.azure import IDENTITIES, SERVICES, AzureBench, Detour, organizations

pytestmark = pytest.mark.anyio

_RUNS = ("vso.build_execute", "vso.test")


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
        (["vso.code", *_RUNS], ["Identity (read)", "Code (read & write)", "Code (status)"]),
        (["vso.code", "vso.identity", "vso.threads_full", *_RUNS], ["Code (status)"]),
        (["vso.code_write", "vso.identity", *_RUNS], []),
        (["vso.code_write", "vso.identity"], ["Build (read & execute)", "Test Management (read)"]),
        (["vso.code_write", "vso.identity", "vso.build", "vso.test"], ["Build (read & execute)"]),
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
