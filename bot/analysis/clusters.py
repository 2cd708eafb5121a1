"""Puts failures with the same cause together."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.analysis.masks import masked
from bot.analysis.problems import Problem, problem_of
from bot.analysis.reports.base import TestResult

# What breaks the same way wherever it is first touched: the place says nothing about the cause.
_PLACELESS = re.compile(
    r"ModuleNotFound|ImportError|NoClassDefFound|ClassNotFound|UnsatisfiedLink|OutOfMemory|Connection|ECONN"
    r"|ENOTFOUND|ETIMEDOUT|Timeout"
)


@dataclass(slots=True)
class Cluster:
    """Failures with one cause; `results` hold the input index with each."""

    fingerprint: str
    problem: Problem
    results: list[tuple[int, TestResult]] = field(default_factory=list)

    @property
    def tests(self) -> list[str]:
        """The names of its tests, each once, in file order."""
        return list(dict.fromkeys(result.id for _, result in self.results))


def fingerprint(problem: Problem) -> str:
    """16 hex digits, equal for problems of the same type, normalised message and top project frame."""
    place = ""
    if problem.top is not None and not _PLACELESS.search(f"{problem.type} {problem.message}"):
        place = f"{problem.top.path}:{problem.top.function or problem.top.line or ''}"
    text = "\n".join((problem.short_type, " ".join(masked(problem.message).split()), place))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def clusters_of(results: Iterable[tuple[int, TestResult]]) -> list[Cluster]:
    """One cluster a cause, the one with most tests first; equal sizes keep the order of the reports."""
    found: dict[str, Cluster] = {}
    for index, result in results:
        problem = problem_of(result)
        key = fingerprint(problem)
        found.setdefault(key, Cluster(key, problem)).results.append((index, result))
    return sorted(found.values(), key=lambda cluster: -len(cluster.tests))
