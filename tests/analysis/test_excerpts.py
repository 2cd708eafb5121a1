"""Which lines of a ranked log are shown, beyond those most likely to be the failure."""

from collections.abc import Mapping

import pytest

from bot.analysis import Limits, excerpts
from bot.analysis.excerpts import BUDGET, excerpts_of
from bot.analysis.logs import LogScan, scan


class FixedRanker:
    """Gives the chances it was made with."""

    def __init__(self, chances: Mapping[int, float]) -> None:
        self.chances = dict(chances)

    def rank(self, log: LogScan) -> dict[int, float]:
        return self.chances


def shown(log: LogScan, chances: Mapping[int, float], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    monkeypatch.setattr(excerpts, "ranker", lambda: FixedRanker(chances))
    return [number for part in excerpts_of(0, log) for number in part.lines]


FAR = "start\n\n--- FAIL: TestRefund (0.00s)\n    pay_test.go:9: got 0\n\n" + "error: noise\n" * 100


def test_the_first_failing_test_is_shown_with_the_lines_around_it(monkeypatch: pytest.MonkeyPatch) -> None:
    log = scan([FAR.encode()], Limits())
    assert log.results == [3]
    assert shown(log, {90: 0.9, 91: 0.8}, monkeypatch) == [90, 91, 3, 4]


def test_a_failing_test_in_sight_is_not_shown_again(monkeypatch: pytest.MonkeyPatch) -> None:
    log = scan([FAR.encode()], Limits())
    assert shown(log, {4: 0.9}, monkeypatch) == [4]


def test_room_is_made_where_all_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    log = scan([FAR.encode()], Limits())
    lines = shown(log, dict.fromkeys(range(40, 105), 0.9), monkeypatch)
    assert {3, 4} < set(lines)
    assert len(lines) == len(set(lines)) == BUDGET


def test_at_most_two_failing_tests_are_added(monkeypatch: pytest.MonkeyPatch) -> None:
    results = "".join(f"--- FAIL: Test{n} (0.00s)\n" + "\n" * 3 for n in range(9))
    log = scan([(results + "error: noise\n" * 100).encode()], Limits())
    assert shown(log, {90: 0.9}, monkeypatch) == [90, 1, 5]


def test_a_failing_test_of_the_green_run_is_not_added(monkeypatch: pytest.MonkeyPatch) -> None:
    log = scan([FAR.encode()], Limits())
    log.novel = {90}
    assert shown(log, {90: 0.9}, monkeypatch) == [90]


def test_a_failing_test_whose_line_was_not_kept_is_not_added(monkeypatch: pytest.MonkeyPatch) -> None:
    log = scan([FAR.encode()], Limits())
    del log.kept[3]
    assert shown(log, {90: 0.9}, monkeypatch) == [90]


def test_nothing_to_show(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(LogScan(), {}, monkeypatch) == []
