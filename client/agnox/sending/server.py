"""An Agnox server as a client sees it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

from agnox import __version__

if TYPE_CHECKING:
    import urllib3

_ANSWER_LIMIT = 1024 * 1024
_SHOWN = 400
_NOT_NOW = frozenset({408, 425, 429})
_AGAIN = frozenset({429, 502, 503, 504})
_NUMBER = re.compile(r".*\[Errno -?[0-9]+\] ", re.DOTALL)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class Unreachable(Exception):
    """The server is away or has no time; the same request may succeed later. `answered` that it was heard from."""

    def __init__(self, message: str, *, answered: bool = False) -> None:
        super().__init__(message)
        self.answered = answered


class Refused(Exception):
    """The server has answered, and the same request will never succeed; `status` is 0 where it was not asked."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds, and how often to try again."""

    connect: float = 5
    read: float = 45
    retries: int = 3
    backoff: float = 0.5
    longest_wait: float = 10


@dataclass(frozen=True)
class Server:
    """A server by its address, and the API key that it knows us by."""

    url: str
    key: str = field(repr=False)
    patience: Patience = Patience()

    @classmethod
    def at(cls, url: str, key: str, patience: Patience = Patience()) -> "Server":
        """Reads an address and a key as people set them. Raises Refused."""
        url, key = url.strip().rstrip("/"), key.strip()
        if not url:
            raise Refused("no server is set: AGNOX_URL or --server")
        try:
            parts = urlsplit(url)
            known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            known = False
        if not known or "@" in url or parts.query or parts.fragment:
            raise Refused("the server's address must be like https://agnox.example.com, without a login")
        if not key:
            raise Refused("no API key is set: AGNOX_API_KEY")
        if not (key.isascii() and key.isprintable()):
            raise Refused("AGNOX_API_KEY holds characters that no API key has")
        return cls(url, key, patience)

    def post(self, path: str, body: BinaryIO, headers: Mapping[str, str]) -> Mapping[str, Any]:
        """Sends a file and gives the answer's `data`. Raises Unreachable and Refused."""
        import urllib3

        length = body.seek(0, 2)
        body.seek(0)
        own = {
            "content-length": str(length),
            "x-api-key": self.key,
            "user-agent": f"agnox-client/{__version__}",
            "accept": "application/json",
        }
        try:
            response = self._pool.request(
                "POST", self.url + path, body=body, headers={**own, **headers}, preload_content=False, redirect=False
            )
            raw = response.read(_ANSWER_LIMIT + 1, decode_content=True)
            if len(raw) > _ANSWER_LIMIT:
                response.close()
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(_reason(error)) from error
        return self._read(response.status, response.headers, raw)

    def post_json(self, path: str, content: object, headers: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        """Sends JSON and gives the answer's `data`. Raises Unreachable and Refused."""
        import io

        body = io.BytesIO(json.dumps(content).encode())
        return self.post(path, body, {"content-type": "application/json", **(headers or {})})

    def _read(self, status: int, headers: Mapping[str, str], raw: bytes) -> Mapping[str, Any]:
        try:
            content = json.loads(raw)
        except ValueError:
            content = None
        told = content if isinstance(content, dict) and isinstance(content.get("success"), bool) else None
        if status in _NOT_NOW or status >= 500:
            raise Unreachable(f"it answered {status}{_message(told)}", answered=True)
        if 300 <= status < 400:
            raise Refused(
                f"it sends us to {one_line(headers.get('location', ''))}: set AGNOX_URL to where it is", status
            )
        if told is None:
            kind = one_line(headers.get("content-type", "")) or "nothing"
            raise Refused(f"it answered {status} with {kind}, which no Agnox server does: check AGNOX_URL", status)
        if status == 401:
            raise Refused("it does not know the API key: check AGNOX_API_KEY", status)
        if status >= 400 or not told["success"]:
            raise Refused(f"it answered {status}{_message(told)}", status)
        data = told.get("data", told)
        return data if isinstance(data, dict) else {}

    @cached_property
    def _pool(self) -> "urllib3.PoolManager":
        from urllib.request import getproxies, proxy_bypass

        import urllib3

        patience = self.patience
        retries = urllib3.Retry(
            total=patience.retries,
            read=min(1, patience.retries),
            redirect=False,
            # Every request may be sent twice: it carries a key by which the server knows it again.
            allowed_methods=None,
            status_forcelist=_AGAIN,
            backoff_factor=patience.backoff,
            backoff_jitter=patience.backoff,
            backoff_max=patience.longest_wait,
            retry_after_max=int(patience.longest_wait),
            raise_on_status=False,
            raise_on_redirect=False,
        )
        timeout = urllib3.Timeout(connect=patience.connect, read=patience.read)
        parts = urlsplit(self.url)
        proxy = "" if proxy_bypass(parts.netloc) else getproxies().get(parts.scheme, "")
        if proxy:
            return urllib3.ProxyManager(proxy, retries=retries, timeout=timeout)
        return urllib3.PoolManager(retries=retries, timeout=timeout)


def _message(told: Mapping[str, Any] | None) -> str:
    text = one_line(told.get("message") or told.get("error") or "") if told else ""
    return f": {text}" if text else ""


def one_line(text: object) -> str:
    """What others say, fit for a line of a terminal."""
    return _UNPRINTABLE.sub(" ", str(text)).strip()[:_SHOWN]


def _reason(error: BaseException) -> str:
    """Gives the innermost reason: the outer ones repeat the address and the number of tries."""
    inner = getattr(error, "reason", None) or error.__cause__ or next(reversed(error.args), None)
    if isinstance(inner, BaseException):
        return _reason(inner)
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return one_line(_NUMBER.sub("", text)) or type(error).__name__
