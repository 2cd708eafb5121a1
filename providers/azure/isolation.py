"""The Azure DevOps SDK without what it shares among all connections of a process (azure-devops 7.1.0b4, client.py).

It keeps discovery answers on a class and in files of the home folder, and one session id for everybody: what one
organization's server told would be used for another's. Importing this module imports the SDK.
"""

import logging
import os
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import Any, TypeVar

import requests
from cachetools import TTLCache
from msrest.pipeline import HTTPSender, Pipeline, Request, Response
from msrest.universal_http.requests import RequestsClientResponse

C = TypeVar("C")

# It tells of every call to a server that is older than itself.
logging.getLogger("azure.devops").setLevel(logging.WARNING)

CACHE_DIR = "AZURE_DEVOPS_CACHE_DIR"
SESSION_ID = "X-TFS-Session"
FRESH = 12 * 3600.0
"""Seconds that a discovery answer is believed, as long as the SDK itself does; a server may be upgraded."""
ADDRESSES = 16
"""Discovery answers kept a connection: one for each address that its clients have."""


class Isolation:
    """What the SDK's clients of one connection share, and nobody else; for many threads."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.session_id = str(uuid.uuid4())
        self._lock = threading.Lock()
        self._locations: TTLCache[str, Mapping[str, Any]] = TTLCache(ADDRESSES, FRESH, now)

    def client(self, kind: Callable[[str, None], C], base_url: str, session: requests.Session) -> C:
        """Makes a client of the SDK that sends everything through `session`, which also carries the credential.

        `base_url` is the organization's or collection's address on the host that serves this kind of client; nothing
        is asked for it here.
        """
        made: Any = kind(base_url, None)
        # Without it msrest closes the session after each call.
        made.config.keep_alive = True
        # msrest's own sender would retry, follow redirects and patch the session.
        made.config.pipeline = Pipeline([], _Sender(session))
        made.config.additional_headers[SESSION_ID] = self.session_id
        made._get_resource_location = partial(self._location, made)
        typed: C = made
        return typed

    def _location(self, client: Any, url: str, location_id: str) -> Any:
        """Stands in for the SDK's method of the name `_get_resource_location`."""
        with self._lock:
            found = self._locations.get(url)
            if found is None:
                client._locations.pop(url, None)
                told = client._get_resource_locations(url, all_host_types=False) or []
                found = {str(location.id).lower(): location for location in told}
                if found:
                    self._locations[url] = found
        return found.get(location_id.lower())


class _Sender(HTTPSender[Any, Any]):
    """Hands msrest's requests to a session as they are."""

    def __init__(self, session: requests.Session) -> None:
        self._session = session

    def __exit__(self, *exc_details: object) -> None:
        self._session.close()

    def send(self, request: "Request[Any]", **config: Any) -> "Response[Any, Any]":
        asked = request.http_request
        answer = self._session.request(
            asked.method, asked.url, headers=asked.headers, data=asked.data, files=asked.files or None
        )
        return Response(request, RequestsClientResponse(asked, answer))  # type: ignore[no-untyped-call]


class _Forgetful(MutableMapping[Any, Any]):
    """A cache that keeps nothing; what is not there reads as empty, as in the SDK's own."""

    def __getitem__(self, key: Any) -> Any:
        return {}

    def __contains__(self, key: object) -> bool:
        return False

    def __setitem__(self, key: Any, value: Any) -> None: ...

    def __delitem__(self, key: Any) -> None: ...

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0


@contextmanager
def _private_cache() -> Iterator[None]:
    """The SDK makes its folder when it is imported, and fails where it can't; nothing will be written there."""
    before = os.environ.get(CACHE_DIR)
    with tempfile.TemporaryDirectory(prefix="agnox-azure-") as folder:
        os.environ[CACHE_DIR] = folder
        try:
            yield
        finally:
            os.environ.pop(CACHE_DIR)
            if before is not None:
                os.environ[CACHE_DIR] = before


def _load() -> None:
    with _private_cache():
        client, connection = import_module("azure.devops.client"), import_module("azure.devops.connection")
    nothing: Any = _Forgetful()
    client.OPTIONS_FILE_CACHE = nothing  # type: ignore[attr-defined]
    client.Client._locations_cache = nothing
    client.Client._session_data = nothing
    connection.RESOURCE_FILE_CACHE = nothing  # type: ignore[attr-defined]


_load()
