"""Requests to an Agnox server: bounded in size and time, never to where a redirect leads, every failure named."""

import ipaddress
import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import anyio
import httpx2
from anyio import to_thread

from bot.domain.masking import mask
from bot.domain.web_addresses import check_address, is_link_local
from providers.errors import Forbidden, NotFound, ProviderError, RateLimited, Rejected, TooLarge, Unauthenticated
from providers.errors import Unavailable as Away

STEP = 15.0
"""Seconds for one step of a request."""
WHOLE = 60.0
"""Seconds for all of it: a server may send a byte at a time."""
ENOUGH = 2_000_000
"""Bytes of an answer that holds no log."""
_WORDS = 300
_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=1)
_REFUSALS: Mapping[int, type[ProviderError]] = MappingProxyType(
    {401: Unauthenticated, 403: Forbidden, 404: NotFound, 405: NotFound, 408: Away, 425: Away}
)


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a server is and the key that it is asked with."""

    base_url: str
    key: str = field(repr=False)
    clock: Callable[[], datetime]
    step: float = STEP
    whole: float = WHOLE


async def ask(
    connection: Connection,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    most: int = ENOUGH,
) -> Mapping[str, Any]:
    """Sends one request and gives the `data` of the answer; `most` are the bytes that it may have.

    Raises ProviderError: Unavailable also for what is no answer of an Agnox server, such as a page for people.
    """
    await _check(connection.base_url)
    sent = {"accept": "application/json", "accept-encoding": "identity", "user-agent": "agnox-bot"}
    sent |= {"x-api-key": connection.key, **(headers or {})}
    try:
        with anyio.fail_after(connection.whole):
            async with (
                httpx2.AsyncClient(timeout=connection.step, follow_redirects=False, trust_env=False) as client,
                client.stream(
                    method, connection.base_url + path, headers=sent, json=body, params=query or None
                ) as answer,
            ):
                content = await _read(answer, most)
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol):
        raise Rejected("the address of the Agnox server is no address") from None
    except (httpx2.HTTPError, TimeoutError) as error:
        raise Away(f"the Agnox server could not be reached: {type(error).__name__}") from None
    return _data(answer, content, connection)


async def _check(url: str) -> None:
    """Asks what the name stands for now: one that leads to a machine's own network is refused."""
    try:
        host = check_address(url, plain=True)
    except ValueError:
        raise Rejected("the address of the Agnox server is no address that requests may go to") from None
    try:
        found = await to_thread.run_sync(lambda: socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
    except OSError:
        return
    if any(is_link_local(str(ipaddress.ip_address(str(address[0]).partition("%")[0]))) for *_, address in found):
        raise Rejected(f"{host} leads to this machine's own network")


async def _read(answer: httpx2.Response, most: int) -> bytes:
    if answer.headers.get("content-encoding", "identity").lower() != "identity":
        raise Away("the Agnox server sends what is compressed, although that was not asked for")
    content = bytearray()
    async for chunk in answer.aiter_raw():
        content += chunk
        if len(content) > most:
            raise TooLarge(f"the Agnox server's answer has more than {most} bytes")
    return bytes(content)


def _data(answer: httpx2.Response, content: bytes, connection: Connection) -> Mapping[str, Any]:
    status = answer.status_code
    if 300 <= status < 400:
        raise Rejected(f"the Agnox server answers with a redirect ({status}), which is not followed")
    told = _object(content)
    if status == 429:
        raise RateLimited("the Agnox server asks us to wait", retry_at=connection.clock() + _pause(answer))
    if status >= 500:
        raise Away(f"the Agnox server answers with status {status}")
    if status >= 400:
        words = _words(told, connection.key)
        raise _REFUSALS.get(status, Rejected)(f"the Agnox server answers with status {status}{words}")
    if told is None:
        raise Away("the Agnox server answers with something else than JSON")
    data = told.get("data")
    if told.get("success") is not True:
        raise Rejected(f"the Agnox server says no{_words(told, connection.key)}")
    return data if isinstance(data, dict) else {}


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        # Deep nesting ends in a RecursionError.
        told = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _words(told: Mapping[str, Any] | None, key: str) -> str:
    """What a server says of its refusal, in one line; it may repeat what it was sent."""
    said = (told or {}).get("message") or (told or {}).get("error")
    line = " ".join(str(said).split()) if isinstance(said, str) else ""
    return f": {mask(line, [key])[:_WORDS]}" if line else ""


def _pause(answer: httpx2.Response) -> timedelta:
    told = answer.headers.get("retry-after", "")
    return min(timedelta(seconds=int(told)), _LONGEST_PAUSE) if told.isdecimal() and len(told) < 6 else _PAUSE
