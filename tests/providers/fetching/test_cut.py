"""A text that is too long keeps its beginning and its end."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers.fetching.cut import CutFile


def cut(path: Path, parts: list[bytes], limit: int) -> tuple[bytes, int]:
    with CutFile(path, limit) as file:
        for part in parts:
            file.write(part)
        missing = file.finish()
    return path.read_bytes(), missing


def test_what_fits_stays_as_it_is(tmp_path: Path) -> None:
    assert cut(tmp_path / "a", [b"one ", b"two"], 7) == (b"one two", 0)


def test_the_middle_is_left_out_and_told(tmp_path: Path) -> None:
    text, missing = cut(tmp_path / "a", [b"0123456789" * 10], 20)
    assert missing == 80
    assert text == b"01234\n[80 bytes left out]\n" + (b"0123456789" * 10)[-15:]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.binary(max_size=40), max_size=12), limit=st.integers(1, 60))
def test_head_and_end_are_those_of_the_whole(tmp_path: Path, parts: list[bytes], limit: int) -> None:
    whole, kept = b"".join(parts), max(limit, 4)
    text, missing = cut(tmp_path / "a", parts, limit)
    if len(whole) <= kept:
        assert (text, missing) == (whole, 0)
        return
    head = kept // 4
    assert missing == len(whole) - kept
    assert text == whole[:head] + f"\n[{missing:,} bytes left out]\n".encode() + whole[len(whole) - (kept - head) :]


@pytest.mark.parametrize("limit", [100, 1_000])
def test_the_disk_is_bounded_while_it_comes(tmp_path: Path, limit: int) -> None:
    path = tmp_path / "a"
    with CutFile(path, limit) as file:
        for _ in range(50):
            file.write(b"x" * 997)
        file.finish()
    assert path.stat().st_size < limit + 40
    assert list(tmp_path.iterdir()) == [path]
