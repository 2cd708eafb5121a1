"""Sockets that are cut when nobody waits for them any more: a host that drips would hold its thread for ever.

The timeouts of requests are for each read, and http.client reads headers for as long as bytes come.
"""

import socket
from contextlib import suppress
from functools import partial
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.poolmanager import PoolManager, ProxyManager

from providers.sdk.threads import seconds_left, when_given_up


class _Severable(HTTPConnection):
    _use: object = None

    def request(self, *args: Any, **kwargs: Any) -> None:
        # The next use of a connection that is kept is another call's.
        self._use = use = object()
        when_given_up(partial(self._sever, use))
        super().request(*args, **kwargs)

    def getresponse(self) -> Any:
        # Given up while there was no socket yet.
        seconds_left()
        return super().getresponse()

    def _sever(self, use: object) -> None:
        if self._use is use and self.sock is not None:
            with suppress(OSError):
                # The method of an encrypted socket would take away what the reading thread holds on to.
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


class _SeverableTls(_Severable, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Severable


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _SeverableTls


class SeverableAdapter(HTTPAdapter):
    """Connects in the name of the call under way (`providers.sdk.threads`), and is cut off with it."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _use_ours(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> ProxyManager:
        manager: ProxyManager = super().proxy_manager_for(proxy, **kwargs)
        _use_ours(manager)
        return manager


def _use_ours(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
