"""Reporters beside a simulated git host, their requests going through the real doors."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from bot.inbound.calls import Calls
from bot.inbound.envelope import exception_handlers
from bot.inbound.routes import routes
from bot.store.inbox import Incoming, Receipt
from bot.store.models import Organization
from bot.usecases.administer import create_api_key
from bot.usecases.ingest.sessions import Sessions
from tests.usecases.conftest import Desk


@dataclass
class Reporter:
    """A client of the ingest doors."""

    client: httpx2.AsyncClient
    desk: Desk

    async def post(self, path: str, body: Mapping[str, Any], status: int = 200) -> dict[str, Any]:
        answer = await self.client.post(f"/api/ingest/{path}", json=body)
        assert answer.status_code == status, answer.text
        content: dict[str, Any] = answer.json()
        return content

    async def setup(self, **more: Any) -> dict[str, Any]:
        wire = {"projectId": self.desk.project.id, "framework": "playwright", "reporterVersion": "1", "totalTests": 1}
        data: dict[str, Any] = (await self.post("setup", wire | more, 201))["data"]
        return data

    async def send(self, session_id: str, *events: Mapping[str, Any]) -> dict[str, Any]:
        return await self.post("event", {"sessionId": session_id, "events": list(events)})

    async def end(self, session_id: str, status: str, **summary: int) -> dict[str, Any]:
        return await self.post("teardown", {"sessionId": session_id, "status": status, "summary": summary})

    async def read(self, path: str) -> dict[str, Any]:
        answer = await self.client.get(f"/api/{path}")
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data


async def _no_inbox(_incoming: Incoming) -> Receipt:
    raise AssertionError("no webhook is sent here")


@pytest.fixture
async def reporter(desk: Desk) -> AsyncIterator[Reporter]:
    services = desk.services
    async with services.database.read() as session:
        owner = await session.get_one(Organization, desk.caller.organization_id)
    _, key = await create_api_key(services.database, owner.name, None, "ci", actor="test")
    async with Sessions(services) as sessions:
        app = Starlette(
            routes=routes(
                registry=services.registry,
                put=_no_inbox,
                calls=Calls.of(services),
                upload_limit=10_000,
                checks={},
                sessions=sessions,
            ),
            exception_handlers=exception_handlers(),
        )
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://agnox", headers={"x-api-key": key}
        ) as client:
            yield Reporter(client, desk)
