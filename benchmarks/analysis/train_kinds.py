"""Learns `bot/analysis/kinds.json` (category, confidence and fix kind of a failure) from a folder of labelled logs.

    uv run --with scikit-learn python benchmarks/analysis/train_kinds.py CORPUS [--folds FOLDS] [--dry]

CORPUS is what `train_ranker.py` learns from; rows may have `category` (or `failure_category`, which is coarse) and
`fix_kind`. `categories.json` beside this file has the category of 312 more LogChunks, read from the marked chunk alone.
With `--folds` (what `train_ranker.py --folds` wrote) each log is read by a ranker that has not seen its project.
Prints cross-validated figures in ten folds by project and, without `--dry`, writes the model learned from all.
"""

import argparse
import gzip
import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

from bot.analysis import Input, analyze, judgement
from bot.analysis.judgement import UNTOLD, Facts, Judgement, category_features, fix_features, fix_said
from bot.analysis.ranker import Ranker

OUT = Path(judgement.__file__).with_name("kinds.json")
SETS = {"logchunks": 1.0, "logdx": 1.0, "logdetective": 1.0, "bugswarm-pairs": 0.35}
"""How much a row of a set counts for the category: those of the last one were not checked by people."""
COARSE = {"Test": "test", "Checkstyle": "lint", "Missing library": "dependency", "Compilation": "compile"}
NAMES = {
    "test_assertion": "test", "type_error": "compile", "lint_error": "lint", "compile_error": "compile",
    "permission_or_secret": "config", "build-config": "config",
}  # fmt: skip
CROWD = 0.7
"""A project with n rows counts as n to the power of what this leaves of 1."""
CATEGORY_C, FIX_C = 3.0, 0.1
FOLDS, FIX_FOLDS, FIX_SEEDS = 10, 8, 5


@dataclass
class Row:
    """One labelled log and what the analysis knows of it before it judges."""

    name: str
    repo: str
    weight: float
    by_people: bool
    category: str | None
    fix_kind: str | None
    facts: Facts


def facts_of(path: Path, ranker: Ranker | None) -> Facts | None:
    """What the analysis knows of a log when it comes to judge it, read with this ranker or the one shipped."""
    seen: list[Facts] = []

    def listen(facts: Facts) -> Judgement:
        seen.append(facts)
        return Judgement("unknown", 0.0, "unknown")

    data = path.read_bytes()
    given = Input.of_bytes(path.name, gzip.decompress(data) if path.suffix == ".gz" else data)
    analyze([given], ranker=ranker, judges=listen)
    return seen[0] if seen else None


def rows_of(corpus: Path, folds: Path | None) -> list[Row]:
    """All rows with a label, read with the ranker of their fold."""
    more: dict[str, str] = json.loads(Path(__file__).with_name("categories.json").read_text("utf-8"))
    fold_of: dict[str, int] = json.loads((folds / "folds.json").read_text("utf-8")) if folds else {}
    rankers = {}
    for fold in set(fold_of.values()):
        data = json.loads((folds / f"{fold}.json").read_text("utf-8")) if folds else {}
        rankers[fold] = Ranker(data["words"], data["near"], data["trees"])
    found = []
    for name in SETS:
        for row in map(json.loads, (corpus / "logs" / name / "labels.jsonl").read_text("utf-8").splitlines()):
            category = label_of(name, row, more)
            fix_kind = row.get("fix_kind") if row.get("fix_kind") in ("source", "test", "build") else None
            if category is None and fix_kind is None:
                continue
            ranker = rankers[fold_of[row["id"]]] if row["id"] in fold_of else None
            facts = facts_of(corpus / "logs" / row["file"], ranker)
            if facts is not None:
                people = name == "logdx" or (name == "logchunks" and bool(row.get("category")))
                repo = str(row.get("repo") or row["id"]).replace("-", "/").lower()
                found.append(Row(row["id"], repo, SETS[name], people, category, fix_kind, facts))
    return found


def label_of(name: str, row: dict[str, Any], more: dict[str, str]) -> str | None:
    """The category of a row in the words of the product."""
    if name == "bugswarm-pairs":
        return COARSE.get(row["failure_category"])
    given = row.get("category") or more.get(row["id"])
    return NAMES.get(
        given, given if given in ("compile", "lint", "dependency", "infra", "config", "timeout", "test") else None
    )


def near(given: str, wanted: str) -> bool:
    """Whether a category is right: running out of time or memory is a matter of infrastructure for some labels."""
    return given == wanted or {given, wanted} == {"infra", "timeout"}


def learn_categories(rows: list[Row]) -> tuple[dict[str, Any], dict[str, dict[str, float]]]:
    """The model of the categories, and for each row the chances by a model that has not seen its project."""
    crowd = Counter(row.repo for row in rows)
    weights = np.array([row.weight / crowd[row.repo] ** CROWD for row in rows])
    known = np.array([row.category is not None for row in rows])
    wanted = np.array([row.category or "test" for row in rows])
    columns = DictVectorizer(sparse=False)
    table = columns.fit_transform([category_features(row.facts) for row in rows])
    groups = [row.repo for row in rows]
    classes = sorted(set(wanted[known]))
    sums = np.full((len(rows), len(classes)), -20.0)
    for inside, outside in GroupKFold(FOLDS).split(table, wanted, groups):
        use = inside[known[inside]]
        model = LogisticRegression(C=CATEGORY_C, max_iter=3000).fit(table[use], wanted[use], sample_weight=weights[use])
        sums[np.ix_(outside, [classes.index(name) for name in model.classes_])] = model.decision_function(
            table[outside]
        )
    heat = min(np.arange(0.6, 2.5, 0.05), key=lambda value: loss(sums / value, wanted, classes, weights * known))
    chances = softmax(sums / heat)
    report_categories(rows, chances, classes, weights * known)
    model = LogisticRegression(C=CATEGORY_C, max_iter=3000).fit(
        table[known], wanted[known], sample_weight=weights[known]
    )
    print(f"category: {len(classes)} classes, {table.shape[1]} features, heat {heat:.2f}")
    held_out = {
        row.name: dict(zip(classes, map(float, line), strict=True)) for row, line in zip(rows, chances, strict=True)
    }
    return written(model, columns, float(heat)), held_out


