"""The HTTP session under an SDK: goes to its own host only, follows nobody, and raises our errors."""

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError, ReadTimeoutError

from providers.errors import ProviderError, RateLimited, Rejected, TooLarge, Unauthenticated, Unavailable
from providers.sdk.hold import Hold
from providers.sdk.sockets import SeverableAdapter
from providers.sdk.threads import in_loop, seconds_left
from providers.sdk.tokens import TokenSource
from providers.text import one_line

USER_AGENT = "agnox-bot"
CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 40.0
"""Azure DevOps delays answers by up to 30 s before it refuses them (Azure DevOps, Rate and usage limits)."""
MAX_BYTES = 32 * 2**20

CHUNK = 2**16

_STREAMED = frozenset({"text/plain", "application/octet-stream", "application/zip"})
"""Kinds of answers that may be poured out; sign-in pages and refusals are of others."""

_PORTS = {"https": 443, "http": 80}
# The first that fits: some of these are kinds of others.
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (requests.exceptions.ProxyError, "can't be reached through the proxy"),
    (requests.exceptions.SSLError, "can't be reached: its certificate is not accepted"),
    (requests.exceptions.ConnectTimeout, "can't be reached in time"),
    (requests.exceptions.Timeout, "did not answer in time"),
    (ReadTimeoutError, "did not answer in time"),
    (HTTPError, "broke off its answer"),
)

Judge = Callable[[int, Mapping[str, str], bytes], ProviderError | None]
"""Says what an answer (status, headers by any case, body) means if it is not the asked-for thing."""
Sign = Callable[[str], Mapping[str, str]]
"""Gives the headers that carry a token."""


def private_token(token: str) -> Mapping[str, str]:
    """A GitLab access token (GitLab, REST API authentication)."""
    return {"PRIVATE-TOKEN": token}


def bearer(token: str) -> Mapping[str, str]:
    """RFC 6750, section 2.1."""
    return {"Authorization": f"Bearer {token}"}


def password(token: str) -> Mapping[str, str]:
    """A token as the password of nobody (RFC 7617), as Azure DevOps takes it."""
    return {"Authorization": "Basic " + b64encode(f":{token}".encode()).decode()}


@dataclass(frozen=True, slots=True)
class Answer:
    """What was learned of the last answer besides its body; header names by any case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Guard:
    """What the sessions of one connection share.

    `host` is its name for people, `origins` are the only addresses that may be called (paths are passed over).
    `slow_down` reads out of a good answer's headers that the next call should wait.
    """

    host: str
    origins: frozenset[str]
    tokens: TokenSource
    sign: Sign
    judge: Judge
    hold: Hold
    slow_down: Callable[[Mapping[str, str]], RateLimited | None] = lambda _: None
    max_bytes: int = MAX_BYTES


def origins(*urls: str) -> frozenset[str]:
    """Gives scheme, host and port of addresses. Raises ValueError for what is no plain http(s) address."""
    return frozenset(map(_origin, urls))


class GuardedSession(requests.Session):
    """A session whose every failure is a ProviderError; for one thread at a time.

    `last` is the last answer, good or bad. Proxies and certificates come from the environment, passwords never do.
    """

    def __init__(self, guard: Guard) -> None:
        super().__init__()
        self.last: Answer | None = None
        self._guard = guard
        self._sink: Callable[[bytes], object] | None = None
        # With any `auth` at all, requests does not look into .netrc.
        self.auth = _NoNetrc()
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            self.mount(scheme, SeverableAdapter(max_retries=0, pool_connections=len(guard.origins), pool_maxsize=1))

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        try:
            return super().prepare_request(request)
        except requests.RequestException as error:
            raise Rejected(f"{self._guard.host}'s address can't be called: {one_line(str(error), 200)}") from error

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Sends a request with our token; once more with another one if that was refused.

        Raises Rejected for other hosts, TooLarge for answers that are too big, Unavailable when none comes, RateLimited
        while the host asked us to wait, and whatever the judge makes of the answer.
        """
        self._stay(request.url or "")
        tokens = self._guard.tokens
        token = tokens.ready() or in_loop(tokens.fetch)
        try:
            return self._send(request, token, kwargs)
        except Unauthenticated:
            # A body that is read while it is sent is gone by now.
            again = request.body is None or isinstance(request.body, bytes | str)
            other = in_loop(tokens.fetch, token) if again else ""
            if not other:
                raise
        return self._send(request, other, kwargs)

    @contextmanager
    def pouring(self, sink: Callable[[bytes], object]) -> Iterator[None]:
        """Has the bodies of good answers that are text or bytes, however long, given to `sink` instead of kept."""
        self._sink = sink
        try:
            yield
        finally:
            self._sink = None

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Follows nobody: the judge sees the redirect."""
        return None

    def _stay(self, url: str) -> None:
        try:
            here = _origin(url) in self._guard.origins
        except ValueError:
            here = False
        if not here:
            raise Rejected(f"{one_line(url, 200)} leads elsewhere: our token is for {self._guard.host} only")

    def _send(self, request: requests.PreparedRequest, token: str, kwargs: dict[str, Any]) -> requests.Response:
        guard = self._guard
        guard.hold.check()
        response = self._exchange(request, token, kwargs)
        self.last = Answer(response.status_code, response.headers)
        refusal = guard.judge(response.status_code, response.headers, response.content)
        if isinstance(refusal, RateLimited):
            guard.hold.block(refusal)
        if refusal is not None:
            raise refusal
        guard.hold.passed()
        if slow := guard.slow_down(response.headers):
            guard.hold.block(slow, strike=False)
        return response

    def _exchange(self, request: requests.PreparedRequest, token: str, kwargs: dict[str, Any]) -> requests.Response:
        left = seconds_left()
        request.headers.update({**self._guard.sign(token), "User-Agent": USER_AGENT})
        timeout = (min(CONNECT_TIMEOUT, left), min(READ_TIMEOUT, left))
        sending = {**kwargs, "timeout": timeout, "allow_redirects": False, "stream": True}
        try:
            response = super().send(request, **sending)
            with closing(response):
                response._content = self._read(response)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise Unavailable(f"{self._guard.host} {_reason(error)}") from error
        return response

    def _read(self, response: requests.Response) -> bytes:
        """Reads the whole body, but no endless or dripping one; requests would read on for as long as bytes come."""
        body = bytearray()
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        sink = self._sink if response.status_code == 200 and kind in _STREAMED else None
        while chunk := response.raw.read1(CHUNK, decode_content=True):
            if sink is not None:
                sink(chunk)
                seconds_left()
                continue
            body += chunk
            if len(body) > self._guard.max_bytes:
                raise TooLarge(f"{self._guard.host} answered with more than {self._guard.max_bytes:,} bytes")
            seconds_left()
        return bytes(body)


class _NoNetrc(AuthBase):
    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def _origin(url: str) -> str:
    parts = urlsplit(url)
    port = parts.port or _PORTS.get(parts.scheme)
    if port is None or not parts.hostname or "@" in parts.netloc:
        raise ValueError(f"{url!r} is no address of the form https://HOST, without a user name or password")
    return f"{parts.scheme}://{parts.hostname.encode('idna').decode()}:{port}"


def _reason(error: Exception) -> str:
    sentence = next((sentence for kind, sentence in _REASONS if isinstance(error, kind)), "can't be reached")
    return f"{sentence}: {one_line(f'{type(_root(error)).__name__} {_root(error)}', 200)}"


def _root(error: BaseException) -> BaseException:
    """The first cause, which says more than the wrappers around it."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return error
