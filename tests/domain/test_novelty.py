from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.flakiness import Flakiness, FlakyBy, Outcome, Sample
from bot.domain.history_words import history_words, unknown_words
from bot.domain.novelty import BROKEN_RUNS, Failure, Novelty, Revision, Sighting, Standing, standings

PASSED, FAILED, RETRIED = Outcome.PASSED, Outcome.FAILED, Outcome.RETRIED
START = datetime(2025, 11, 3, tzinfo=UTC)
FAILURE = Failure("cause", ("t",))


def revision(number: int, **outcomes: str | Outcome) -> Revision:
    """A commit of main; a test that failed is given by its cause."""
    return Revision(
        Sighting(f"{number:07x}", START + timedelta(days=number)),
        {test: FAILED if not isinstance(told, Outcome) else told for test, told in outcomes.items()},
        {test: told for test, told in outcomes.items() if not isinstance(told, Outcome)},
    )


def judge(
    failure: Failure, base: Sequence[Revision], samples: Mapping[str, Sequence[Sample]] | None = None
) -> Standing:
    (found,) = standings([failure], "head", base, samples or {})
    return found


def test_without_a_base_nothing_is_said() -> None:
    assert judge(FAILURE, []) == Standing()


def test_what_the_base_branch_does_not_fail_of_is_new() -> None:
    assert judge(FAILURE, [revision(1), revision(2, other="cause 2")]) == Standing(Novelty.NEW)


def test_what_fails_there_too_is_known_since_the_row_began() -> None:
    base = [revision(1, t="cause"), revision(2, t=PASSED), revision(3, t="cause"), revision(4), revision(5, t="cause")]
    assert judge(FAILURE, base) == Standing(Novelty.KNOWN, since=base[2].seen)


def test_the_same_test_with_another_cause_is_known_as_well() -> None:
    assert judge(FAILURE, [revision(1, t="other")]).novelty is Novelty.KNOWN


def test_the_same_cause_in_another_test_is_known_as_well() -> None:
    assert judge(FAILURE, [revision(1, u="cause")]).novelty is Novelty.KNOWN
    assert judge(FAILURE, [revision(1, u="cause"), revision(2, u=PASSED)]).novelty is Novelty.NEW


def test_a_cause_that_breaks_more_tests_than_on_the_base_branch_is_new() -> None:
    found = judge(Failure("cause", ("t", "u")), [revision(1, t="other")])
    assert (found.novelty, found.also) == (Novelty.NEW, 1)


def test_what_is_gone_from_the_base_branch_is_new_and_told_to_have_been_there() -> None:
    base = [revision(1, t="cause"), revision(2, t=PASSED)]
    assert judge(FAILURE, base) == Standing(Novelty.NEW, last=base[0].seen)


FLAKY = [Sample("a", PASSED), Sample("a", FAILED), Sample("head", FAILED)]


def test_a_flaky_test_is_flaky_where_the_cause_was_seen_without_this_change() -> None:
    failure = replace(FAILURE, elsewhere=True)
    found = judge(failure, [revision(1, t=PASSED)], {"t": FLAKY})
    assert found == Standing(Novelty.FLAKY, flaky=Flakiness(FlakyBy.SAME_COMMIT, 2, 3))
    assert judge(failure, [], {"t": FLAKY}).novelty is Novelty.FLAKY, "no base branch is needed to see that"


def test_a_flaky_test_that_never_failed_like_this_is_new() -> None:
    assert judge(FAILURE, [revision(1, t=PASSED)], {"t": FLAKY}).novelty is Novelty.NEW


def test_one_that_passed_on_this_very_commit_is_flaky_whatever_it_failed_of() -> None:
    samples = {"t": [Sample("head", PASSED), Sample("head", FAILED)]}
    assert judge(FAILURE, [revision(1, t=PASSED)], samples).novelty is Novelty.FLAKY


