"""The session under an SDK: a token that is refused is replaced once."""

from pathlib import Path
from typing import Any

import pytest
import requests

from providers.errors import (
    Unauthenticated,
)
from providers.sdk.session import GuardedSession
from providers.sdk.threads import Lane, Threads
from tests.providers.sdk.fakes import FakeHost, Moment, Reply
from tests.providers.sdk.guards import guard

pytestmark = pytest.mark.anyio


class Second:
    """A token that is renewed once."""

    def __init__(self) -> None:
        self.token = "first"
        self.refused: list[str] = []

    def ready(self) -> str:
        return self.token

    async def fetch(self, refused: str = "") -> str:
        self.refused.append(refused)
        self.token = "" if refused == "second" else "second"
        return self.token


def only_second(asked: Any) -> Reply:
    good = asked.headers["authorization"] == "Bearer second"
    return Reply() if good else Reply(401, b'{"message": "401 Unauthorized"}')


async def test_a_refused_token_is_renewed_once(host: FakeHost, moment: Moment, threads: Threads) -> None:
    host.answer = only_second
    tokens = Second()
    with GuardedSession(guard(host.url, moment, tokens=tokens)) as session:
        answer = await threads.run(Lane(), lambda: session.post(host.url, json={"body": "ü"}))
    assert answer.ok
    assert [asked.body for asked in host.asked] == [b'{"body": "\\u00fc"}'] * 2
    assert tokens.refused == ["first"]


async def test_a_token_that_is_refused_again(host: FakeHost, moment: Moment, threads: Threads) -> None:
    host.reply(Reply(401))
    with GuardedSession(guard(host.url, moment, tokens=Second())) as session:
        with pytest.raises(Unauthenticated, match="Acme answered 401"):
            await threads.run(Lane(), lambda: session.get(host.url))
        assert len(host.asked) == 2
        with pytest.raises(Unauthenticated):
            await threads.run(Lane(), lambda: session.get(host.url))


async def test_a_body_that_is_read_while_sent_is_sent_once(
    host: FakeHost, moment: Moment, threads: Threads, tmp_path: Path
) -> None:
    host.answer = only_second
    file = tmp_path / "file"
    file.write_bytes(b"content")
    with GuardedSession(guard(host.url, moment, tokens=Second())) as session, file.open("rb") as body:

        def send() -> requests.Response:
            return session.post(host.url, data=body)

        with pytest.raises(Unauthenticated):
            await threads.run(Lane(), send)
    assert len(host.asked) == 1


async def test_a_fixed_token_has_no_other(host: FakeHost, session: GuardedSession, threads: Threads) -> None:
    host.reply(Reply(401))
    with pytest.raises(Unauthenticated):
        await threads.run(Lane(), lambda: session.get(host.url))
    assert len(host.asked) == 1
