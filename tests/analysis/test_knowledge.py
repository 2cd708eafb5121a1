"""Every entry of the knowledge base: its examples, its words, and that no pattern can be made slow."""

import re
import string
from pathlib import Path
from typing import get_args

import pytest

from bot.analysis.knowledge import Entry, Shelf, best_known, shelf
from bot.analysis.knowledge.matching import match
from bot.analysis.model import Category, FixKind

ENTRIES = list(shelf())
PASSING = (Path(__file__).parents[1] / "data" / "analysis" / "passing-lines.txt").read_text("utf-8").split("\n")


def tried(entry: Entry, line: str) -> dict[str, str] | None:
    """As in production: patterns are tried only where one of the words stands."""
    return match(entry, line) if any(word in line.lower() for word in entry.near) else None


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_examples_match_and_others_do_not(entry: Entry) -> None:
    assert entry.examples
    assert entry.others
    slots = {name for text in (entry.cause, *entry.steps) for name in re.findall(r"\{(\w+)\}", text)}
    for line in entry.examples:
        values = tried(entry, line)
        assert values is not None, line
        assert slots <= values.keys(), line
    for line in entry.others:
        assert tried(entry, line) is None, line


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_an_entry_is_well_formed(entry: Entry) -> None:
    assert re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", entry.id)
    assert entry.category in get_args(Category)
    assert entry.fix_kind in get_args(FixKind)
    assert all(word == word.lower() and len(word) > 2 for word in entry.near)
    assert 0 < entry.weight <= 1.5
    assert 1 <= len(entry.steps) <= 4
    for text in (entry.cause, *entry.steps):
        assert text[-1] in ".?!"
        assert len(text) <= 260
        assert text.count("`") % 2 == 0


def test_ids_are_unique() -> None:
    ids = [entry.id for entry in ENTRIES]
    assert len(ids) > 100
    assert len(ids) == len(set(ids))


def test_what_a_line_says_is_quoted_in_code_or_is_chosen_by_the_pattern() -> None:
    """A value outside backticks could be read as markup: there it must be short and of plain words."""
    for entry in ENTRIES:
        for text in (entry.cause, *entry.steps):
            outside = re.sub(r"`[^`]*`", "", text)
            for name in re.findall(r"\{(\w+)\}", outside):
                for line in entry.examples:
                    value = (tried(entry, line) or {})[name]
                    assert not set(value) & set("<>`|*"), (entry.id, value)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_no_line_of_a_green_run_matches(entry: Entry) -> None:
    assert [line for line in PASSING if tried(entry, line) is not None] == []


def test_values_are_short_and_plain() -> None:
    known = best_known([(1.0, f"ModuleNotFoundError: No module named '{'x' * 300}'")])
    assert known is None or all(len(value) <= 100 for value in known.values.values())
    known = best_known([(1.0, "npm ERR! 404  'a`b\x1b' is not in this registry.")])
    assert known is None
    known = best_known([(1.0, "panic: a `b` \x1b[31m\x07 c")])
    assert known is not None
    assert known.values["message"] == "a 'b' [31m c"


def test_the_line_that_weighs_most_decides() -> None:
    lines = [(0.5, "OSError: [Errno 28] No space left on device"), (1.0, "ImportError: No module named cv2")]
    known = best_known(lines)
    assert known is not None
    assert (known.entry.id, known.line) == ("python-module-missing", 1)
    assert known.cause.startswith("Python can't import `cv2`")
    assert best_known([(0.1, lines[0][1])]) is None
    assert best_known([(1.0, "something else went wrong")]) is None
    assert best_known([]) is None


def test_an_entry_without_words_is_refused() -> None:
    with pytest.raises(ValueError, match="without a line of words"):
        Shelf(["[[entry]]\nid = 'x'\n"])


def test_an_entry_is_parsed_only_when_it_is_met() -> None:
    broken = Shelf(['[[entry]]\nid = "x"\nnear = ["abc"]\npatterns = not toml'])
    assert broken.worth_trying("nothing of it") == []
    with pytest.raises(ValueError, match="nvalid"):
        broken.worth_trying("abc")


def test_files_hold_plain_text() -> None:
    allowed = set(string.printable) | set("│✖×…")
    for entry in ENTRIES:
        assert not set(entry.cause + "".join(entry.steps)) - allowed, entry.id
