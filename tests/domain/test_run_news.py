"""Which word on a CI run counts, in whatever order they come."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from bot.domain.run_news import RunNews, is_newer

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def news(attempt: int, state: str, outcome: str = "unknown", after: float | None = 0) -> RunNews:
    at = None if after is None else START + timedelta(minutes=after)
    return RunNews(attempt, state, outcome, at)


def last(told: list[RunNews]) -> RunNews:
    known, *rest = told
    for each in rest:
        known = each if is_newer(each, known) else known
    return known


COUNTED = [
    news(1, "queued", after=0),
    news(1, "running", after=1),
    news(1, "ended", "failed", after=2),
    news(2, "queued", after=3),
    news(2, "running", after=4),
    news(2, "ended", "passed", after=5),
]
UNCOUNTED = [news(0, each.state, each.outcome, index) for index, each in enumerate(COUNTED)]


@pytest.mark.parametrize("story", [COUNTED, UNCOUNTED], ids=["counted", "uncounted"])
def test_in_any_order_the_last_word_stands(story: list[RunNews]) -> None:
    assert all(last(list(order)) == story[-1] for order in permutations(story))


@pytest.mark.parametrize("story", [COUNTED[:3], UNCOUNTED[:3]], ids=["counted", "uncounted"])
def test_what_is_told_twice_changes_nothing(story: list[RunNews]) -> None:
    assert not is_newer(story[-1], story[-1])
    assert all(last([*order, *order]) == story[-1] for order in permutations(story))


def test_the_end_counts_whatever_time_it_has() -> None:
    assert is_newer(news(1, "ended", "failed", 0), news(1, "running", after=5))
    assert not is_newer(news(1, "running", after=9), news(1, "ended", "failed", 0))


def test_without_times_the_order_of_states_has_to_do() -> None:
    assert is_newer(news(1, "running", after=None), news(1, "queued", after=None))
    assert not is_newer(news(1, "queued", after=None), news(1, "running", after=None))
    assert is_newer(news(0, "ended", "passed", None), news(0, "running", after=None))


def test_one_end_that_is_told_with_two_times_is_one() -> None:
    end = news(0, "ended", "failed", 5)
    assert not is_newer(news(0, "ended", "failed", 5.5), end)
    assert is_newer(news(0, "ended", "failed", 9), end)
    assert is_newer(news(0, "ended", "passed", 5.5), end)


def test_attempts_are_told_apart_by_number_or_time() -> None:
    assert news(3, "ended").key == "3"
    assert news(0, "ended", after=1).key != news(0, "ended", after=2).key
    assert news(0, "ended", after=None).key == "0"
