"""The lines that are shown of a log: few where the failure is plain, of every kind where it is wide."""

import subprocess
import sys
from collections.abc import Mapping

import pytest

from bot.analysis import Limits
from bot.analysis.excerpts import BUDGET, FLOOR, chosen, excerpts_of, parts
from bot.analysis.features import Details, names
from bot.analysis.headline import telling
from bot.analysis.logs import LOOK_BLANK, LOOK_RED, LOOK_TELLS, LogScan, scan
from bot.analysis.masks import plain, uncoloured
from bot.analysis.page import CHEAP, Page
from bot.analysis.ranker import CHOSEN, Ranker, ranker
from bot.analysis.signals import signals
from tests.analysis.samples import COMPILE, LOGS, MAVEN, PYTEST


def scanned(text: str) -> LogScan:
    return scan([text.encode()], Limits())


def line_with(log: LogScan, words: str) -> int:
    return next(number for number, text in log.kept.items() if words in text)


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (PYTEST, "assert 0 == 10"),
        (MAVEN, "expected:<10> but was:<0>"),
        (COMPILE, "'refund' was not declared"),
    ],
)
def test_the_failure_stands_in_the_first_part(log: str, words: str) -> None:
    noise = "".join(f"Downloading package-{n}.tgz from the mirror, {n} kB\n" for n in range(300))
    found = scanned(noise + log)
    first = excerpts_of(0, found)[0]
    assert line_with(found, words) in first.lines


def test_rows_have_the_numbers_that_are_named() -> None:
    page = Page(scanned(MAVEN), ranker().words)
    assert len(page.cheap(0)) == len(CHEAP)
    assert {len(row) for row in Details(page, range(page.count)).rows()} == {len(names())}


def test_the_trees_ask_only_for_numbers_that_there_are() -> None:
    def features(tree: object) -> set[int]:
        return {tree[0]} | features(tree[2]) | features(tree[3]) if isinstance(tree, list) else set()

    model = ranker()
    assert max(set().union(*map(features, model.near))) < len(CHEAP)
    assert max(set().union(*map(features, model.trees))) < len(names())


def test_a_tree_goes_left_up_to_its_threshold() -> None:
    page_lines = CHEAP.index("lines")
    model = Ranker({}, [], [[page_lines, 100.0, 2.0, -2.0]])
    assert {round(chance, 3) for chance in model.rank(scanned(MAVEN)).values()} == {0.881}


def test_only_the_front_of_a_long_log_is_described() -> None:
    log = scanned("".join(f"error: number {n} of many\n" for n in range(2_000)))
    assert len(ranker().rank(log)) == CHOSEN


def test_an_empty_log_has_no_chances() -> None:
    assert ranker().rank(LogScan()) == {}


def test_the_chances_do_not_depend_on_the_process() -> None:
    code = (
        "from tests.analysis.samples import LOGS;from bot.analysis.ranker import ranker;"
        "from bot.analysis.logs import scan;from bot.analysis import Limits;"
        "print([sorted(ranker().rank(scan([t.encode()], Limits())).items()) for t in LOGS.values()])"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


@pytest.mark.parametrize(
    ("chances", "expected"),
    [
        ({1: 0.9, 5: 0.5, 9: 0.05}, [1, 5]),
        ({1: 0.9, 2: 0.01, 3: 0.8}, [1, 3, 2]),
        ({1: 0.9, 2: 0.01, 7: 0.8}, [1, 7]),
        (dict.fromkeys(range(1, 200), 0.5), list(range(1, BUDGET + 1))),
        ({}, []),
    ],
)
def test_lines_far_behind_the_best_are_left_out_and_gaps_filled(
    chances: Mapping[int, float], expected: list[int]
) -> None:
    assert chosen(chances, FLOOR) == expected


def test_parts_are_ranges_with_the_best_first() -> None:
    assert parts([1, 2, 5, 20, 21], {1: 0.2, 2: 0.1, 5: 0.3, 20: 0.9, 21: 0.1}) == [[20, 21], [1, 2, 5]]


def test_signals_are_one_of_a_kind_and_end_with_the_sum() -> None:
    failures = "".join(f"FAILED tests/test_{n}.py::test_x - ValueError: bad\n" for n in range(80))
    log = scanned(
        f"fatal: detected dubious ownership in repository\n{failures}= 80 failed, 3 passed in 9 s =\n"
        "##[error]Process completed with exit code 1.\n"
    )
    ranker().rank(log)
    texts = [log.kept[number] for number in signals(log, log.kept)]
    assert texts[0] == "= 80 failed, 3 passed in 9 s ="
    assert sum(text.startswith("FAILED") for text in texts) <= 2
    assert "fatal: detected dubious ownership in repository" in texts[:4]


def test_a_line_with_a_reason_comes_before_one_that_only_says_failed() -> None:
    log = scanned(
        "starting\n  File 'a.py', line 3\nValueError: amount is negative\nRuntimeError: test_pay 1/1 failed!\n"
        "##[error]Process completed with exit code 1.\n"
    )
    order = telling(log.kept, dict.fromkeys(log.kept, 0.5), 5)
    assert [log.kept[number] for number in order[:2]] == [
        "ValueError: amount is negative",
        "RuntimeError: test_pay 1/1 failed!",
    ]


def test_looks_of_lines() -> None:
    log = scanned("a\n\n\x1b[31merror: red\x1b[0m\nplain error\n")
    assert (log.looks, log.kept[3]) == ({3: LOOK_BLANK | LOOK_RED | LOOK_TELLS, 4: LOOK_TELLS}, "error: red")


@pytest.mark.parametrize("text", ["^[[31mFAIL^[[0m here", "[31;1mFAIL[0m here", "FAIL here"])
def test_remains_of_colour_codes(text: str) -> None:
    assert uncoloured(text) == "FAIL here"


@pytest.mark.parametrize("name", sorted(LOGS))
def test_scores_fall_from_part_to_part(name: str) -> None:
    scores = [excerpt.score for excerpt in excerpts_of(0, scanned(LOGS[name]))]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] <= 1


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("2026-01-02T03:04:05.1234567Z ##[group]Run make", "##[group]Run make"),
        ("2026-01-02T03:04:05.123456Z 00O cc -c pay.c", "cc -c pay.c"),
        ("2026-01-02T03:04:05.123456Z 01E+end of a long line", "end of a long line"),
        ("[2026-01-02T03:04:05.678Z] + make", "+ make"),
        ("[task 2026-01-02T03:04:05.678Z] make", "make"),
        ("[03:04:05] Using gulpfile", "Using gulpfile"),
        ("\x1b[0K10 %\r\x1b[0K100 %", "100 %"),
        ("[12] a list", "[12] a list"),
    ],
)
def test_what_a_ci_writes_before_a_line_is_no_part_of_it(raw: str, text: str) -> None:
    assert plain(raw) == text


@pytest.mark.parametrize(
    "end",
    [
        "Finished: FAILURE",
        "Exited with code exit status 1",
        "Command exited with code 2",
        "ERROR: Job failed: exit code 1",
        "##[error]Bash exited with code '1'.",
        "Build step 'Execute shell' marked build as failure",
    ],
)
def test_the_end_of_a_failed_run(end: str) -> None:
    assert scanned(f"make: working\n{end}\n").failed
