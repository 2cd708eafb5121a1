"""Reading back over HTTP from real databases, and the wall between tenants."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from starlette.applications import Starlette

from bot.domain.ids import new_id
from bot.inbound.calls import Calls
from bot.inbound.envelope import exception_handlers
from bot.inbound.health import database_check
from bot.inbound.routes import routes
from bot.node.executors import executors
from bot.store.database import Database
from bot.store.inbox import Inbox
from bot.store.keys import make_key
from bot.store.models import ApiKey, Execution, Organization, Project, Publication, PullRequest, Repository, TestCycle
from bot.store.vault import Keyring, Vault, new_key
from bot.usecases.services import Services
from providers.factory import Registry
from tests.inbound.conftest import FakeHost, client_of, failed, sign

pytestmark = pytest.mark.anyio

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANALYSIS = {"schema": "agnox.analysis/1", "findings": [{"id": "f1", "title": "boom"}], "engine": "embedded"}


@dataclass
class Tenant:
    """An organization with two projects, a cycle in each, and keys to all of it and to the first project only."""

    key: str
    project_key: str
    revoked_key: str
    projects: list[str]
    cycles: list[str]
    executions: list[str]


async def make_tenant(database: Database, name: str) -> Tenant:
    key, project_key, revoked = make_key(), make_key(), make_key()
    tenant = Tenant(key.text, project_key.text, revoked.text, [], [], [])
    async with database.write() as session:
        organization = Organization(id=new_id(), name=name)
        repository = Repository(
            id=new_id(),
            organization_id=organization.id,
            provider="github",
            external_id=f"1-{name}",
            path="acme/shop",
            path_key="acme/shop",
        )
        pull = PullRequest(
            id=new_id(), organization_id=organization.id, repository_id=repository.id, number=42, head_sha="a" * 40
        )
        session.add(organization)
        await session.flush()
        session.add(repository)
        await session.flush()
        session.add(pull)
        for number in range(2):
            project = Project(id=new_id(), organization_id=organization.id, name=f"{name}-{number}")
            session.add(project)
            await session.flush()
            cycle = TestCycle(
                # Two ids of one millisecond have no order.
                id=f"{number:x}{new_id()[1:]}",
                organization_id=organization.id,
                project_id=project.id,
                suite="unit",
                state="FAILED",
                ci_context={"source": "github", "prNumber": 42},
                page_key=new_id(),
                pull_request_id=pull.id,
                created_at=AT,
                finished_at=AT + timedelta(minutes=2),
            )
            session.add(cycle)
            await session.flush()
            tenant.projects.append(project.id)
            tenant.cycles.append(cycle.id)
            for attempt in (1, 2):
                execution = Execution(
                    id=new_id(),
                    organization_id=organization.id,
                    cycle_id=cycle.id,
                    attempt=attempt,
                    state="FAILED",
                    exit_code=1,
                    counts={"total": 3, "failed": 1},
                    analysis=ANALYSIS if attempt == 1 else None,
                    requested_by="apikey:ci",
                    created_at=AT,
                )
                session.add(execution)
                tenant.executions.append(execution.id)
        shared = {"organization_id": organization.id, "updated_at": AT}
        session.add(Publication(subject=pull.id, kind="comment", url="https://host/c", **shared))
        session.add(Publication(subject=tenant.executions[0], kind="check", problem="checks are not granted", **shared))
        bound = tenant.projects[0]
        for made, project_id, gone in ((key, None, None), (project_key, bound, None), (revoked, None, AT)):
            session.add(
                ApiKey(
                    organization_id=organization.id,
                    project_id=project_id,
                    name="ci",
                    prefix=made.prefix,
                    digest=made.digest,
                    revoked_at=gone,
                )
            )
    return tenant


@pytest.fixture
async def app(database: Database) -> AsyncIterator[Starlette]:
    """The real thing but for the git host."""
    services = Services(
        database=database,
        vault=Vault(Keyring(new_key())),
        registry=Registry([(FakeHost(), ())]),
        public_url="http://agnox",
        executors=executors(frozenset()),
        clock=lambda: AT,
    )
    async with Inbox(database, wake=lambda _: None) as inbox:
        yield Starlette(
            routes=routes(
                registry=services.registry,
                put=inbox.put,
                calls=Calls.of(services),
                upload_limit=10_000,
                checks={"database": database_check(database)},
            ),
            exception_handlers=exception_handlers(),
        )


@pytest.fixture
async def acme(database: Database) -> Tenant:
    return await make_tenant(database, "acme")


@pytest.fixture
async def rival(database: Database) -> Tenant:
    return await make_tenant(database, "rival")


@pytest.fixture
async def client(app: Starlette, acme: Tenant) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(app, {"x-api-key": acme.key}) as client:
        yield client


async def test_a_cycle_tells_its_attempts_and_publications(client: httpx2.AsyncClient, acme: Tenant) -> None:
    data = (await client.get(f"/api/cycles/{acme.cycles[0]}")).json()["data"]
    attempts, publications = data.pop("attempts"), data.pop("publications")
    assert data == {
        "cycleId": acme.cycles[0],
        "projectId": acme.projects[0],
        "suite": "unit",
        "status": "FAILED",
        "ciContext": {"source": "github", "prNumber": 42},
        "problem": "",
        "createdAt": "2026-11-23T12:00:00+00:00",
        "finishedAt": "2026-11-23T12:02:00+00:00",
    }
    assert [(each["taskId"], each["attempt"]) for each in attempts] == [
        (acme.executions[0], 1),
        (acme.executions[1], 2),
    ]
    assert attempts[0]["counts"] == {"total": 3, "failed": 1} and attempts[0]["exitCode"] == 1
    told = [(each["kind"], each["url"], each["problem"]) for each in publications]
    assert sorted(told) == [("check", "", "checks are not granted"), ("comment", "https://host/c", "")]


async def test_an_execution_tells_its_findings(client: httpx2.AsyncClient, acme: Tenant) -> None:
    first, second = [(await client.get(f"/api/executions/{each}")).json()["data"] for each in acme.executions[:2]]
    assert first["analysis"] == ANALYSIS and first["findings"] == ANALYSIS["findings"]
    assert second["analysis"] is None and second["findings"] == []
    assert (first["attempt"], first["attempts"], first["cycleId"]) == (1, 2, acme.cycles[0])
    assert first["ciContext"] == {"source": "github", "prNumber": 42}
    assert sorted(each["kind"] for each in first["publications"]) == ["check", "comment"]
    assert [each["kind"] for each in second["publications"]] == ["comment"]
    status = (await client.get(f"/api/executions/{acme.executions[0]}/status")).json()["data"]
    assert (status["taskId"], status["cycleId"], status["status"]) == (acme.executions[0], acme.cycles[0], "FAILED")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/cycles/{cycle}"),
        ("POST", "/api/cycles/{cycle}/rerun"),
        ("POST", "/api/cycles/{cycle}/cancel"),
        ("GET", "/api/executions/{execution}"),
        ("GET", "/api/executions/{execution}/status"),
    ],
)
async def test_what_is_foreign_is_not_there(
    method: str, path: str, app: Starlette, acme: Tenant, rival: Tenant
) -> None:
    foreign = path.format(cycle=rival.cycles[0], execution=rival.executions[0])
    other_project = path.format(cycle=acme.cycles[1], execution=acme.executions[2])
    nowhere = path.format(cycle="f" * 32, execution="f" * 32)
    own = path.format(cycle=acme.cycles[0], execution=acme.executions[0])
    for key, asked in ((acme.key, foreign), (acme.key, nowhere), (acme.project_key, other_project)):
        async with client_of(app, {"x-api-key": key}) as client:
            failed(await client.request(method, asked), 404)
    async with client_of(app, {"x-api-key": acme.project_key}) as client:
        assert (await client.request(method, own)).status_code in (200, 409)


async def test_a_foreign_project_can_neither_be_triggered_nor_sent_results(
    app: Starlette, acme: Tenant, rival: Tenant
) -> None:
    for key, project in ((acme.key, rival.projects[0]), (acme.project_key, acme.projects[1])):
        async with client_of(app, {"x-api-key": key}) as client:
            failed(await client.post("/api/ci/trigger", json={"projectId": project, "command": "true"}), 404)
            results = await client.post("/api/results", data={"projectId": project}, files={"log": ("a.log", b"x")})
            failed(results, 404)
            listed = (await client.get("/api/cycles")).json()["data"]["cycles"]
            assert {each["cycleId"] for each in listed} <= set(acme.cycles)


async def test_own_projects_can(client: httpx2.AsyncClient, acme: Tenant) -> None:
    response = await client.post("/api/ci/trigger", json={"projectId": acme.projects[0], "command": "true"})
    assert response.status_code == 201, response.text
    triggered = response.json()["data"]
    response = await client.post(
        "/api/results",
        data={"projectId": acme.projects[0], "context": '{"source": "local"}'},
        files={"report": ("a.xml", b"<testsuite/>")},
    )
    assert response.status_code == 202, response.text
    for started, status in ((triggered, "PENDING"), (response.json()["data"], "ANALYZING")):
        read = (await client.get(f"/api/executions/{started['taskId']}/status")).json()["data"]
        assert (read["cycleId"], read["status"]) == (started["cycleId"], status)


async def test_cycles_are_listed_newest_first_page_by_page(
    client: httpx2.AsyncClient, acme: Tenant, rival: Tenant
) -> None:
    first = (await client.get("/api/cycles?limit=1")).json()["data"]
    assert [each["cycleId"] for each in first["cycles"]] == [acme.cycles[1]]
    second = (await client.get(f"/api/cycles?limit=1&cursor={first['nextCursor']}")).json()["data"]
    assert [each["cycleId"] for each in second["cycles"]] == [acme.cycles[0]]
    assert second["nextCursor"] is None
    whole = (await client.get("/api/cycles")).json()["data"]
    assert (len(whole["cycles"]), whole["nextCursor"]) == (2, None)


async def test_a_revoked_key_opens_nothing(app: Starlette, acme: Tenant) -> None:
    async with client_of(app, {"x-api-key": acme.revoked_key}) as client:
        failed(await client.get("/api/cycles"), 401)


async def test_a_delivery_goes_through_the_real_inbox(client: httpx2.AsyncClient) -> None:
    body = b'{"zen": "Approachable is better than simple."}'
    headers = sign(body)
    answers = [await client.post("/webhooks/github", content=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    data = [answer.json()["data"] for answer in answers]
    assert data[0]["deliveryId"] == data[1]["deliveryId"]
    assert [each["duplicate"] for each in data] == [False, True]
