"""Arguments of commands: quotation marks, reasons, and times."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.commands import Command, read_commands
from bot.domain.deadline import read_deadline

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "quoted",
    [
        '"a test, it says"',
        "'a test, it says'",
        "`a test, it says`",
        "``a test, it says``",
        "“a test, it says”",
        "„a test, it says“",
        "”a test, it says”",
        '“a test, it says"',
        "‘a test, it says’",
        "‚a test, it says‘",
        "«a test, it says»",
        "»a test, it says«",
        "« a test, it says »",
        "‹a test, it says›",
        '"a test,\xa0it\tsays"',
        '"a test, it says".',
    ],
)
def test_what_stands_in_quotation_marks_is_one_word(quoted: str) -> None:
    assert read_commands(f"/agnox explain {quoted}") == (Command("explain", ("a test, it says",)),)


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("'it's broken' now", ("it's broken", "now")),
        ("don't 'x", ("don't", "x")),
        ('"ends with a dot."', ("ends with a dot.",)),
        ("tests/a.py::test[x-1].", ("tests/a.py::test[x-1]",)),
        ('"unclosed name', ("unclosed", "name")),
        ("\"\" '' x", ("x",)),
        ("“says “hi” to you”", ("says “hi", "to", "you")),
    ],
)
def test_marks_within_a_word_close_nothing(text: str, arguments: tuple[str, ...]) -> None:
    assert read_commands(f"/agnox explain {text}") == (Command("explain", arguments),)


@pytest.mark.parametrize(
    ("text", "arguments", "reason"),
    [
        ("x because it is slow.", ("x",), "it is slow."),
        ("x for 14d Because:  it's   slow", ("x", "for", "14d"), "it's slow"),
        ("x because “the sandbox is down”", ("x",), "the sandbox is down"),
        ("x because because", ("x",), "because"),
        ("x because", ("x",), ""),
        ('"because" x', ("because", "x"), ""),
        ("because x", (), "x"),
    ],
)
def test_because_takes_the_rest_of_the_line(text: str, arguments: tuple[str, ...], reason: str) -> None:
    assert read_commands(f"/agnox quarantine {text}") == (Command("quarantine", arguments, reason),)


@given(
    st.lists(st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters='<>`"')), max_size=4),
    st.sampled_from(["", "the moon is full, it's said"]),
)
@example(["a b", "because", "it's", "«x", "x."], "")
def test_a_command_is_read_as_it_is_written(words: list[str], reason: str) -> None:
    command = Command("explain", tuple(filter(None, (word.strip() for word in words))), reason)
    assert read_commands(str(command)) == (command,)


@pytest.mark.parametrize(
    ("words", "end"),
    [
        ("for 14d", timedelta(days=14)),
        ("for 2w", timedelta(days=14)),
        ("FOR 12H", timedelta(hours=12)),
        ("for 90m", timedelta(minutes=90)),
        ("for 3 days", timedelta(days=3)),
        ("for 1 week", timedelta(days=7)),
        ("for 365d", timedelta(days=365)),
        ("until 2026-11-23", timedelta(hours=12)),
        ("until 2026-12-24", timedelta(days=31, hours=12)),
    ],
)
def test_times_are_read(words: str, end: timedelta) -> None:
    assert read_deadline(words.split(), NOW) == NOW + end


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("for 366d", "is too long: at most a year"),
        ("for 999999w", "is too long: at most a year"),
        ("until 2027-12-24", "is too long: at most a year"),
        ("until 9999-12-31", "is no time"),
        ("until 2026-11-22", "is over"),
        ("for 0d", "is over"),
        ("for 14", "is no time"),
        ("for 3y", "is no time"),
        ("for -1d", "is no time"),
        ("for 1d2h", "is no time"),
        ("for ٣d", "is no time"),
        ("for 9999999d", "is no time"),
        ("for", "is no time"),
        ("until", "is no time"),
        ("until tomorrow", "is no time"),
        ("until 2026-02-30", "is no time"),
        ("14d", "is no time"),
    ],
)
def test_what_is_no_time_is_told_what_would_be(words: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as caught:
        read_deadline(words.split(), NOW)
    assert "`for 14d`" in str(caught.value)


@given(st.lists(st.text(), max_size=4))
def test_no_words_make_the_reader_of_times_fail(words: list[str]) -> None:
    for said in (words, ["for", *words], ["until", *words]):
        try:
            assert NOW < read_deadline(said, NOW) <= NOW + timedelta(days=365)
        except ValueError as error:
            assert "would" in str(error) or "at most" in str(error)
