"""The door for Agnox servers."""

import hashlib
import hmac

import httpx2
import pytest

from bot.inbound.agnox_webhook import BODY_LIMIT
from bot.store.inbox import InboxUnavailable
from tests.inbound.conftest import Behind, failed

pytestmark = pytest.mark.anyio

KEY = "a-hook-of-theirs-24"
ADDRESS = f"/webhooks/agnox/{KEY}"
BODY = b'{"event": "execution.finished", "taskId": "run-1"}'


def signed(body: bytes = BODY, secret: str = "theirs") -> dict[str, str]:
    return {"x-agnox-signature": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


@pytest.fixture(autouse=True)
def hook(behind: Behind) -> None:
    behind.hooks["agnox", KEY] = ("theirs",)


async def test_a_proven_delivery_is_kept_before_it_is_acknowledged(client: httpx2.AsyncClient, behind: Behind) -> None:
    first = await client.post(ADDRESS, content=BODY, headers=signed())
    again = await client.post(ADDRESS, content=BODY, headers=signed())
    assert (first.status_code, again.status_code) == (202, 202)
    assert [each.json()["data"]["duplicate"] for each in (first, again)] == [False, True]
    kept = behind.incoming[0]
    assert (kept.provider, kept.hook_key, kept.body, kept.headers) == ("agnox", KEY, BODY, {})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-agnox-signature": ""},
        {"x-agnox-signature": "sha256="},
        signed(secret="another"),
        signed(BODY + b" "),
        {"x-agnox-signature": signed()["x-agnox-signature"].removeprefix("sha256=")},
        {"x-agnox-signature": "sha1=" + hmac.new(b"theirs", BODY, "sha1").hexdigest()},
    ],
)
async def test_a_forged_one_is_refused(client: httpx2.AsyncClient, behind: Behind, headers: dict[str, str]) -> None:
    failed(await client.post(ADDRESS, content=BODY, headers=headers), 401)
    assert behind.incoming == []


async def test_hooks_that_are_not_there_or_have_no_secret(client: httpx2.AsyncClient, behind: Behind) -> None:
    behind.hooks["agnox", "b" * 20] = ()
    for key in ("a" * 20, "b" * 20):
        failed(await client.post(f"/webhooks/agnox/{key}", content=BODY, headers=signed(secret="")), 404)
    failed(await client.post("/webhooks/agnox", content=BODY, headers=signed()), 404)
    assert behind.incoming == []


async def test_a_body_is_bounded(client: httpx2.AsyncClient, behind: Behind) -> None:
    body = b" " * (BODY_LIMIT + 1)
    failed(await client.post(ADDRESS, content=body, headers=signed(body)), 413)
    assert behind.incoming == []


async def test_what_can_not_be_kept_is_not_acknowledged(client: httpx2.AsyncClient, behind: Behind) -> None:
    behind.error = InboxUnavailable("away")
    answer = await client.post(ADDRESS, content=BODY, headers=signed())
    failed(answer, 503)
    assert answer.headers["retry-after"] == "10"
