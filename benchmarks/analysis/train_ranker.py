"""Learns `bot/analysis/ranker.json` from a folder of labelled logs.

    uv run --no-sync --with lightgbm --with scikit-learn python benchmarks/analysis/train_ranker.py CORPUS [--folds OUT]

CORPUS/logs/SET/labels.jsonl has one log a line: `file`, `repo`, and `error_spans` or `chunk_start_line`,
`chunk_end_line` and `alt_spans` (1-based, newlines only). `--folds` writes one model a fold to OUT/0.json ... and
OUT/folds.json (log id to the fold whose model has not seen its project), to measure on projects that are new.
"""

import argparse
import gc
import gzip
import json
import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression

from bot.analysis.features import Details
from bot.analysis.limits import Limits
from bot.analysis.logs import LogScan, scan
from bot.analysis.page import Page
from bot.analysis.ranker import Ranker
from bot.analysis.tokens import tokens_of

FOLDS = 5
SHARES = {
    "logchunks": 1.0,
    "logdx": 1.0,
    "logdetective": 0.7,
    "cidiff": 0.6,
    "treeherder": 0.5,
    "pytorch": 0.4,
    "logjuicer": 0.4,
}
"""How much one log of a set counts: labels of single lines teach less about whole chunks."""
CHOSEN = 300
"""Lines of one log to learn from: more than are looked at later, so that the last of them are nothing special."""
PROJECTS = 5
"""Projects that must use a word before it is learned."""
COMMON = {"objective": "binary", "verbose": -1, "seed": 1, "num_threads": 1, "deterministic": True}
NEAR = {
    **COMMON,
    "learning_rate": 0.2,
    "num_leaves": 12,
    "min_data_in_leaf": 200,
    "feature_fraction": 0.7,
    "lambda_l2": 10,
}
TREES = {
    **COMMON, "learning_rate": 0.1, "num_leaves": 16, "min_data_in_leaf": 60, "feature_fraction": 0.6,
    "bagging_fraction": 0.7, "bagging_freq": 1, "lambda_l2": 10, "extra_trees": True,
}  # fmt: skip
"""Thresholds drawn at random: with some forty projects to learn from, the best one would fit these alone."""
ROUNDS = 90


class Sample:
    """One labelled log: what is kept of it, which lines people marked, and how much each counts."""

    def __init__(self, name: str, row: dict[str, Any], path: Path) -> None:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        spans = row.get("error_spans") or [
            [row["chunk_start_line"], row["chunk_end_line"]],
            *(row.get("alt_spans") or []),
        ]
        marked = {number for first, last in spans for number in range(first, last + 1)}
        repo = str(row.get("repo") or row["id"])
        self.id: str = row["id"]
        self.group = repo.split(":")[0] if name == "cidiff" else repo
        self.log: LogScan = scan([data], Limits())
        self.labels = np.array([float(number in marked) for number in self.log.kept])
        positive = max(self.labels.sum(), 1.0)
        negative = max(len(self.labels) - positive, 1.0)
        rest = positive**-0.25 * min(negative, 300) / negative / 8
        # A line of a short answer counts more: fifty lines hold all of it.
        self.weights = np.where(self.labels > 0, positive**-0.5, rest) * SHARES[name]
        self.final = np.where(self.labels > 0, 1 / positive, rest) * SHARES[name]
        self.fold = 0


