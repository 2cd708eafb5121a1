"""The lines of green runs, as they are kept."""

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis import GreenRuns, Input, analyze, log_name, pack_lines
from bot.analysis import baseline as module
from bot.analysis.masks import line_key

LINES = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=40), min_size=1, max_size=60)


def packed(text: str) -> bytes:
    found = pack_lines(Input.of_bytes("build.log", text.encode("utf-8", "surrogatepass")))
    assert found is not None
    return found[1]


@given(LINES, LINES)
def test_what_is_kept_is_what_was_there(one: list[str], other: list[str]) -> None:
    def keys(lines: list[str]) -> set[int]:
        text = "\n".join(lines).encode().decode("utf-8", "replace")
        return {line_key(line) for line in text.split("\n")}

    # The last end of a line opens no further one.
    both = GreenRuns.unpack(
        [("build.log", packed("\n".join((*one, ".")))), ("build.log", packed("\n".join((*other, "."))))]
    )
    assert both.of("build.log") == keys([*one, "."]) | keys([*other, "."])
    assert both.of("other.log") is None


def test_a_line_has_the_same_key_in_every_process() -> None:
    """Python's own hashes are salted; these are stored."""
    code = "from bot.analysis.masks import line_key; print(line_key('2025-11-03T10:00:00Z  error 17 in abcdef0'))"
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert int(done.stdout) == line_key("2026-01-01T00:00:00Z  error 4 in 1234567")
    assert 0 <= int(done.stdout) < 2**64
    assert int(done.stdout) != line_key("error in")


def test_a_log_of_too_many_lines_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_LINES", 3)
    assert pack_lines(Input.of_bytes("a.log", b"a\nb\nc\na\nb\n")) is not None
    assert pack_lines(Input.of_bytes("a.log", b"a\nb\nc\nd\n")) is None
    assert pack_lines(Input.of_bytes("a.log", b"")) is None


def test_a_log_that_can_not_be_read_is_not_kept() -> None:
    def refuse() -> None:
        raise OSError("gone")

    assert pack_lines(Input("a.log", refuse)) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [b"", b"no zlib", b"x\x9c"])
def test_damaged_lines_are_told(content: bytes) -> None:
    with pytest.raises(ValueError, match="damaged"):
        GreenRuns.unpack([("a.log", content)])


def test_the_number_of_a_run_is_no_part_of_its_logs_name() -> None:
    assert log_name("job-1234/build.log") == log_name("job-99/build.log") != log_name("job-99/test.log")
    assert len(log_name("x" * 1000)) == 255


def test_each_log_has_its_own_green_run() -> None:
    noise = "error: no mirror\n"
    red = "error: the cart is empty\nFinished: FAILURE\n"
    green = GreenRuns.unpack([("a.log", packed(noise))])
    inputs = [Input.of_bytes(name, (noise + red).encode()) for name in ("a.log", "b.log")]
    found = analyze(inputs, baseline=green)
    lines = {index: {line for one in found.excerpts if one.input == index for line in one.lines} for index in (0, 1)}
    assert 1 not in lines[0] and 2 in lines[0]
    assert {1, 2} <= lines[1]
