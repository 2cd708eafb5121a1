"""No damage of any report makes a reader raise, or say that all is well with it."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.analysis import Input, Limits, analyze
from bot.analysis.reports import READERS, Budget, Reader
from bot.analysis.reports.json_lines import LinesReader
from bot.analysis.reports.json_stream import JsonReader

REPORTS = Path(__file__).parents[1] / "data" / "reports"
SAMPLES = {
    path.name: path.read_bytes()
    for path in sorted([*REPORTS.iterdir(), *(REPORTS / "formats").iterdir()])
    if path.is_file() and path.name not in ("README.md", "expected.json")
}
KNOWN = {
    name: (data, reader) for name, data in SAMPLES.items() for reader in READERS if reader.sniff(data[: 64 * 1024])
}
JSON_DOCUMENTS = sorted(name for name, (_, reader) in KNOWN.items() if isinstance(reader, JsonReader))
EVENT_STREAMS = sorted(name for name, (_, reader) in KNOWN.items() if isinstance(reader, LinesReader))
HOSTILE: list[Any] = [
    None, True, -1, 0, 1e300, 2**63, "", "x" * 5000, "\ud800", "\x00\x1b[31m", "<script>", "..", "١٢", "NaN", "-0.0",
    "1:2:3", [], {}, [[[[1]]]], {"": {"": ""}}, [None, "a", 1], {"message": ["a"], "status": {}},
]  # fmt: skip


def read(reader: Reader, data: bytes, size: int = 64 * 1024) -> None:
    """Read it, and check what must hold for any input."""
    limits = Limits()
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    report = reader.read(chunks, limits, Budget(limits), None)
    counts = report.counts
    assert counts.total == counts.passed + counts.failed + counts.errored + counts.skipped
    assert 0 <= counts.flaky <= counts.passed
    assert len(report.failures) <= counts.failed + counts.errored + counts.flaky
    for item in (*report.failures, *report.suite_errors):
        assert item.id
        # All of it can be written out.
        "".join((item.id, item.name, item.classname, item.file or "", item.message, item.details, item.stdout)).encode()
        assert item.duration is None or 0 <= item.duration < 1e12
        assert item.report_line is None or 1 <= item.report_line <= data.count(b"\n") + 1


@pytest.mark.parametrize("name", sorted(KNOWN))
@settings(max_examples=20, deadline=None)
@given(share=st.floats(0, 1), size=st.integers(50, 5000))
def test_truncated(name: str, share: float, size: int) -> None:
    data, reader = KNOWN[name]
    read(reader, data[: int(len(data) * share)], size)


@pytest.mark.parametrize("name", sorted(KNOWN))
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), edits=st.integers(1, 8))
def test_mutated(name: str, seed: int, edits: int) -> None:
    data, reader = KNOWN[name]
    chance, damaged = random.Random(seed), bytearray(data)
    for _ in range(edits):
        at = chance.randrange(len(damaged) + 1)
        kind = chance.randrange(4)
        if kind == 0:
            damaged[at : at + chance.randrange(1, 40)] = b""
        elif kind == 1:
            damaged[at:at] = chance.randbytes(chance.randrange(1, 6))
        elif kind == 2:
            damaged[at : at + 1] = chance.choice([b'"', b"<", b">", b"{", b"}", b"]", b"\n", b"\\", b"&", b"\xff"])
        else:
            other = chance.randrange(len(damaged) + 1)
            damaged[at:at] = damaged[other : other + 60]
    read(reader, bytes(damaged))


def twisted(value: Any, chance: random.Random, share: float) -> Any:
    """The value with some of its parts replaced by what nobody expects there."""
    if chance.random() < share:
        return chance.choice(HOSTILE)
    if isinstance(value, dict):
        return {key: twisted(part, chance, share) for key, part in value.items() if chance.random() > share / 4}
    if isinstance(value, list):
        return [twisted(part, chance, share) for part in value]
    return value


@pytest.mark.parametrize("name", JSON_DOCUMENTS)
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), share=st.floats(0.005, 0.3))
def test_values_of_any_type(name: str, seed: int, share: float) -> None:
    data, reader = KNOWN[name]
    value = json.loads(data)
    chance = random.Random(seed)
    parts = {key: twisted(part, chance, share) for key, part in value.items()} if isinstance(value, dict) else None
    read(reader, json.dumps(parts or [twisted(part, chance, share) for part in value]).encode())


@pytest.mark.parametrize("name", EVENT_STREAMS)
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), share=st.floats(0.005, 0.3))
def test_events_of_any_shape_and_order(name: str, seed: int, share: float) -> None:
    data, reader = KNOWN[name]
    chance = random.Random(seed)
    events = [json.loads(line) for line in data.decode().split("\n") if line.startswith("{")]
    events = [twisted(event, chance, share) for event in events]
    if chance.random() < 0.5:
        chance.shuffle(events)
    read(reader, "\n".join(map(json.dumps, events)).encode())


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_what_is_cut_off_never_passes(name: str) -> None:
    data, _ = KNOWN[name]
    body = data.rstrip()
    for share in (0.3, 0.6, 0.9):
        cut = body[: int(len(body) * share)].rstrip()
        analysis = analyze([Input.of_bytes(name, cut)])
        assert analysis.verdict != "passed", f"{len(cut)} of {len(body)} bytes: {analysis.unreadable}"