def samples_of(corpus: Path) -> list[Sample]:
    """All labelled logs, each project in one fold only."""
    found = []
    for name in SHARES:
        for line in (corpus / "logs" / name / "labels.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            path = corpus / "logs" / row["file"]
            if (row.get("error_spans") or row.get("chunk_start_line")) and path.stat().st_size < 1_000_000:
                found.append(Sample(name, row, path))
    found = [sample for sample in found if sample.log.kept]
    groups = sorted({sample.group for sample in found})
    random.Random(7).shuffle(groups)
    folds = {group: number % FOLDS for number, group in enumerate(groups)}
    for sample in found:
        sample.fold = folds[sample.group]
    return found


def learn_words(samples: list[Sample], matrices: dict[str, csr_matrix], words: list[str]) -> dict[str, int]:
    """Log odds of the words in hundredths, by logistic regression."""
    model = LogisticRegression(C=0.3, solver="liblinear")
    rows = vstack([matrices[sample.id] for sample in samples])
    model.fit(rows, joined(samples, "labels"), sample_weight=joined(samples, "weights"))
    weights = zip(words, model.coef_[0], strict=True)
    return {word: round(100 * value) for word, value in weights if abs(value) >= 0.005}


def joined(samples: list[Sample], name: str) -> Any:
    """One array of all the samples' arrays."""
    return np.concatenate([getattr(sample, name) for sample in samples])


def grow(rows: list[Any], labels: list[Any], weights: list[Any], settings: dict[str, Any], rounds: int) -> list[Any]:
    """Boosted trees as nested lists."""
    data = lightgbm.Dataset(np.vstack(rows), np.concatenate(labels), weight=np.concatenate(weights))
    dumped = lightgbm.train(settings, data, rounds).dump_model()
    return [nested(tree["tree_structure"]) for tree in dumped["tree_info"]]


def nested(node: dict[str, Any]) -> Any:
    """A tree of LightGBM in the form that the ranker walks."""
    if "leaf_value" in node:
        return round(node["leaf_value"], 4)
    return [node["split_feature"], round(node["threshold"], 4), nested(node["left_child"]), nested(node["right_child"])]


def main() -> None:
    """Learn, and write the model for all samples and one for each fold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--folds", type=Path)
    options = parser.parse_args()
    samples = samples_of(options.corpus)
    projects: dict[str, set[str]] = defaultdict(set)
    tokens = {sample.id: [tokens_of(text) for text in sample.log.kept.values()] for sample in samples}
    for sample in samples:
        for found in tokens[sample.id]:
            for token in found:
                projects[token].add(sample.group)
    words = sorted(token for token, groups in projects.items() if len(groups) >= PROJECTS)
    place = {word: number for number, word in enumerate(words)}
    matrices = {}
    for sample in samples:
        pairs = [
            (i, place[token]) for i, found in enumerate(tokens[sample.id]) for token in sorted(found) if token in place
        ]
        data = (np.ones(len(pairs), np.float32), tuple(zip(*pairs, strict=True)))
        matrices[sample.id] = csr_matrix(data, shape=(len(sample.log.kept), len(words)))
    del tokens
    gc.collect()
    gc.freeze()

    # What trees learn from must be scores of words that were learned without the project in question.
    pages: dict[str, Page] = {}
    tables = []
    for fold in range(FOLDS):
        tables.append(learn_words([sample for sample in samples if sample.fold != fold], matrices, words))
        pages |= {sample.id: Page(sample.log, tables[fold]) for sample in samples if sample.fold == fold}
    cheap = {
        sample.id: np.array([pages[sample.id].cheap(i) for i in range(pages[sample.id].count)], np.float32)
        for sample in samples
    }

    def near_of(chosen: list[Sample]) -> list[Any]:
        return grow([cheap[s.id] for s in chosen], [s.labels for s in chosen], [s.weights for s in chosen], NEAR, 12)

    near = [near_of([sample for sample in samples if sample.fold != fold]) for fold in range(FOLDS)]
    rows, labels, weights = {}, {}, {}
    for sample in samples:
        chosen = Ranker({}, near[sample.fold], []).choose(pages[sample.id], CHOSEN)
        rows[sample.id] = np.array(Details(pages[sample.id], chosen).rows(), np.float32)
        labels[sample.id], weights[sample.id] = sample.labels[chosen], sample.final[chosen]

    def trees_of(chosen: list[Sample]) -> list[Any]:
        return grow(
            [rows[s.id] for s in chosen], [labels[s.id] for s in chosen], [weights[s.id] for s in chosen], TREES, ROUNDS
        )

    def write(path: Path, model: dict[str, Any]) -> None:
        path.write_text(json.dumps(model, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")

    if options.folds:
        options.folds.mkdir(parents=True, exist_ok=True)
        for fold in range(FOLDS):
            others = [sample for sample in samples if sample.fold != fold]
            write(
                options.folds / f"{fold}.json", {"words": tables[fold], "near": near[fold], "trees": trees_of(others)}
            )
        write(options.folds / "folds.json", {sample.id: sample.fold for sample in samples})
    target = Path(__file__).parents[2] / "bot" / "analysis" / "ranker.json"
    write(
        target, {"words": learn_words(samples, matrices, words), "near": near_of(samples), "trees": trees_of(samples)}
    )


if __name__ == "__main__":
    main()
