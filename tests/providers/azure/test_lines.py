"""The lines that a change touches."""

from hypothesis import given, settings
from hypothesis import strategies as st

from providers.azure.lines import MOST_LINES, changed_lines


def touched(before: str, after: str) -> list[int]:
    return sorted(changed_lines(before, after).widths)


def test_added_altered_and_removed_lines() -> None:
    assert touched("a\nb\nc\n", "a\nB\nc\nd\n") == [2, 4]
    assert touched("a\nb\nc\n", "a\nc\n") == []
    assert touched("", "a\nb\n") == [1, 2]
    assert touched("a\n", "") == []
    assert touched("a\nb", "a\r\nb\r\n") == []


def test_only_line_feeds_count() -> None:
    assert touched("a\x0cb\u2028c\nd\n", "a\x0cb\u2028c\nD\n") == [2]


def test_widths_count_as_the_host_does() -> None:
    assert changed_lines("", "ab\n😀\n").widths == {1: 2, 2: 2}


def test_a_long_file_with_a_small_change_is_compared_and_one_with_a_huge_change_is_not() -> None:
    lines = [f"line {index}" for index in range(5 * MOST_LINES)]
    other = [*lines]
    other[7] = "changed"
    assert touched("\n".join(lines), "\n".join(other)) == [8]
    assert touched("\n".join(lines), "\n".join(f"{line}!" for line in lines)) == []
    assert len(touched("", "\n".join(lines))) == len(lines)


@settings(deadline=None)
@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12))
def test_untouched_lines_are_in_both_and_in_order(before: list[str], after: list[str]) -> None:
    changed = touched("".join(f"{x}\n" for x in before), "".join(f"{x}\n" for x in after))
    kept = [line for index, line in enumerate(after, 1) if index not in changed]
    rest = iter(before)
    assert all(line in rest for line in kept)
