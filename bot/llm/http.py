"""The connection to a model's server: no redirects, no endless answers, no headers but our own."""

from collections.abc import AsyncIterator

import httpx2

MOST_BYTES = 4_000_000
"""Of one answer; the largest that is of any use has a hundredth of it."""
_KEPT_HEADERS = frozenset(
    {
        "accept",
        "anthropic-beta",
        "anthropic-version",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "host",
        "user-agent",
        "x-api-key",
    }
)


class TooMuch(httpx2.TransportError):
    """The answer is larger than any that is of use."""


def open_http(timeout: float) -> httpx2.AsyncClient:
    """Makes a client; `timeout` is in seconds and for each step of a call."""
    return httpx2.AsyncClient(
        timeout=timeout,
        follow_redirects=False,
        event_hooks={"request": [_only_ours], "response": [_bounded]},
        limits=httpx2.Limits(max_connections=4),
    )


async def _only_ours(request: httpx2.Request) -> None:
    # The SDKs add what they find in variables of the environment, and what tells of the machine.
    for name in [*request.headers]:
        if name.lower() not in _KEPT_HEADERS:
            del request.headers[name]
    # What is packed could be a thousand times as large as it looks.
    request.headers["accept-encoding"] = "identity"


async def _bounded(response: httpx2.Response) -> None:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise TooMuch("the answer is compressed, although that was not asked for")
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Bounded(response.stream)


class _Bounded(httpx2.AsyncByteStream):
    """Breaks off where there is more than may be."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._stream:
            size += len(chunk)
            if size > MOST_BYTES:
                raise TooMuch(f"the answer has more than {MOST_BYTES} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
