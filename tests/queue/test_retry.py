"""What becomes of a failed job: pure decisions."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.queue.retry import STRIKES, Verdict, judge
from providers.errors import Forbidden, NotFound, RateLimited, Rejected, Unauthenticated, Unavailable

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def ruling(
    error: Exception, *, attempts: int = 1, since: datetime | None = None, now: datetime = NOW, jitter: float = 0.0
) -> Verdict:
    return judge(error, attempts=attempts, first_failed_at=since, now=now, jitter=lambda: jitter)


def test_a_limited_job_waits_as_long_as_the_host_says() -> None:
    at = NOW + timedelta(hours=30)
    told = ruling(RateLimited("slow down", retry_at=at), attempts=9, since=NOW - timedelta(days=3))
    assert told == Verdict("RateLimited: slow down", at, counted=False, first_failed_at=None)


def test_a_limit_that_is_over_does_not_make_a_job_spin() -> None:
    told = ruling(RateLimited("slow down", retry_at=NOW - timedelta(hours=1)))
    assert told.run_at == NOW + timedelta(seconds=1)


def test_a_host_that_is_away_is_asked_less_and_less_often_for_a_day() -> None:
    now, since, pauses = NOW, None, []
    while True:
        told = ruling(Unavailable("502"), since=since, now=now, attempts=1)
        if told.run_at is None:
            break
        assert told.first_failed_at == NOW
        assert not told.counted
        pauses.append(told.run_at - now)
        now, since = told.run_at, told.first_failed_at
    assert pauses[0] == timedelta(seconds=1)
    assert pauses == sorted(pauses)
    assert pauses[-1] == timedelta(minutes=10)
    assert timedelta(days=1) <= now - NOW < timedelta(days=1, minutes=15)
    assert told.error == "given up after 24 hours: Unavailable: 502"


@given(
    elapsed=st.timedeltas(timedelta(0), timedelta(hours=23)), jitter=st.floats(0, 1), attempts=st.integers(1, STRIKES)
)
def test_pauses_are_within_bounds(elapsed: timedelta, jitter: float, attempts: int) -> None:
    away = ruling(Unavailable("x"), since=NOW - elapsed, jitter=jitter)
    wrong = ruling(ValueError("x"), since=NOW - elapsed, jitter=jitter, attempts=attempts)
    for told in (away, wrong):
        if told.run_at is not None:
            assert timedelta(seconds=1) <= told.run_at - NOW <= timedelta(minutes=15)


def test_jitter_spreads_jobs_that_failed_together() -> None:
    assert len({ruling(Unavailable("x"), jitter=part / 10).run_at for part in range(10)}) == 10


@pytest.mark.parametrize("kind", [Forbidden, NotFound, Rejected, Unauthenticated])
def test_what_a_host_refuses_is_not_tried_again(kind: type[Exception]) -> None:
    assert ruling(kind("no")) == Verdict(f"{kind.__name__}: no")


def test_any_other_error_is_tried_five_times_in_all() -> None:
    now, since, pauses = NOW, None, []
    for attempt in range(1, STRIKES):
        told = ruling(ValueError("broken"), attempts=attempt, since=since, now=now)
        assert told.run_at is not None
        assert told.counted
        pauses.append((told.run_at - now).total_seconds())
        now, since = told.run_at, told.first_failed_at
    assert pauses == [1, 4, 16, 64]
    assert ruling(ValueError("broken"), attempts=STRIKES, since=since, now=now).run_at is None


def test_the_error_kept_is_short_and_without_secrets() -> None:
    secret = "ghp_" + "a1B2" * 9
    told = ruling(ValueError(f"{'x' * 9_000} token {secret}"))
    assert secret not in told.error
    assert told.error.rstrip().endswith("token ***")
    assert len(told.error) <= 4_000


def test_an_error_that_a_task_group_wrapped_counts_as_itself() -> None:
    at = NOW + timedelta(hours=1)
    wrapped = ExceptionGroup("tasks", [ExceptionGroup("tasks", [RateLimited("slow down", retry_at=at)])])
    assert ruling(wrapped).run_at == at
    assert ruling(ExceptionGroup("tasks", [Unavailable("a"), ValueError("b")])).counted
