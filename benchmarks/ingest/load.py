"""Sends batches of events over keep-alive connections for some seconds; prints what was acknowledged, as JSON."""

import http.client
import itertools
import json
import sys
import threading
import time

EVENTS = 50
MARK = "@@@@@@@@@@@@"


def batch(session: str) -> str:
    """Gives a body of 50 events as a reporter of Playwright sends them; MARK stands where each batch differs."""
    events = []
    for at in range(EVENTS // 2):
        test = f"{MARK}-{at:02}-9f86d081884c7d65"
        events.append(
            {
                "type": "test-begin",
                "testId": test,
                "title": f" › chromium › cart.spec.ts › cart › item {at}",
                "file": "/home/runner/work/shop/tests/cart.spec.ts",
                "timestamp": 1_800_000_000_000 + at,
            }
        )
        error = "Error: expect(locator).toHaveText(expected) failed\n\n" + "    at tests/cart.spec.ts:12:5\n" * 8
        events.append(
            {
                "type": "test-end",
                "testId": test,
                "status": "failed" if at % 10 == 0 else "passed",
                "duration": 41,
                "timestamp": 1_800_000_000_100 + at,
                **({"error": error} if at % 10 == 0 else {}),
            }
        )
    return json.dumps({"sessionId": session, "events": events})


def main() -> None:
    port, session, key, run, connections, seconds = sys.argv[1:]
    body, numbers = batch(session), itertools.count()
    until = time.monotonic() + float(seconds)
    counts = {"batches": 0, "refused": 0}

    def send() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", int(port))
        headers = {"x-api-key": key, "content-type": "application/json"}
        while time.monotonic() < until:
            mark = f"{run}{next(numbers):0{len(MARK) - len(run)}}"
            connection.request("POST", "/api/ingest/event", body.replace(MARK, mark).encode(), headers)
            answer = connection.getresponse()
            answer.read()
            counts["batches" if answer.status == 200 else "refused"] += 1

    threads = [threading.Thread(target=send) for _ in range(int(connections))]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({**counts, "events": counts["batches"] * EVENTS, "seconds": time.monotonic() - begun}))


if __name__ == "__main__":
    main()
