"""Whether a failure came with this change: told from what earlier runs of the same tests say, or not told at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import takewhile

from bot.domain.flakiness import Flakiness, Outcome, Sample, flakiness

BROKEN_RUNS = 3
"""A test that failed in so many newest revisions of the base branch is broken there, flaky or not."""


class Novelty(StrEnum):
    """What a failure is to the reader of a change."""

    NEW = "new"
    KNOWN = "known"
    FLAKY = "flaky"


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where a failure was seen: the commit, and when its tests ended (aware)."""

    sha: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Revision:
    """What the runs on one commit of the base branch tell together.

    `outcomes` are those of tests that fail at times, by their keys; `blamed` are the fingerprints of what those that
    failed failed of.
    """

    seen: Sighting
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    blamed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failure:
    """One cause in the run that is judged: its fingerprint and the keys of the tests that it broke, at least one.

    Where no test is named, the key of the cause stands for one.
    """

    fingerprint: str
    tests: tuple[str, ...]
    elsewhere: bool = False
    """Whether the fingerprint was seen before without this change: on another pull request or branch."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The answer. `novelty` is None where no run of the base branch is known.

    `since` is where an unbroken row of failures on the base branch begins, `last` where the failure was seen there
    last although it is gone by now, `also` how many of its tests fail there for another reason.
    """

    novelty: Novelty | None = None
    since: Sighting | None = None
    last: Sighting | None = None
    also: int = 0
    flaky: Flakiness | None = None


def standings(
    failures: Sequence[Failure], head_sha: str, base: Sequence[Revision], samples: Mapping[str, Sequence[Sample]]
) -> list[Standing]:
    """Judges the failures of one run on `head_sha`, each by itself.

    `base` are the commits of the base branch, oldest first and without this run's own; `samples` are all runs of the
    failing tests on any branch, oldest first and with this one.
    """
    branch = _Branch.of(base)
    return [_standing(failure, head_sha, branch, samples) for failure in failures]


@dataclass(frozen=True, slots=True)
class _Branch:
    """The base branch: its commits and what holds at its end.

    `failing` maps the tests that failed when they ran last to the cause, `by_cause` the other way round.
    """

    revisions: Sequence[Revision]
    failing: Mapping[str, str]
    by_cause: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, revisions: Sequence[Revision]) -> "_Branch":
        newest: dict[str, str | None] = {}
        for one in revisions:
            for test, outcome in one.outcomes.items():
                newest[test] = one.blamed.get(test, "") if outcome is Outcome.FAILED else None
        failing = {test: cause for test, cause in newest.items() if cause is not None}
        by_cause: dict[str, list[str]] = {}
        for test, cause in failing.items():
            by_cause.setdefault(cause, []).append(test)
        return cls(revisions, failing, by_cause)

    def row(self, failure: Failure) -> list[Revision]:
        """Gives the newest commits that fail of it, newest first; nothing where it is not there or gone.

        It is there when a test fails of the same cause, be it another test, or when all its tests fail.
        """
        tests = self.by_cause.get(failure.fingerprint, ())
        if not tests and all(test in self.failing for test in failure.tests):
            tests = failure.tests
        return max((self._row_of(test) for test in tests), key=len, default=[])

    def _row_of(self, test: str) -> list[Revision]:
        ran = (one for one in reversed(self.revisions) if test in one.outcomes)
        return list(takewhile(lambda one: one.outcomes[test] is Outcome.FAILED, ran))


def _standing(failure: Failure, head_sha: str, base: _Branch, samples: Mapping[str, Sequence[Sample]]) -> Standing:
    row = base.row(failure)
    since = row[-1].seen if row else None
    flaky = _flaky(failure, head_sha, samples)
    if flaky is not None and len(row) < BROKEN_RUNS:
        return Standing(Novelty.FLAKY, since=since, flaky=flaky)
    if since is not None:
        return Standing(Novelty.KNOWN, since=since, flaky=flaky)
    if not base.revisions:
        return Standing()
    cause = failure.fingerprint
    last = next((one.seen for one in reversed(base.revisions) if cause in one.blamed.values()), None)
    return Standing(Novelty.NEW, last=last, also=sum(test in base.failing for test in failure.tests))


def _flaky(failure: Failure, head_sha: str, samples: Mapping[str, Sequence[Sample]]) -> Flakiness | None:
    """Gives the weakest of its tests' flakiness; None where one of them is not flaky.

    A flaky test can be broken for good as well: what it never failed of without this change is told as new, unless it
    passed on this very commit.
    """
    found = [flakiness(samples.get(test, ())) for test in failure.tests]
    told = [each for each in found if each is not None]
    if len(told) < len(found):
        return None
    here = all(
        any(sample.head_sha == head_sha and sample.outcome is not Outcome.FAILED for sample in samples[test])
        for test in failure.tests
    )
    return min(told, key=lambda each: each.bad / each.runs) if here or failure.elsewhere else None
