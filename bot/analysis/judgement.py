"""Judges a failure in a log by what was learned from labelled ones: its kind, the chance of that, where a fix goes."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, cast

from bot.analysis.classify import kind_of_path, votes_of
from bot.analysis.frames import Frame
from bot.analysis.knowledge import Known
from bot.analysis.model import Category, FixKind

LIKELY = 0.45
"""The least chance with which a fix kind is named."""
PLAIN = 0.7
"""The chance from which a failure is so plainly one of tests or of style that the build is not to blame."""
UNTOLD = 0.35
"""The least chance with which a category is named: of weaker ones only one in five was right."""
_PLACES: tuple[FixKind, ...] = ("test", "source", "build")
_ASSERTION = re.compile(r"(?i)assert|comparison|expect(?:ation|ed)|mismatch")
_OWNER = re.compile(r"[\w$.]+(?=\)$)|^[^(]*?(?=::|#|\.[^.]*$)")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a failure in a log, before it is judged.

    `lines` are its lines with the weight (0 to 1) of their words; `tests` are the failing tests that the log names.
    """

    lines: Sequence[tuple[float, str]]
    known: Known | None
    type: str
    message: str
    top: Frame | None
    frames: Sequence[Frame]
    tests: Sequence[str]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The likeliest kind of a failure, the chance (0 to 1) that it is this one, and where the fix most likely goes."""

    category: Category
    confidence: float
    fix_kind: FixKind


@dataclass(frozen=True, slots=True)
class Model:
    """A multinomial logistic regression as the training writes it: a bias, and weights by feature, for each class."""

    classes: tuple[str, ...]
    bias: tuple[float, ...]
    weights: Mapping[str, tuple[float, ...]]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Model":
        """The model of a JSON object."""
        weights = {name: tuple(row) for name, row in data["weights"].items()}
        return cls(tuple(data["classes"]), tuple(data["bias"]), weights)

    def chances(self, features: Mapping[str, float]) -> dict[str, float]:
        """The chance of each class; features that were not learned count nothing."""
        sums = list(self.bias)
        for name, value in features.items():
            for place, weight in enumerate(self.weights.get(name, ())):
                sums[place] += weight * value
        top = max(sums)
        raised = [math.exp(value - top) for value in sums]
        total = sum(raised)
        return {name: value / total for name, value in zip(self.classes, raised, strict=True)}


@cache
def models() -> tuple[Model, Model]:
    """The models of category and fix kind, read once."""
    data: dict[str, Any] = json.loads(resources.files(__package__).joinpath("kinds.json").read_text("utf-8"))
    return Model.of(data["category"]), Model.of(data["fix_kind"])


def judge(facts: Facts) -> Judgement:
    """The kind of a failure, `unknown` where nothing is likely; with the same facts always the same."""
    of_category, of_fix = models()
    chances = of_category.chances(category_features(facts))
    best = max(chances, key=lambda name: chances[name])
    fixes = of_fix.chances(fix_features(facts, chances))
    fix = max(fixes, key=lambda name: fixes[name])
    return Judgement(
        category=cast("Category", best) if chances[best] >= UNTOLD else "unknown",
        confidence=chances[best],
        fix_kind=fix_said(fix, fixes[fix], chances, facts),
    )


def fix_said(fix: str, chance: float, categories: Mapping[str, float], facts: Facts) -> FixKind:
    """The fix kind that is told: silence where it is unlikely, and no build to blame where nothing speaks of one."""
    if chance < LIKELY:
        return "unknown"
    if fix == "build" and not facts.frames:
        if categories.get("lint", 0.0) >= PLAIN:
            return "source"
        if categories.get("test", 0.0) >= PLAIN:
            return "unknown"
    return cast("FixKind", fix)


def category_features(facts: Facts) -> dict[str, float]:
    """What speaks for a category, by name."""
    features = {f"votes {category}": votes for category, votes in votes_of(facts.lines).items()}
    if facts.known is not None:
        features[f"known {facts.known.entry.category}"] = facts.known.weight
    features["tests"] = float(bool(facts.tests))
    features["place"] = float(facts.top is not None)
    features["typed"] = float(bool(facts.type))
    features["assertion"] = float(bool(_ASSERTION.search(facts.type)))
    return features


def fix_features(facts: Facts, chances: Mapping[str, float]) -> dict[str, float]:
    """What speaks for a fix kind, by name; `chances` are those of the categories."""
    features = {f"is {category}": chance for category, chance in chances.items()}
    if facts.known is not None:
        features[f"known {facts.known.entry.fix_kind}"] = facts.known.weight
    features[f"top {kind_of_path(facts.top.path) if facts.top else 'none'}"] = 1.0
    kinds = [kind_of_path(frame.path) for frame in facts.frames if frame.ours]
    built = chances.get("compile", 0.0) + chances.get("lint", 0.0)
    tested = chances.get("test", 0.0)
    for kind in _PLACES:
        share, first = kinds.count(kind) / max(1, len(kinds)), float(kinds[:1] == [kind])
        features |= {f"share {kind}": share, f"first {kind}": first, f"tested {kind}": tested * share}
        features |= {f"built {kind}": built * first, f"built share {kind}": built * share}
    assertion = bool(_ASSERTION.search(facts.type) or _ASSERTION.search(facts.message[:80]))
    raised = facts.frames[0].ours if facts.frames and not assertion else None
    tests = len(facts.tests)
    owners = {found[0] for test in facts.tests if (found := _OWNER.search(test))}
    return features | {
        "assertion": float(assertion),
        "error": float(bool(facts.type) and not assertion),
        "source in assertion": float(assertion and "source" in kinds),
        "raised in ours": float(raised is True),
        "raised in library": float(raised is False),
        "no frames": float(not facts.frames),
        "no tests": float(not tests),
        "one test": float(tests == 1),
        "many tests": float(tests > 5),
        "tests": math.log1p(tests) / 4,
        "test classes": float(len(owners) > 1),
        "other": sum(chances.get(name, 0.0) for name in ("dependency", "config", "infra")),
    }
