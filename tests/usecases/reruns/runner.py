"""A runner that is told by signed requests to run tests again."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class FakeRunner:
    """What it was sent, as headers and raw body; it answers with `status`."""

    url: str = ""
    status: int = 202
    location: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def fake_runner() -> Iterator[FakeRunner]:
    runner = FakeRunner()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            runner.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(runner.status)
            if runner.location:
                self.send_header("location", runner.location)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    runner.url = f"http://127.0.0.1:{server.server_port}/job?token=x"
    try:
        yield runner
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
