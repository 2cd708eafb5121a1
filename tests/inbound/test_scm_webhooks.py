"""The door for git hosts: only what is proven comes in, and only what is stored is acknowledged."""

import logging
from collections.abc import AsyncIterator

import httpx2
import pytest

from bot.inbound.scm_webhooks import BODY_LIMIT
from bot.store.inbox import InboxUnavailable, Unstorable
from tests.inbound.conftest import SECRET, Behind, FakeHost, client_of, failed, make_app, sign

pytestmark = pytest.mark.anyio

BODY = b'{"zen": "Keep it logically awesome."}'


async def test_a_proven_delivery_is_stored_and_acknowledged(client: httpx2.AsyncClient, behind: Behind) -> None:
    headers = sign(BODY, x_github_delivery="guid-1", cookie="a=b", authorization="Bearer x", x_request_id="r")
    response = await client.post("/webhooks/github", content=BODY, headers=headers)
    assert response.status_code == 202
    assert response.json() == {"success": True, "data": {"deliveryId": "d" * 32, "duplicate": False}}
    (stored,) = behind.incoming
    assert (stored.provider, stored.dedupe_key) == ("github", "github::guid-1")
    assert (stored.event, stored.hook_key) == ("ping", None)
    assert stored.body == BODY
    assert stored.headers == {
        "content-type": "application/json",
        "user-agent": "GitHub-Hookshot/044aadd",
        "x-github-event": "ping",
        "x-github-delivery": "guid-1",
        "x-github-hook-id": "7",
    }


async def test_unproven_bodies_together_are_bounded(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch, behind: Behind
) -> None:
    monkeypatch.setattr("bot.inbound.scm_webhooks._READING_LIMIT", len(BODY) - 1)
    response = await client.post("/webhooks/github", content=BODY, headers=sign(BODY))
    assert (response.status_code, response.headers["retry-after"]) == (503, "10")
    assert not behind.incoming


async def test_a_redelivery_is_acknowledged_as_such(client: httpx2.AsyncClient) -> None:
    headers = sign(BODY)
    answers = [await client.post("/webhooks/github", content=BODY, headers=headers) for _ in range(2)]
    assert [answer.json()["data"]["duplicate"] for answer in answers] == [False, True]


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "sha256=",
        "sha256=" + "0" * 64,
        "sha1=" + "0" * 40,
        sign(BODY, "another secret")["x-hub-signature-256"],
        sign(BODY + b" ")["x-hub-signature-256"],
        "sha256=\xe9\xff",
    ],
)
async def test_what_is_not_proven_gets_401_without_a_reason_and_the_log_has_it(
    signature: str | None, client: httpx2.AsyncClient, behind: Behind, caplog: pytest.LogCaptureFixture
) -> None:
    headers = sign(BODY)
    del headers["x-hub-signature-256"]
    if signature is not None:
        headers["x-hub-signature-256"] = signature
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    answer = failed(await client.post("/webhooks/github", content=BODY, headers=raw), 401)
    assert answer["message"] == "the delivery is not proven to come from the host"
    assert behind.incoming == []
    assert "refused a github delivery: the delivery is not signed with our secret" in caplog.text


async def test_two_secrets_are_valid_while_one_replaces_the_other(behind: Behind) -> None:
    async with client_of(make_app(behind, FakeHost(secrets=("old", "new")))) as client:
        for secret in ("old", "new"):
            response = await client.post("/webhooks/github", content=BODY, headers=sign(BODY, secret))
            assert response.status_code == 202


@pytest.mark.parametrize("secrets", [(), ("",)])
async def test_without_a_secret_nothing_comes_in_and_the_log_says_so_once(
    secrets: tuple[str, ...], behind: Behind, caplog: pytest.LogCaptureFixture
) -> None:
    async with client_of(make_app(behind, FakeHost(secrets=secrets))) as client:
        for _ in range(2):
            failed(await client.post("/webhooks/github", content=BODY, headers=sign(BODY, "")), 401)
    warnings = [record for record in caplog.records if "AGNOX_GITHUB_WEBHOOK_SECRET" in record.getMessage()]
    assert [record.levelno for record in warnings] == [logging.WARNING]


@pytest.mark.parametrize("missing", ["x-github-event", "x-github-delivery"])
async def test_a_proven_delivery_that_does_not_say_what_it_is_gets_400(
    missing: str, client: httpx2.AsyncClient, behind: Behind
) -> None:
    headers = sign(BODY)
    del headers[missing]
    failed(await client.post("/webhooks/github", content=BODY, headers=headers), 400)
    assert behind.incoming == []


async def test_an_unknown_provider_is_not_there(client: httpx2.AsyncClient) -> None:
    failed(await client.post("/webhooks/sourceforge", content=BODY, headers=sign(BODY)), 404)


async def test_a_hook_with_a_key_has_its_own_secret(client: httpx2.AsyncClient, behind: Behind) -> None:
    behind.hooks["github", "k1"] = ("its own",)
    failed(await client.post("/webhooks/github/k2", content=BODY, headers=sign(BODY)), 404)
    failed(await client.post("/webhooks/github/k1", content=BODY, headers=sign(BODY, SECRET)), 401)
    response = await client.post("/webhooks/github/k1", content=BODY, headers=sign(BODY, "its own"))
    assert response.status_code == 202
    assert [stored.hook_key for stored in behind.incoming] == ["k1"]


async def test_a_large_delivery_comes_in_whole(client: httpx2.AsyncClient, behind: Behind) -> None:
    body = b"x" * BODY_LIMIT
    response = await client.post("/webhooks/github", content=body, headers=sign(body))
    assert response.status_code == 202
    assert behind.incoming[0].body == body
    failed(await client.post("/webhooks/github", content=body, headers=sign(body + b"x")), 401)


@pytest.mark.parametrize("announced", [True, False])
async def test_more_than_the_cap_is_refused(announced: bool, client: httpx2.AsyncClient, behind: Behind) -> None:
    taken = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal taken
        for _ in range(60):
            taken += 1
            yield b"x" * (1024 * 1024)

    headers = sign(b"") | ({"content-length": str(60 * 1024 * 1024)} if announced else {})
    failed(await client.post("/webhooks/github", content=chunks(), headers=headers), 413)
    assert behind.incoming == []
    # The transport of this test reads one chunk ahead.
    assert taken <= (1 if announced else 27)


@pytest.mark.parametrize(("error", "status"), [(InboxUnavailable("full"), 503), (Unstorable("bad"), 400)])
async def test_what_is_not_stored_is_not_acknowledged(
    error: Exception, status: int, client: httpx2.AsyncClient, behind: Behind
) -> None:
    behind.error = error
    response = await client.post("/webhooks/github", content=BODY, headers=sign(BODY))
    failed(response, status)
    assert ("retry-after" in response.headers) == (status == 503)


async def test_only_posts_are_taken(client: httpx2.AsyncClient) -> None:
    response = await client.get("/webhooks/github")
    failed(response, 405)
    assert response.headers["allow"] == "POST"
