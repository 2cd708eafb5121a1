from hypothesis import given
from hypothesis import strategies as st

from bot.domain.flakiness import CLEAN_RUNS, FLIPS, WINDOW, FlakyBy, Outcome, Sample, flakiness, key_of_test

PASSED, FAILED, RETRIED = Outcome.PASSED, Outcome.FAILED, Outcome.RETRIED

RUNS = st.lists(
    st.builds(Sample, st.sampled_from(["", *"abcdefgh"]), st.sampled_from(Outcome), st.booleans()), max_size=150
)


def in_a_row(*outcomes: Outcome, base: bool = True) -> list[Sample]:
    """Runs on a commit of their own each."""
    return [Sample(f"sha{number}", outcome, base) for number, outcome in enumerate(outcomes)]


def by(samples: list[Sample]) -> FlakyBy | None:
    found = flakiness(samples)
    return found.by if found else None


def test_what_breaks_once_or_heals_once_is_not_flaky() -> None:
    assert flakiness([]) is None
    assert flakiness(in_a_row(PASSED, PASSED, FAILED, FAILED)) is None
    assert flakiness(in_a_row(FAILED, FAILED, PASSED, PASSED)) is None
    assert flakiness(in_a_row(PASSED, FAILED, PASSED, FAILED)) is None, "broken twice, mended once"


def test_a_retry_that_passes_is_flaky() -> None:
    found = flakiness(in_a_row(PASSED, PASSED, RETRIED, PASSED))
    assert found is not None
    assert (found.by, found.bad, found.runs) == (FlakyBy.RETRY, 1, 4)


def test_both_outcomes_on_one_commit_are_flaky_in_either_order() -> None:
    green, red = Sample("a", PASSED), Sample("a", FAILED)
    assert by([green, red]) is by([red, green]) is FlakyBy.SAME_COMMIT
    assert by([green, Sample("b", FAILED)]) is None
    assert by([Sample("", PASSED), Sample("", FAILED)]) is None, "an unknown commit is no commit"


def test_to_and_fro_counts_on_the_base_branch_only() -> None:
    turns = in_a_row(*[PASSED, FAILED] * FLIPS)[: FLIPS + 1]
    assert by(turns) is FlakyBy.FLIPS
    assert by(turns[:FLIPS]) is None
    assert by([Sample(one.head_sha, one.outcome) for one in turns]) is None, "changes may break what they like"
    apart = in_a_row(PASSED, FAILED, *[PASSED] * CLEAN_RUNS, FAILED, PASSED)
    assert by(apart) is None, "what is closed does not count"
    assert by(in_a_row(*[PASSED] * CLEAN_RUNS, FAILED, PASSED, FAILED, PASSED)) is FlakyBy.FLIPS


def test_thirty_clean_runs_close_it_and_a_later_failure_starts_anew() -> None:
    flaky, clean = in_a_row(RETRIED), in_a_row(*[PASSED] * CLEAN_RUNS)
    assert flakiness([*flaky, *clean[1:]]) is not None
    assert flakiness([*flaky, *clean]) is None
    assert flakiness([*flaky, *clean, Sample("new", FAILED)]) is None
    # The last clean run may stand on the very commit that fails then.
    assert by([*flaky, *clean, Sample(clean[-1].head_sha, FAILED)]) is FlakyBy.SAME_COMMIT


@given(RUNS)
def test_any_past_is_closed_by_clean_runs(samples: list[Sample]) -> None:
    assert flakiness([*samples, *[Sample("z", PASSED)] * CLEAN_RUNS]) is None


@given(RUNS, st.sampled_from([PASSED, FAILED]))
def test_who_always_ends_the_same_is_never_flaky(samples: list[Sample], outcome: Outcome) -> None:
    assert flakiness([Sample(one.head_sha, outcome, one.base) for one in samples]) is None


@given(RUNS)
def test_a_retry_is_always_flaky_and_the_figures_add_up(samples: list[Sample]) -> None:
    found = flakiness([*samples, Sample("z", RETRIED)])
    assert found is not None and found.by is FlakyBy.RETRY
    assert 1 <= found.bad <= found.runs <= WINDOW


@given(RUNS, st.integers(0, 100))
def test_what_was_before_a_row_of_clean_runs_does_not_matter(samples: list[Sample], start: int) -> None:
    clean = [Sample("z", PASSED)] * CLEAN_RUNS
    tail = [Sample(f"tail{number}", one.outcome, one.base) for number, one in enumerate(samples[start:])]
    assert flakiness([*samples, *clean, *tail]) == flakiness([*clean, *tail])


@given(st.text())
def test_a_key_is_short_and_the_same_for_what_a_database_keeps_of_a_name(name: str) -> None:
    key = key_of_test(name)
    assert len(key) == 16 and int(key, 16) >= 0
    assert key == key_of_test(name.replace("\0", "\ufffd")) == key_of_test(name[:1024])


def test_keys_do_not_change() -> None:
    """They are stored: another hash would make every test a new one."""
    assert key_of_test("tests/test_pay.py::test_refund") == "2ce67edd9b26e1d4"
