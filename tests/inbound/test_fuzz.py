"""Whatever comes to a door, it answers in the envelope and never breaks."""

import asyncio
from collections.abc import Iterator

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.inbound.conftest import KEY, Behind, client_of, make_app, sign

PATHS = [
    "/webhooks/github",
    "/webhooks/github/k",
    "/api/ci/trigger",
    "/api/results",
    "/api/cycles",
    "/api/cycles/x",
    "/api/executions/x/status",
    "/readyz",
]
NAMES = ["content-type", "content-encoding", "x-github-event", "x-github-delivery", "x-hub-signature-256", "x-api-key"]
VALUES = [
    b"application/json",
    b"multipart/form-data; boundary=b",
    b'multipart/form-data; boundary="',
    b"multipart/form-data; boundary=" + b"b" * 300,
    b"gzip",
    KEY.encode(),
    b"sha256=",
]
PIECES = [
    b"--b",
    b"--",
    b"\r\n",
    b"\n",
    b"Content-Disposition: form-data; name=",
    b'"report"',
    b'; filename="a.gz"',
    b'"context"',
    b"Content-Encoding: gzip",
    b"{}",
    b":",
    b"\xff",
    b"\0",
]
value = st.sampled_from(VALUES) | st.binary(max_size=40).map(lambda raw: bytes(b for b in raw if b not in b"\r\n\0"))
headers = st.dictionaries(st.sampled_from(NAMES), value, max_size=6)
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


async def ask(method: str, path: str, content: bytes, sent: dict[str, bytes]) -> None:
    async with client_of(make_app(Behind())) as client:
        response = await client.request(
            method, path, content=content, headers=[(name.encode(), each) for name, each in sent.items()]
        )
    check(response)


def check(response: httpx2.Response) -> None:
    assert response.status_code < 500, response.text
    answer = response.json()
    assert answer["success"] is (response.status_code < 400)


@quick
@given(st.sampled_from(["GET", "POST"]), st.sampled_from(PATHS), st.binary(max_size=300), headers)
def test_random_requests(loop: asyncio.Runner, method: str, path: str, content: bytes, sent: dict[str, bytes]) -> None:
    loop.run(ask(method, path, content, sent))


@quick
@given(
    st.fixed_dictionaries(
        {},
        optional={
            name: json | st.sampled_from(["github", "42/merge", "https://x", "pytest", {}])
            for name in ("projectId", "image", "command", "folder", "config", "ciContext")
        },
    )
)
def test_random_triggers(loop: asyncio.Runner, body: dict[str, object]) -> None:
    async def send() -> None:
        async with client_of(make_app(Behind()), {"x-api-key": KEY}) as client:
            check(await client.post("/api/ci/trigger", json=body))

    loop.run(send())


@quick
@given(st.lists(st.sampled_from(PIECES), max_size=24))
def test_random_forms(loop: asyncio.Runner, pieces: list[bytes]) -> None:
    sent = {"x-api-key": KEY.encode(), "content-type": b"multipart/form-data; boundary=b"}
    loop.run(ask("POST", "/api/results", b"--b\r\n" + b"".join(pieces), sent))


@quick
@given(st.binary(max_size=200), st.dictionaries(st.sampled_from(NAMES[:4]), value, max_size=4))
def test_random_deliveries_that_are_proven(loop: asyncio.Runner, body: bytes, changes: dict[str, bytes]) -> None:
    sent = {name: text.encode() for name, text in sign(body).items()} | changes
    loop.run(ask("POST", "/webhooks/github", body, sent))
