"""What waits for a server: private, bounded, and for nobody else's key."""

import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

import pytest
from starlette.responses import JSONResponse

from agnox.sending.deliver import Fate, deliver, deliver_in_turn, deliver_waiting
from agnox.sending.outbox import HOUR, WEEK, Entry, Outbox
from agnox.sending.server import Server, Unreachable
from tests.client.conftest import KEY, SENT, Scripted

AWAY = Server.at("https://agnox.acme.test", KEY)
BUSY = JSONResponse({"success": False, "message": "later"}, 500)


class Clock:
    """A time that a test sets."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox(tmp_path: Path, clock: Clock) -> Outbox:
    return Outbox(tmp_path / "outbox", limit=10_000, clock=clock)


def body(content: bytes) -> Callable[[BinaryIO], str]:
    def write(target: BinaryIO) -> str:
        target.write(content)
        return "text/plain"

    return write


def contents(entries: list[Entry]) -> list[bytes]:
    return [(entry.folder / "body").read_bytes() for entry in entries]


def test_only_its_owner_can_read_it(outbox: Outbox, tmp_path: Path) -> None:
    entry = outbox.put(AWAY, "/api/results", body(b"x"))
    assert stat.S_IMODE(entry.folder.stat().st_mode) == stat.S_IMODE((tmp_path / "outbox").stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in entry.folder.iterdir()} == {
        "body": 0o600,
        "request.json": 0o600,
    }
    assert KEY not in (entry.folder / "request.json").read_text()


def test_it_waits_for_its_server_and_key_alone(outbox: Outbox) -> None:
    outbox.put(AWAY, "/api/results", body(b"ours"))
    assert contents(list(outbox.waiting(AWAY))) == [b"ours"]
    assert list(outbox.waiting(Server.at("https://other.test", KEY))) == []
    assert list(outbox.waiting(Server.at(AWAY.url, "agx_another"))) == []


def test_the_oldest_goes_first_and_too_much_is_dropped(outbox: Outbox, clock: Clock) -> None:
    for number in range(4):
        outbox.put(AWAY, "/api/results", body(bytes([number]) * 3000))
        clock.now += 1
    assert contents(list(outbox.waiting(AWAY))) == [bytes([number]) * 3000 for number in (1, 2, 3)]
    huge = outbox.put(AWAY, "/api/results", body(b"x" * 20_000))
    assert [entry.folder for entry in outbox.waiting(AWAY)] == [huge.folder]


def test_what_is_too_old_is_not_sent_and_goes(outbox: Outbox, clock: Clock, tmp_path: Path) -> None:
    outbox.put(AWAY, "/api/results", body(b"results"), lifetime=WEEK)
    outbox.put(AWAY, "/api/ci/trigger", body(b"trigger"), lifetime=HOUR)
    clock.now += HOUR + 1
    assert contents(list(outbox.waiting(AWAY))) == [b"results"]
    outbox.put(AWAY, "/api/results", body(b"new"))
    assert len(list((tmp_path / "outbox").iterdir())) == 2


def test_what_is_not_whole_is_left_out(outbox: Outbox, tmp_path: Path) -> None:
    for name, meta in (("0a", None), ("0b", "{"), ("0c", "[]"), ("0d", '{"server": "https://agnox.acme.test"}')):
        folder = tmp_path / "outbox" / name
        folder.mkdir(parents=True)
        if meta is not None:
            (folder / "request.json").write_text(meta)
    (tmp_path / "outbox" / "file").write_text("")
    assert list(outbox.waiting(AWAY)) == []
    assert outbox.put(AWAY, "/api/results", body(b"x")).kept


def test_a_body_that_can_not_be_written_leaves_nothing(outbox: Outbox, tmp_path: Path) -> None:
    def fail(target: BinaryIO) -> str:
        raise FileNotFoundError(2, "No such file or directory", "junit.xml")

    with pytest.raises(FileNotFoundError):
        outbox.put(AWAY, "/api/results", fail)
    assert list((tmp_path / "outbox").iterdir()) == []


def test_where_nothing_can_be_kept_it_is_sent_all_the_same(scripted: Scripted, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (None, tmp_path / "file" / "outbox"):
        outbox = Outbox(place)
        entry = outbox.put(scripted.server, "/api/results", body(b"x"))
        assert not entry.kept
        assert deliver(scripted.server, entry).fate is Fate.SENT
        scripted.answers = [BUSY]
        entry = outbox.put(scripted.server, "/api/results", body(b"x"))
        outcome = deliver(scripted.server, entry)
        assert (outcome.fate, entry.folder.exists()) == (Fate.LOST, False)
        assert outcome.reason == "it answered 500: later, and there is no folder to keep it in"


def test_what_waits_goes_before_what_is_new_and_with_its_old_key(
    scripted: Scripted, outbox: Outbox, clock: Clock
) -> None:
    scripted.answers = [BUSY]
    assert deliver(scripted.server, outbox.put(scripted.server, "/api/results", body(b"old"))).fate is Fate.KEPT
    clock.now += 1
    outcome, older = deliver_in_turn(
        scripted.server, outbox, outbox.put(scripted.server, "/api/ci/trigger", body(b"new"))
    )
    assert (outcome.fate, outcome.data, older) == (Fate.SENT, SENT, 1)
    assert [(each.path, each.body) for each in scripted.heard[1:]] == [
        ("/api/results", b"old"),
        ("/api/ci/trigger", b"new"),
    ]
    keys = [each.headers["idempotency-key"] for each in scripted.heard]
    assert keys[0] == keys[1] != keys[2]
    assert list(outbox.waiting(scripted.server)) == []


def test_one_that_the_server_stumbles_over_does_not_hold_up_the_others(scripted: Scripted, outbox: Outbox) -> None:
    outbox.put(scripted.server, "/api/results", body(b"old"))
    scripted.answers = [BUSY]
    outcome, older = deliver_in_turn(scripted.server, outbox, outbox.put(scripted.server, "/api/results", body(b"new")))
    assert (outcome.fate, older) == (Fate.SENT, 0)
    assert contents(list(outbox.waiting(scripted.server))) == [b"old"]


def test_what_is_refused_later_is_dropped(scripted: Scripted, outbox: Outbox) -> None:
    outbox.put(scripted.server, "/api/results", body(b"old"))
    scripted.answers = [JSONResponse({"success": False, "message": "wrong"}, 400)]
    assert [outcome.reason for outcome in deliver_waiting(scripted.server, outbox)] == ["it answered 400: wrong"]
    assert list(outbox.waiting(scripted.server)) == []


def test_a_server_that_is_away_is_asked_once(outbox: Outbox, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def post(self: Server, path: str, body: BinaryIO, headers: Mapping[str, str]) -> Mapping[str, object]:
        asked.append(path)
        raise Unreachable("Connection refused")

    monkeypatch.setattr(Server, "post", post)
    for _ in range(3):
        clock.now += 1
        entry = outbox.put(AWAY, "/api/results", body(b"x"))
    outcome, older = deliver_in_turn(AWAY, outbox, entry)
    assert (outcome.fate, outcome.away, older, len(asked)) == (Fate.KEPT, True, 0, 1)
    assert (len(deliver_waiting(AWAY, outbox)), len(asked)) == (1, 2)
    assert len(list(outbox.waiting(AWAY))) == 3
