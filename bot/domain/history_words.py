"""What is known of a failure's history, in words for people; commits and branches stand in backticks."""

from datetime import datetime

from bot.domain.flakiness import Flakiness, FlakyBy
from bot.domain.novelty import Novelty, Sighting, Standing

_EVIDENCE = {
    FlakyBy.RETRY: "passed on a retry before",
    FlakyBy.SAME_COMMIT: "passed and failed on the same commit",
    FlakyBy.FLIPS: "goes red and green by turns",
}


def history_words(standing: Standing, base: str, tests: int, first: Sighting | None) -> str:
    """Says in one line why a failure of so many tests is what it is called; empty where the name says it all.

    `first` is where it was seen first, None where that is this very run.
    """
    match standing.novelty:
        case Novelty.FLAKY if standing.flaky is not None:
            failed = _failed(standing.flaky)
            return f"{_EVIDENCE[standing.flaky.by]}, {failed}"
        case Novelty.KNOWN if standing.since is not None:
            also = f"; flaky as well: {_failed(standing.flaky)}" if standing.flaky is not None else ""
            return f"also fails on {code(base)} since {sighting_words(standing.since)}{also}"
        case Novelty.NEW if standing.also:
            share = "the test" if tests == 1 else f"{standing.also} of the tests"
            return f"{share} {'fails' if tests == 1 else 'fail'} on {code(base)} too, but for another reason"
        case Novelty.NEW if standing.last is not None:
            return f"gone from {code(base)} after {sighting_words(standing.last)}"
        case Novelty.NEW if first is not None:
            return f"first seen {sighting_words(first)}"
        case _:
            return ""


def unknown_words(base: str) -> str:
    """Says why nothing can be called new or known."""
    return f"no run of {code(base)} is known yet to compare with" if base else ""


def sighting_words(seen: Sighting) -> str:
    """Writes `3 Nov 2025 (a1b2c3d)`, the day in UTC."""
    return f"{_day(seen.at)} ({code(seen.sha[:7])})" if seen.sha else _day(seen.at)


def code(name: str) -> str:
    """Puts an untrusted name in backticks, which it may not hold itself."""
    plain = name[:80].replace("`", "'")
    return f"`{plain}`"


def _failed(flaky: Flakiness) -> str:
    if flaky.runs == 1:
        return "failed in its only run that is kept"
    return f"{flaky.bad} of its last {flaky.runs} runs were not green at once"


def _day(at: datetime) -> str:
    return f"{at.day} {at:%b %Y}"
