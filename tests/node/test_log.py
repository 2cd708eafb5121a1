"""An output of any length costs neither disk nor memory, and its two ends stay."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.node.boundedlog import HEAD, RING, BoundedLog, read_log
from tests.node.suites import run


def keep(folder: Path, limit: int, *pieces: bytes) -> tuple[list[bytes], int]:
    log = BoundedLog(folder, limit)
    for piece in pieces:
        log.write(piece)
    log.close()
    kept = read_log(folder, log.written, log.lost)
    return list(kept.lines()), kept.dropped


def test_what_fits_stays_whole(tmp_path: Path) -> None:
    assert keep(tmp_path, 40, b"0123456789", b"0123\n56789", b"x" * 20) == (
        [b"01234567890123\n", b"56789" + b"x" * 20],
        0,
    )


def test_the_ends_stay_and_the_gap_is_told(tmp_path: Path) -> None:
    lines = [b"line %03d\n" % number for number in range(100)]
    kept, dropped = keep(tmp_path, 100, *lines)
    assert kept[:2] == lines[:2]
    assert kept[2] == b"[agnox: %d bytes of the output are left out here]\n" % dropped
    assert kept[3:] == lines[-8:]
    assert dropped == 90 * 9
    assert (tmp_path / HEAD).stat().st_size + (tmp_path / RING).stat().st_size == 100


def test_half_a_line_is_never_kept_beside_a_gap(tmp_path: Path) -> None:
    kept, dropped = keep(tmp_path, 100, b"x" * 1000, b"\nlast\n")
    assert kept == [b"[agnox: 1001 bytes of the output are left out here]\n", b"last\n"]
    assert dropped == 1001


def test_one_endless_line_leaves_only_the_note(tmp_path: Path) -> None:
    assert keep(tmp_path, 100, b"x" * 1000) == ([b"[agnox: 1000 bytes of the output are left out here]\n"], 1000)


def test_a_full_disk_loses_output_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.pwrite

    def full(handle: int, data: bytes, place: int) -> int:
        if len(data) > 10:
            raise OSError(28, "No space left on device")
        return real(handle, data, place)

    monkeypatch.setattr("bot.node.boundedlog.os.pwrite", full)
    kept, dropped = keep(tmp_path, 100, b"one\n", b"two\nhalf", b"x" * 50, b"late\n")
    assert kept == [b"one\n", b"two\n", b"[agnox: 59 bytes of the output are left out here]\n"]
    assert dropped == 59


@given(st.lists(st.binary(max_size=60).map(lambda data: data.replace(b"7", b"\n")), max_size=30), st.integers(4, 200))
def test_kept_and_dropped_are_all_there_was(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], limit: int
) -> None:
    kept, dropped = keep(tmp_path_factory.mktemp("log"), limit, *pieces)
    output = b"".join(pieces)
    if len(output) <= limit:
        assert (b"".join(kept), dropped) == (output, 0)
        return
    note = b"[agnox: %d bytes of the output are left out here]\n" % dropped
    start, found, end = b"".join(kept).partition(note)
    assert found
    assert output.startswith(start)
    assert output.endswith(end)
    assert len(start) + dropped + len(end) == len(output)
    assert len(start) + len(end) <= limit


@pytest.mark.anyio
async def test_a_gigabyte_of_output_takes_little_disk_and_memory() -> None:
    ran = await run(
        'echo first; yes | head -c 1000000000; du -sk "$HOME/../spool" | cut -f1; grep VmHWM /proc/$PPID/status',
        log_limit=4_000_000,
        time_limit=120,
    )
    *_, disk, peak = ran.log.decode().splitlines()
    assert ran.outcome.exit_code == 0
    assert ran.outcome.problem == ""
    assert ran.log.startswith(b"first\ny\n")
    assert int(disk) < 4_100
    assert int(peak.split()[1]) < 40_000
    assert 996_000_000 < ran.outcome.log.dropped < 996_100_000
    assert ran.outcome.notes == (f"log cut: {ran.outcome.log.dropped} bytes left out",)
