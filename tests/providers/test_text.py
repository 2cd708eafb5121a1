"""Untrusted text is cut and cleaned as people read it."""

from providers.text import clean, cut, cut_bytes, duration, one_line


def test_cuts_fall_between_characters() -> None:
    assert cut("abc", 3) == "abc"
    assert cut("abcd", 3) == "ab…"
    assert cut_bytes("é" * 10, 20) == "é" * 10
    assert cut_bytes("é" * 10, 19) == "é" * 8 + "…"
    assert one_line("  a\r\n\tb\u2028c  ", 10) == "a b c"
    assert clean("a\x1b[1;31mb\x1b]0;title\x07c\x1b(Bd\u202e") == "abcd"
    assert [duration(s) for s in (0, 1.25, 59.6, 134, 3600, 3725)] == [
        "0.0\xa0s",
        "1.2\xa0s",
        "1\xa0m",
        "2\xa0m\xa014\xa0s",
        "1\xa0h",
        "1\xa0h\xa02\xa0m",
    ]
