"""Any ASGI app on a real loopback port, in a thread."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp


@contextmanager
def serving(app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0, log_level: str = "critical") -> Iterator[str]:
    """Serves `app` until the block ends and gives its base URL; port 0 takes any free one.

    uvicorn's own `date` header is off, since a simulated host sends its own clock's.
    """
    listener = socket.create_server((host, port), backlog=256)
    config = uvicorn.Config(
        app,
        log_level=log_level,
        access_log=False,
        date_header=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name=f"serving {app!r}"[:60], daemon=True)
    thread.start()
    try:
        while not server.ready.wait(0.02):
            if not thread.is_alive():
                raise RuntimeError("the app did not start")
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.ready.set()
