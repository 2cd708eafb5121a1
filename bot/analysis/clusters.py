"""Puts failures with the same cause together."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bot.analysis.frames import Frame
from bot.analysis.masks import masked
from bot.analysis.outages import follows, kept_from_running
from bot.analysis.problems import TYPE, Problem, problem_of
from bot.analysis.reports.base import TestResult

# What breaks the same way wherever it is first touched: the place says nothing about the cause.
_PLACELESS = re.compile(
    r"ModuleNotFound|ImportError|NoClassDefFound|ClassNotFound|UnsatisfiedLink|OutOfMemory|Connection|ECONN"
    r"|ENOTFOUND|ETIMEDOUT|Timeout|UnknownHost|No space left|Permission denied"
)
# What says nothing without a place: of two that look alike each can have its own cause.
_LOCAL = re.compile(r"(?i)assert|expect|comparison|null ?(?:pointer|reference)|nonetype|of undefined|nil:nilclass")


@dataclass(slots=True)
class Cluster:
    """Failures with one cause; `results` hold the input index with each.

    `blocked`: its tests did not fail themselves, something before them kept them from running.
    """

    fingerprint: str
    problem: Problem
    results: list[tuple[int, TestResult]] = field(default_factory=list)
    blocked: bool = False

    @property
    def tests(self) -> list[str]:
        """The names of its tests, each once, in file order."""
        return list(dict.fromkeys(result.id for _, result in self.results))


def fingerprint(problem: Problem, home: str = "") -> str:
    """16 hex digits, equal for problems whose innermost error has the same type, normalised message and place.

    `home` is where the test lives (its class or file): it stands for the place where a local error has none.
    """
    kind, message, top = problem.short_type, problem.message, problem.top
    if problem.behind:
        found = TYPE.match(problem.behind)
        kind = re.split(r"\.|::", found["type"])[-1] if found else ""
        message = (found["message"] or "") if found else problem.behind
        top = problem.behind_top
    place = ""
    if not _PLACELESS.search(f"{kind} {message}"):
        place = _place(top) if top is not None else home if _LOCAL.search(f"{kind} {message}") else ""
    text = "\n".join((kind, " ".join(masked(message).split()), place))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def clusters_of(results: Iterable[tuple[int, TestResult]]) -> list[Cluster]:
    """One cluster a cause, the one with most tests first; equal sizes keep the order of the reports."""
    found: dict[str, Cluster] = {}
    for index, result in results:
        problem = problem_of(result)
        key = fingerprint(problem, result.classname or result.file or result.suite)
        cluster = found.setdefault(key, Cluster(key, problem))
        cluster.results.append((index, result))
        cluster.blocked = cluster.blocked or kept_from_running(result)
    return sorted(_joined(list(found.values())), key=lambda cluster: -len(cluster.tests))


def _joined(clusters: Sequence[Cluster]) -> list[Cluster]:
    """The clusters without those that only follow from another one: their tests are told with that one."""
    kept: list[Cluster] = []
    followers: list[Cluster] = []
    for cluster in clusters:
        (followers if follows(cluster.results[0][1]) else kept).append(cluster)
    for follower in followers:
        text = follower.results[0][1]
        leader = next((cluster for cluster in kept if follows(text, cluster.results[0][1])), None)
        if leader is None:
            kept.append(follower)
        else:
            leader.results += follower.results
            leader.blocked = True
    return kept


def _place(top: Frame) -> str:
    return f"{top.path}:{top.function or top.line or ''}"
