"""What kind of failure it is and where a fix would go, by weighed patterns; `unknown` where they do not tell."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from bot.analysis.frames import Frame
from bot.analysis.model import Category, FixKind

ENOUGH = 0.6
"""The least vote that makes a category."""
OF_TESTS: frozenset[Category] = frozenset({"test", "timeout", "infra", "dependency"})
"""What can be behind a failing test; the words of other categories are what such a test speaks about."""
_TEST_PATH = re.compile(
    r"(?:^|/)(?:tests?|specs?|__tests__|testing|testsuite|it|e2e)/|(?:^|[/_.])(?:test|spec)s?[_.][^/]*$"
    r"|(?:^|/)[^/]*(?:Test|Tests|Spec|IT|TestCase|_test|_spec)\.\w+$|(?:^|/)Test[A-Z][^/]*\.\w+$"
)
_BUILD_PATH = re.compile(
    r"(?:^|/)(?:pom\.xml|build\.gradle(?:\.kts)?|package\.json|requirements[\w-]*\.txt|setup\.(?:py|cfg)|pyproject\.toml"
    r"|Gemfile(?:\.lock)?|Cargo\.toml|go\.mod|composer\.json|Makefile|CMakeLists\.txt|tox\.ini|Dockerfile)$"
    r"|^\.(?:travis|gitlab-ci)\.yml$|\.ya?ml$"
)


@cache
def _rules() -> dict[Category, tuple[tuple[float, re.Pattern[str]], ...]]:
    text = resources.files(__package__).joinpath("categories.json").read_text("utf-8")
    return {
        category: tuple((weight, re.compile(pattern, re.MULTILINE)) for weight, pattern in rules)
        for category, rules in json.loads(text).items()
    }


@dataclass(frozen=True, slots=True)
class _Lines:
    """Lines, heaviest first, and all of them as one text: most patterns are ruled out by one search in that."""

    heaviest_first: Sequence[tuple[float, str]]
    text: str

    @classmethod
    def of(cls, lines: Iterable[tuple[float, str]]) -> "_Lines":
        given = sorted(lines, key=lambda pair: -pair[0])
        return cls(given, "\n".join(text for _, text in given))

    def weight_of(self, pattern: re.Pattern[str]) -> float:
        """The weight of the heaviest line that the pattern matches; 0 where there is none."""
        if not pattern.search(self.text):
            return 0.0
        return next((weight for weight, line in self.heaviest_first if pattern.search(line)), 0.0)


def category_of(lines: Iterable[tuple[float, str]]) -> Category:
    """The kind of a failing test by its lines alone, each with the weight (0 to 1) of its words; `test` by default.

    Each pattern counts once, with the heaviest line that it matches.
    """
    given = _Lines.of(lines)
    votes = {
        category: sum(value * given.weight_of(pattern) for value, pattern in rules)
        for category, rules in _rules().items()
        if category in OF_TESTS
    }
    best = max(votes, key=lambda category: votes[category])
    return best if votes[best] >= ENOUGH else "test"


def votes_of(lines: Iterable[tuple[float, str]]) -> dict[Category, float]:
    """How much speaks for each category: for each of its patterns the weight of the heaviest line that it matches."""
    given = _Lines.of(lines)
    return {category: sum(given.weight_of(pattern) for _, pattern in rules) for category, rules in _rules().items()}


def fix_kind_of(category: Category, top: Frame | None) -> FixKind:
    """Where the fix of a failing test would go, from the kind and the place of the failure.

    A failing assertion alone cannot tell whether the test or the code is wrong.
    """
    if category in ("dependency", "infra", "config") or (top is not None and _BUILD_PATH.search(top.path)):
        return "build"
    if category in ("compile", "lint") and top is not None:
        return "test" if is_test_path(top.path) else "source"
    if category == "test" and top is not None and not is_test_path(top.path):
        return "source"
    return "unknown"


def is_test_path(path: str) -> bool:
    """Whether a path looks like a test rather than what it tests."""
    return bool(_TEST_PATH.search(path))


def kind_of_path(path: str) -> FixKind:
    """What a path holds by its looks: `build`, `test` or `source`."""
    if _BUILD_PATH.search(path):
        return "build"
    return "test" if is_test_path(path) else "source"