def test_a_cause_is_flaky_only_if_all_its_tests_are() -> None:
    failure = Failure("cause", ("t", "u"), elsewhere=True)
    sound = [Sample("a", PASSED), Sample("head", FAILED)]
    assert judge(failure, [revision(1)], {"t": FLAKY, "u": sound}).novelty is Novelty.NEW
    assert judge(failure, [revision(1)], {"t": FLAKY, "u": FLAKY}).novelty is Novelty.FLAKY


def test_a_flaky_test_that_stays_red_on_the_base_branch_is_broken_there() -> None:
    failure = replace(FAILURE, elsewhere=True)
    red = [revision(number, t="cause") for number in range(BROKEN_RUNS)]
    assert judge(failure, red[1:], {"t": FLAKY}).novelty is Novelty.FLAKY
    found = judge(failure, red, {"t": FLAKY})
    assert (found.novelty, found.since) == (Novelty.KNOWN, red[0].seen)
    assert found.flaky is not None


TOLD = st.sampled_from([PASSED, RETRIED, "cause", "other"])
BASES = st.lists(st.dictionaries(st.sampled_from("tuv"), TOLD), max_size=12).map(
    lambda rows: [revision(number, **row) for number, row in enumerate(rows)]
)
FAILURES = st.builds(
    Failure,
    st.sampled_from(["cause", "other", "new"]),
    st.lists(st.sampled_from("tuv"), min_size=1, unique=True).map(tuple),
    st.booleans(),
)
SAMPLES = st.dictionaries(
    st.sampled_from("tuv"),
    st.lists(st.builds(Sample, st.sampled_from(["a", "b", "head"]), st.sampled_from(Outcome), st.booleans())),
)


@given(FAILURES, BASES, SAMPLES)
def test_whatever_is_said_is_proven(failure: Failure, base: list[Revision], samples: dict[str, list[Sample]]) -> None:
    found = judge(failure, base, samples)
    if found.novelty is Novelty.KNOWN:
        assert found.since in [one.seen for one in base]
    if found.novelty is Novelty.FLAKY:
        assert found.flaky is not None and all(samples[test] for test in failure.tests)
    if found.novelty is None:
        assert not base
    if found.novelty is Novelty.NEW:
        newest = {test: one.outcomes[test] for one in base for test in one.outcomes}
        assert any(newest.get(test) is not FAILED for test in failure.tests)
    words = history_words(found, "main", len(failure.tests), None)
    assert "\n" not in words and len(words) <= 160


@given(FAILURES, BASES)
def test_a_green_commit_on_the_base_branch_makes_everything_new(failure: Failure, base: list[Revision]) -> None:
    green = revision(99, t=PASSED, u=PASSED, v=PASSED)
    assert judge(failure, [*base, green]).novelty is Novelty.NEW


def test_words() -> None:
    seen = Sighting("a1b2c3d4e5", START)
    flaky = Flakiness(FlakyBy.FLIPS, 4, 50)
    told = {
        Standing(Novelty.NEW): "",
        Standing(Novelty.NEW, also=1): "1 of the tests fail on `main` too, but for another reason",
        Standing(Novelty.NEW, last=seen): "gone from `main` after 3 Nov 2025 (`a1b2c3d`)",
        Standing(Novelty.KNOWN, since=seen): "also fails on `main` since 3 Nov 2025 (`a1b2c3d`)",
        Standing(
            Novelty.FLAKY, flaky=flaky
        ): "goes red and green by turns, 4 of its last 50 runs were not green at once",
        Standing(): "",
    }
    assert {standing: history_words(standing, "main", 2, None) for standing in told} == told
    assert history_words(Standing(Novelty.NEW), "main", 2, seen) == "first seen 3 Nov 2025 (`a1b2c3d`)"
    assert history_words(Standing(Novelty.KNOWN, since=seen), "a`b` @all", 1, None).count("`") == 4
    assert unknown_words("main") == "no run of `main` is known yet to compare with"
    assert unknown_words("") == ""
