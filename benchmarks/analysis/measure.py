"""Analyses labelled logs, each with a model that has not seen its project, and scores what is shown of them.

    python benchmarks/analysis/train_ranker.py CORPUS --folds FOLDS
    python benchmarks/analysis/measure.py CORPUS FOLDS [--answers OUT.jsonl]

Prints for each set of logs: the share of the marked lines among the first 50 and the first 20 lines shown, the share of
logs with all of them among the first 50, F1 of all lines shown, and the median of lines shown. Blank lines don't count;
of several places where the same marked text stands the best one counts.
"""

import argparse
import gzip
import json
import re
import statistics
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from bot.analysis import Analysis, Input, analyze
from bot.analysis.ranker import Ranker

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def model_at(path: Path) -> Ranker:
    """A model as the training writes it."""
    data = json.loads(path.read_text("utf-8"))
    return Ranker(data["words"], data["near"], data["trees"])


def text_of(path: Path) -> bytes:
    """A log, unpacked."""
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def marked(row: dict[str, Any], blank: set[int]) -> list[set[int]]:
    """The marked lines; several sets where the same text stands at several places."""
    if row.get("error_spans"):
        found = [{number for first, last in row["error_spans"] for number in range(first, last + 1)}]
    else:
        places = [[row["chunk_start_line"], row["chunk_end_line"]], *(row.get("alt_spans") or [])]
        found = [set(range(first, last + 1)) for first, last in places]
    return [lines - blank or lines for lines in found]


def scores(answer: Analysis, blank: set[int], truths: list[set[int]]) -> tuple[float, float, float, float, float]:
    """Recall of 50, of 20, whether all are among 50, F1 of all, lines shown."""
    shown = list(dict.fromkeys(n for part in answer.excerpts for n in part.lines if n not in blank))
    first50 = max(len(truth & set(shown[:50])) / len(truth) for truth in truths)
    first20 = max(len(truth & set(shown[:20])) / len(truth) for truth in truths)
    f1 = max(2 * len(truth & set(shown)) / (len(truth) + len(shown)) for truth in truths)
    return first50, first20, float(first50 > 0.999), f1, len(shown)


def main() -> None:
    """Analyse, score, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("folds", type=Path)
    parser.add_argument("--answers", type=Path)
    options = parser.parse_args()
    fold_of = json.loads((options.folds / "folds.json").read_text("utf-8"))
    models = {fold: model_at(options.folds / f"{fold}.json") for fold in set(fold_of.values())}
    found: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    answers: list[str] = []
    size, spent = 0, 0.0
    for labels in sorted((options.corpus / "logs").glob("*/labels.jsonl")):
        for row in map(json.loads, labels.read_text("utf-8").splitlines()):
            if row["id"] not in fold_of:
                continue
            data = text_of(options.corpus / "logs" / row["file"])
            lines = data.decode("utf-8", "replace").split("\n")
            blank = {number for number, line in enumerate(lines, 1) if not ANSI.sub("", line).strip()}
            truths = marked(row, blank)
            for suffix in ("", "+green") if row.get("pass_file") else ("",):
                green = Input.of_bytes("green", text_of(options.corpus / "logs" / row["pass_file"])) if suffix else None
                started = time.process_time()
                model = models[fold_of[row["id"]]]
                answer = analyze([Input.of_bytes(row["file"], data)], baseline=green, ranker=model)
                spent += time.process_time() - started
                size += len(data)
                found[labels.parent.name + suffix].append(scores(answer, blank, truths))
                answers.append(json.dumps({"id": row["id"] + suffix, **answer.to_dict()}))
    for name, rows in sorted(found.items()):
        means = [statistics.mean(column) for column in zip(*rows, strict=True)][:4]
        shown = statistics.median(row[4] for row in rows)
        print(f"{name:20s} n={len(rows):3d}  " + "  ".join(f"{mean:.3f}" for mean in means) + f"  {shown:.0f} lines")
    print(f"{spent / size * 1e6:.3f} s of CPU a MB")
    if options.answers:
        options.answers.write_text("\n".join(answers) + "\n", "utf-8")


if __name__ == "__main__":
    main()
