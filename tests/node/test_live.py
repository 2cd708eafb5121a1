"""Output as it comes: whole lines, masked, and never more than fits."""

import os
import threading

import pytest

from bot.domain.masking import Masker
from bot.node import live
from bot.node.live import LEFT_OUT, Ear, LiveOutput, Mouth
from tests.node.suites import run, unmasked

pytestmark = pytest.mark.anyio


def test_only_whole_lines_are_given_and_each_once() -> None:
    output = LiveOutput(unmasked)
    output.hear(b"one\ntw", False)
    assert output.take() == "one\n"
    assert output.take() == ""
    output.hear(b"o\nthree", False)
    assert output.take() == "two\n"


def test_a_secret_is_masked_however_it_comes() -> None:
    output = LiveOutput(Masker(["correct horse"]).bytes_line)
    for byte in b"a correct horse\n":
        output.hear(bytes([byte]), False)
    assert output.take() == "a ***\n"


def test_half_a_line_at_a_gap_is_not_shown() -> None:
    output = LiveOutput(unmasked)
    output.hear(b"one\nsecret-be", False)
    output.hear(b"hind\ntwo\n", True)
    output.hear(b"three\n", False)
    assert output.take() == LEFT_OUT + "one\ntwo\nthree\n"


def test_who_does_not_take_gets_no_more_than_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "ROOM", 100)
    output = LiveOutput(unmasked)
    for number in range(30):
        output.hear(b"line %02d\n" % number, False)
    taken = output.take()
    assert taken.startswith(LEFT_OUT) and taken.endswith("line 29\n")
    assert len(taken) < len(LEFT_OUT) + 101


def test_a_line_without_end_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LONGEST", 50)
    output = LiveOutput(unmasked)
    for _ in range(20):
        output.hear(b"x" * 20, False)
    output.hear(b"x\nend\n", False)
    assert output.take() == LEFT_OUT + "end\n"


def test_a_supervisor_never_waits_for_who_listens() -> None:
    source, sink = os.pipe()
    mouth = Mouth(sink)
    for _ in range(1000):
        mouth.say(b"x" * 1000)
    os.close(source)
    mouth.say(b"nobody hears")
    mouth.say(b"still nobody")
    Mouth(-1).say(b"nobody listens")


def test_what_was_lost_is_told_with_what_comes_next() -> None:
    heard: list[tuple[int, bool]] = []
    first, goes_on = threading.Event(), threading.Event()

    def hear(data: bytes, lost: bool) -> None:
        heard.append((len(data), lost))
        first.set()
        goes_on.wait(20)

    ear = Ear(hear)
    handle = os.dup(ear.handle)
    ear.pass_on()
    mouth = Mouth(handle)
    mouth.say(b"begin")
    assert first.wait(20)
    mouth.say(b"x" * 2_000_000)
    goes_on.set()
    while not any(lost for _, lost in heard):
        mouth.say(b"again")
    mouth.close()
    ear.wait()
    assert heard[0] == (5, False)
    assert sum(size for size, _ in heard) < 2_000_000


async def test_a_flood_is_heard_in_part_and_kept_as_ever() -> None:
    output, told = LiveOutput(unmasked), list[str]()

    def hear(data: bytes, lost: bool) -> None:
        output.hear(data, lost)
        told.append(output.take())

    ran = await run("seq 300000; echo the end", hear=hear)
    assert ran.log.endswith(b"300000\nthe end\n") and ran.outcome.log.dropped == 0
    lines = "".join(told).replace(LEFT_OUT, "").splitlines()
    numbers = [int(line) for line in lines if line != "the end"]
    assert numbers == sorted(set(numbers)) and numbers[0] == 1
