"""Why a failure fails no check: its tests are in quarantine or known to be flaky, or its cause is ignored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from bot.domain.globs import WholeGlob, text_glob
from bot.domain.policy.parts import Parts

LONGEST = 1024
"""Characters of a test's name that it is known by."""
_TOLD = 2
"""Reasons that are told of one cause."""
_SHOWN = 80
"""Characters of a reason that are shown."""


@dataclass(frozen=True)
class Quarantine:
    """A test, or several by a pattern, in quarantine; `by` is empty where a rule put it there.

    With `exact` its signs stand for themselves: only people write patterns.
    """

    test: str
    by: str = ""
    reason: str = ""
    until: date | None = None
    exact: bool = False

    @property
    def pattern(self) -> bool:
        return not self.exact and ("*" in self.test or "?" in self.test)

    @cached_property
    def _glob(self) -> WholeGlob:
        return text_glob(self.test)

    def names(self, test: str) -> bool:
        name = plain(test)
        return self.test in (name, test[:LONGEST]) or (self.pattern and self._glob.matches(name))

    @property
    def words(self) -> str:
        who = f" by {self.by}" if self.by else ""
        end = f" until {self.until.day} {self.until:%B %Y}" if self.until else ""
        why = f": {_short(self.reason)}" if self.reason else ""
        return f"quarantined{who}{end}{why}"


def plain(test: str) -> str:
    """Gives a test's name as people can write it: one line without what can't be seen, at most 1,024 characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in test).split())[:LONGEST]


def last_day(until: datetime) -> date:
    """Gives the last day, in UTC, on which something holds that ends then."""
    return (until - timedelta(microseconds=1)).astimezone(UTC).date()


@dataclass(frozen=True)
class Rules:
    """What holds for the failures of one head: the quarantine, and who ignores which cause, by fingerprint.

    `parts` tells which parts of the repository they are in.
    """

    quarantine: Sequence[Quarantine] = ()
    ignored: Mapping[str, str] = field(default_factory=dict)
    parts: Parts = field(default_factory=Parts)

    def of(self, test: str) -> Quarantine | None:
        """Finds why a test is in quarantine: by its name, or else by the first pattern that fits."""
        name = plain(test)
        found = self._by_name.get(test[:LONGEST]) or self._by_name.get(name)
        return found or next((each for each in self._patterns if each.names(name)), None)

    @cached_property
    def _by_name(self) -> Mapping[str, Quarantine]:
        return {each.test: each for each in reversed(self.quarantine)}

    @cached_property
    def _patterns(self) -> Sequence[Quarantine]:
        return [each for each in self.quarantine if each.pattern]


@dataclass(frozen=True, slots=True)
class Failing:
    """A cause as it is judged: its fingerprint, its tests, and what history says if that calls it flaky."""

    fingerprint: str
    tests: Sequence[str]
    flaky: str = ""


def excuse(failing: Failing, rules: Rules) -> str:
    """Says why a cause fails no check; empty when it does.

    All of its tests have to be excused. A cause that names no test, such as a broken build, can only be ignored: who
    calls that flaky or quarantines it would let anything through.
    """
    if failing.fingerprint and failing.fingerprint in rules.ignored:
        who = rules.ignored[failing.fingerprint]
        return f"ignored on this pull request by {who}" if who else "ignored on this pull request"
    if not failing.tests:
        return ""
    if failing.flaky:
        return f"flaky: {failing.flaky}"
    told: dict[str, None] = {}
    for test in failing.tests:
        found = rules.of(test)
        if found is None:
            return ""
        told[found.words] = None
    return "; ".join(list(told)[:_TOLD])


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