def softmax(sums: np.ndarray) -> np.ndarray:
    """Chances from sums, row by row."""
    raised = np.exp(sums - sums.max(1, keepdims=True))
    return raised / raised.sum(1, keepdims=True)


def loss(sums: np.ndarray, wanted: np.ndarray, classes: list[str], weights: np.ndarray) -> float:
    """The mean log loss."""
    chances = softmax(sums)[np.arange(len(wanted)), [classes.index(name) for name in wanted]]
    return float(-np.average(np.log(np.maximum(chances, 1e-9)), weights=weights))


def report_categories(rows: list[Row], chances: np.ndarray, classes: list[str], weights: np.ndarray) -> None:
    """Print how often the category is right, and how often it is where so much confidence is given."""
    best = chances.max(1)
    given = [classes[place] if top >= UNTOLD else "unknown" for place, top in zip(chances.argmax(1), best, strict=True)]
    right = np.array([near(name, row.category or "") for name, row in zip(given, rows, strict=True)])
    people = np.array([row.by_people for row in rows])
    projects = defaultdict(list)
    for row, hit in zip(rows, right, strict=True):
        if row.category and row.weight == 1:
            projects[row.repo].append(hit)
    print(
        f"category right: {right[people].mean():.3f} of {people.sum()} labelled upstream;"
        f" {np.mean([np.mean(hits) for hits in projects.values()]):.3f} a project ({len(projects)} projects)"
    )
    hits = np.array([near(classes[at], row.category or "") for at, row in zip(chances.argmax(1), rows, strict=True)])
    edges = (0.0, UNTOLD, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01)
    for low, high in pairwise(edges):
        inside = (best >= low) & (best < high) & (weights > 0)
        if inside.any():
            said, came = (np.average(values[inside], weights=weights[inside]) for values in (best, hits))
            print(f"  confidence {low:.2f} to {high:.2f}: {inside.sum():3d} logs, said {said:.2f}, right {came:.2f}")
    tests = np.array([bool(row.facts.tests) for row in rows]) & (weights > 0)
    told = tests & np.array([name == "test" for name in given])
    print(f"  told as test, with tests named: {told.sum()}, right {np.average(right[told], weights=weights[told]):.2f}")


def learn_fixes(rows: list[Row], chances: dict[str, dict[str, float]]) -> dict[str, Any]:
    """The model of the fix kinds, from the rows that have one."""
    rows = [row for row in rows if row.fix_kind]
    wanted = np.array([row.fix_kind for row in rows])
    columns = DictVectorizer(sparse=False)
    table = columns.fit_transform([fix_features(row.facts, chances[row.name]) for row in rows])
    groups = [row.repo for row in rows]
    marks, silent = [], []
    for seed in range(FIX_SEEDS):
        held_out = np.zeros((len(rows), 3))
        folds = StratifiedGroupKFold(FIX_FOLDS, shuffle=True, random_state=seed)
        for inside, outside in folds.split(table, wanted, groups):
            model = LogisticRegression(C=FIX_C, max_iter=3000).fit(table[inside], wanted[inside])
            held_out[outside] = model.predict_proba(table[outside])
        best = np.array(sorted(set(wanted)))[held_out.argmax(1)]
        said = np.array(
            [
                fix_said(name, top, chances[row.name], row.facts)
                for name, top, row in zip(best, held_out.max(1), rows, strict=True)
            ]
        )
        marks.append(np.mean(np.where(said == "unknown", 0.5, said == wanted)))
        silent.append(np.mean(said == "unknown"))
    print(f"fix kind: {np.mean(marks):.3f} (unknown counts half), unknown {np.mean(silent):.2f}, of {len(rows)} logs")
    return written(LogisticRegression(C=FIX_C, max_iter=3000).fit(table, wanted), columns, 1.0)


def written(model: LogisticRegression, columns: DictVectorizer, heat: float) -> dict[str, Any]:
    """A model as the product reads it; four digits, so that it is the same on every machine."""
    weights = {
        str(name): [round(float(value) / heat, 4) for value in column]
        for name, column in zip(columns.get_feature_names_out(), model.coef_.T, strict=True)
    }
    return {
        "classes": [str(name) for name in model.classes_],
        "bias": [round(float(value) / heat, 4) for value in model.intercept_],
        "weights": weights,
    }


def main() -> None:
    """Read, measure, learn, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--folds", type=Path)
    parser.add_argument("--dry", action="store_true", help="measure only")
    options = parser.parse_args()
    rows = rows_of(options.corpus, options.folds)
    categories, chances = learn_categories(rows)
    model = {"category": categories, "fix_kind": learn_fixes(rows, chances)}
    if not options.dry:
        OUT.write_text(json.dumps(model, indent=1, sort_keys=True) + "\n", "utf-8")
        print(f"{OUT.name}: {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
