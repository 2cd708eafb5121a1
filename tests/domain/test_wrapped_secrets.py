"""A known secret that a line wrap has cut is masked in both lines; what shares a few letters with it stays."""

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.masking import MASK, Masker, mask

SECRET = "Tr0ub4dor/and+3-horses~battery"
STAMPS = ("", "2026-01-02T03:04:05.1234567Z ", "[03:04:05] ", "[2026-01-02T03:04:05.678Z] ", "    ", "web-1  | ")


@pytest.mark.parametrize("stamp", STAMPS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("at", range(8, len(SECRET) - 7))
def test_both_sides_of_a_wrap(stamp: str, end: str, at: int) -> None:
    text = f"{stamp}login with {SECRET[:at]}{end}{stamp}{SECRET[at:]} failed{end}"
    assert mask(text, [SECRET]) == f"{stamp}login with {MASK}{end}{stamp}{MASK} failed{end}"


def test_wraps_written_as_escapes() -> None:
    text = rf'{{"log": "login with {SECRET[:12]}\n{SECRET[12:]} failed\r\nand {SECRET[:10]}\\n{SECRET[10:]}"}}'
    masked = mask(text, [SECRET])
    assert masked == rf'{{"log": "login with {MASK}\n{MASK} failed\r\nand {MASK}\\n{MASK}"}}'


@given(st.integers(20, 80), st.integers(0, 60), st.sampled_from(STAMPS), st.integers(0, 2))
def test_base64_in_lines_of_any_width(width: int, before: int, stamp: str, shift: int) -> None:
    secret = f"{SECRET} {SECRET[::-1]}"
    encoded = base64.b64encode(b"u" * (before + shift) + b":" + secret.encode()).decode()
    lines = [encoded[at : at + width] for at in range(0, len(encoded), width)]
    masked = mask("".join(f"{stamp}{line}\n" for line in lines), [secret])
    core = base64.b64encode(b"\0" * ((before + shift + 1) % 3) + secret.encode()).decode()[4:-4]
    # Left are at most what came before the secret, and pieces too short to be told from words.
    for line in masked.splitlines():
        left = line.removeprefix(stamp).replace(MASK, "")
        assert not any(left[at : at + 8] in core for at in range(len(left) - 7))
    assert masked.count("\n") == len(lines)


@pytest.mark.parametrize(
    "text",
    [
        "the tests of horses~battery charge\n",
        "a line that ends with Tr0ub4\n",
        "3-horses\nand then\n",
        f"{SECRET[5:14]} is in the middle\n",
        f"a line that ends in the middle {SECRET[5:14]}\n",
    ],
)
def test_what_is_no_piece_at_a_wrap_stays(text: str) -> None:
    assert mask(text, [SECRET]) == text


@pytest.mark.parametrize("size", [1, 9, 64])
def test_lines_one_by_one_and_in_chunks(size: int) -> None:
    data = f"a {SECRET[:15]}\n{SECRET[15:]} b\n{quote(SECRET, safe='')}\n".encode()
    expected = f"a {MASK}\n{MASK} b\n{MASK}\n".encode()
    assert b"".join(map(Masker([SECRET]).bytes_line, data.splitlines(keepends=True))) == expected
    chunks = (data[at : at + size] for at in range(0, len(data), size))
    assert b"".join(Masker([SECRET]).bytes_blocks(chunks)) == expected
