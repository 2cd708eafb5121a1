"""Output on its way to the server while a command runs."""

from collections.abc import Callable

import pytest
from starlette.responses import JSONResponse

from agnox.running import live
from agnox.running.live import CHUNK, EVENTS, Live
from agnox.sending.server import Patience, Server
from tests.client.conftest import KEY, Scripted

SETUP = {"projectId": "shop", "framework": "command", "totalTests": 0}
BUSY = JSONResponse({"success": False, "message": "later"}, 500)

Begin = Callable[[], Live]


@pytest.fixture
def begin(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> Begin:
    """Begins a session whose clock stands still."""
    monkeypatch.setattr(live, "_EVERY", 0.01)

    def begin() -> Live:
        session = Live(scripted.server, SETUP, clock=lambda: 1_800_000_000.0)
        session.start()
        return session

    return begin


def told(scripted: Scripted) -> str:
    """What all events together say."""
    return "".join(event["chunk"] for each in scripted.of("/api/ingest/event") for event in each.json["events"])


def test_a_session_from_its_beginning_to_its_end(begin: Begin, scripted: Scripted) -> None:
    session = begin()
    for data in (b"caf\xc3", b"\xa9\n", b"\xff end\n"):
        session.write(data)
    assert session.finish("FAILED", 1.5, patience=10)
    assert scripted.heard[0].json == SETUP
    assert "idempotency-key" in scripted.heard[0].headers
    assert scripted.heard[-1].path == "/api/ingest/teardown"
    assert scripted.heard[-1].json == {
        "sessionId": "5e55",
        "status": "FAILED",
        "summary": {"total": 0, "passed": 0, "failed": 0, "skipped": 0, "duration": 1500},
    }
    assert told(scripted) == "café\n\ufffd end\n"


def test_events_stay_in_their_bounds_and_no_two_have_the_same_time(begin: Begin, scripted: Scripted) -> None:
    session = begin()
    text = "".join(f"{number:08}\n" for number in range(150_000))
    session.write(text.encode())
    assert session.finish("PASSED", 1, patience=10)
    calls = [each.json["events"] for each in scripted.of("/api/ingest/event")]
    assert told(scripted) == text
    assert max(map(len, calls)) == EVENTS
    events = [event for call in calls for event in call]
    assert max(len(event["chunk"]) for event in events) == CHUNK
    assert len({event["timestamp"] for event in events}) == len(events)


def test_a_character_that_two_batches_share_is_whole(
    begin: Begin, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_BATCH", 1)
    session = Live(scripted.server, SETUP)
    for byte in "né€":
        for part in byte.encode():
            session.write(bytes([part]))
    session.start()
    assert session.finish("PASSED", 1, patience=10)
    assert told(scripted) == "né€"


def test_of_what_the_server_is_too_slow_for_the_oldest_goes(
    begin: Begin, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_PENDING", 1000)
    session = Live(scripted.server, SETUP)
    for number in range(300):
        session.write(f"{number:09}\n".encode())
    session.start()
    assert session.finish("PASSED", 1, patience=10)
    assert told(scripted).startswith("\n[agnox: 2000 bytes left out]\n000000200\n")
    assert told(scripted).endswith("000000299\n")


@pytest.mark.parametrize(
    "refusal",
    [
        JSONResponse({"success": False, "message": "no such call"}, 404),
        JSONResponse({"success": True, "data": {}}, 201),
        BUSY,
    ],
)
def test_without_a_session_nothing_more_is_sent(begin: Begin, scripted: Scripted, refusal: JSONResponse) -> None:
    scripted.answers = [refusal]
    session = begin()
    session.write(b"text")
    assert not session.finish("PASSED", 1, patience=10)
    assert session.session == ""
    assert [each.path for each in scripted.heard] == ["/api/ingest/setup"]


def test_a_batch_that_is_lost_does_not_end_the_session(begin: Begin, scripted: Scripted) -> None:
    scripted.answers = [JSONResponse({"success": True, "data": {"sessionId": "5e55"}}, 201), BUSY]
    session = begin()
    session.write(b"lost")
    assert session.finish("PASSED", 1, patience=10)
    assert scripted.heard[-1].path == "/api/ingest/teardown"


def test_a_server_that_is_away_costs_nothing() -> None:
    session = Live(Server.at("http://127.0.0.1:1", KEY, Patience(retries=0)), SETUP)
    session.start()
    for _ in range(1000):
        session.write(b"x" * 10_000)
    assert not session.finish("PASSED", 1, patience=10)
