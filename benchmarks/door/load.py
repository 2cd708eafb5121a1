"""Sends deliveries over connections that are kept open: the generator where there is no wrk, and the one that records.

Prints one JSON object; with a file as its last argument, it writes the id of every acknowledged delivery there.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

import uvloop
from workload import BODY, delivery_headers


class Load:
    """What all connections share: when to stop, and what came of the requests."""

    def __init__(self, run: str, seconds: float) -> None:
        lines = "".join(f"{name}: {value}\r\n" for name, value in delivery_headers().items())
        self.head = f"POST /webhooks/github HTTP/1.1\r\nhost: door\r\ncontent-length: {len(BODY)}\r\n{lines}".encode()
        self.run = run
        self.end = time.perf_counter() + seconds
        self.sent = 0
        self.refused = 0
        self.broken = 0
        self.acknowledged: list[str] = []
        self.latencies: list[float] = []

    def next_id(self) -> str:
        self.sent += 1
        return f"{self.run}-{self.sent}"


class Connection(asyncio.Protocol):
    """Sends one request after the other, each after the answer to the last."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.done = asyncio.get_running_loop().create_future()
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.send()

    def send(self) -> None:
        if time.perf_counter() >= self.load.end:
            self.transport.close()
            return
        self.delivery = self.load.next_id()
        self.started = time.perf_counter()
        self.transport.write(b"%bx-github-delivery: %b\r\n\r\n%b" % (self.load.head, self.delivery.encode(), BODY))

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, blank, body = self.buffer.partition(b"\r\n\r\n")
        if not blank or len(body) < int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]):
            return
        self.buffer = b""
        self.load.latencies.append(time.perf_counter() - self.started)
        if head[9:10] == b"2":
            self.load.acknowledged.append(self.delivery)
        else:
            self.load.refused += 1
        self.send()

    def connection_lost(self, error: Exception | None) -> None:
        self.load.broken += time.perf_counter() < self.load.end
        if not self.done.done():
            self.done.set_result(None)


async def main(port: int, run: str, connections: int, seconds: float, record: Path | None) -> None:
    """Keeps `connections` busy for `seconds`, or until the server is gone."""
    load, started = Load(run, seconds), time.perf_counter()
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(lambda: Connection(load), "127.0.0.1", port) for _ in range(connections)]
    await asyncio.gather(*(connection.done for _, connection in made))
    latencies = sorted(load.latencies)
    print(
        json.dumps(
            {
                "requests": len(latencies),
                "seconds": time.perf_counter() - started,
                "refused": load.refused,
                "broken": load.broken,
                "p50": latencies[len(latencies) // 2] * 1e3,
                "p99": latencies[len(latencies) * 99 // 100] * 1e3,
            }
        )
    )
    if record is not None:
        record.write_text("\n".join(load.acknowledged))


if __name__ == "__main__":
    port, run, connections, seconds, *rest = sys.argv[1:]
    uvloop.run(main(int(port), run, int(connections), float(seconds), Path(rest[0]) if rest else None))
