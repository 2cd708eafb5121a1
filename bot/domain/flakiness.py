"""Whether a test fails without a reason in the code: it flips on one commit, passes on a retry, or goes to and fro."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

CLEAN_RUNS = 30
"""So many runs in a row that a test passes at once close what was known of its flakiness."""
WINDOW = 50
"""The newest runs of a test that its flips are counted in."""
FLIPS = 4
"""So many changes between red and green on the base branch: it broke, healed, broke and healed again."""
_NAME = 1024
"""Characters of a test's name that are kept of its results."""
_CAUSE = "!"


class Outcome(StrEnum):
    """How a test ended in one run; `RETRIED` is one that failed first and passed then."""

    PASSED = "passed"
    FAILED = "failed"
    RETRIED = "retried"


class FlakyBy(StrEnum):
    """What shows that a test is flaky, the strongest first."""

    RETRY = "retry"
    SAME_COMMIT = "same_commit"
    FLIPS = "flips"


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of a test; `base` tells that it was on the branch that changes are compared with."""

    head_sha: str
    outcome: Outcome
    base: bool = False


@dataclass(frozen=True, slots=True)
class Flakiness:
    """How flaky a test is: in `bad` of its last `runs` runs it did not pass at once."""

    by: FlakyBy
    bad: int
    runs: int


def flakiness(samples: Sequence[Sample]) -> Flakiness | None:
    """Judges the runs of one test, oldest first; None where nothing shows that it is flaky, or no more."""
    live = samples[_closed(samples) :]
    by = _evidence(samples, live)
    if by is None:
        return None
    recent = live[-WINDOW:]
    return Flakiness(by, sum(sample.outcome is not Outcome.PASSED for sample in recent), len(recent))


def key_of_test(name: str) -> str:
    """Gives 16 hexadecimal digits that stand for a test's name, the same in every process."""
    stored = name.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")[:_NAME]
    return hashlib.blake2b(stored.encode(), digest_size=8).hexdigest()


def key_of_cause(fingerprint: str) -> str:
    """Gives the key of a cause that names no test: it stands in the place of one."""
    return f"{_CAUSE}{fingerprint}"[:16]


def is_cause(key: str) -> bool:
    return key.startswith(_CAUSE)


def _closed(samples: Sequence[Sample]) -> int:
    """Gives the last run of the last long row of clean ones, from which the next one differs; 0 if there is none."""
    clean, end = 0, 0
    for index, sample in enumerate(samples, 1):
        clean = clean + 1 if sample.outcome is Outcome.PASSED else 0
        if clean >= CLEAN_RUNS:
            end = index - 1
    return end


def _evidence(samples: Sequence[Sample], live: Sequence[Sample]) -> FlakyBy | None:
    if any(sample.outcome is Outcome.RETRIED for sample in live):
        return FlakyBy.RETRY
    green = {sample.head_sha for sample in samples if sample.outcome is Outcome.PASSED and sample.head_sha}
    if any(sample.outcome is Outcome.FAILED and sample.head_sha in green for sample in live):
        return FlakyBy.SAME_COMMIT
    base = [sample.outcome for sample in live if sample.base][-WINDOW:]
    return FlakyBy.FLIPS if sum(a is not b for a, b in pairwise(base)) >= FLIPS else None
