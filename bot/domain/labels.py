"""Labels: what a testing node has, and what a run of tests wants of it."""

import re
from collections.abc import Iterable

MOST = 16
EXECUTOR = "executor:"
"""Before the name of an executor; no label that people write has a colon."""

_LABEL = re.compile(r"[a-z0-9][a-z0-9._-]{0,30}")


def read_labels(texts: Iterable[str]) -> frozenset[str]:
    """Reads labels as people write them, some in one text with commas between. Raises ValueError, fit for people."""
    labels = {part.strip().lower() for text in texts for part in text.split(",")} - {""}
    for label in sorted(labels):
        if not _LABEL.fullmatch(label):
            raise ValueError(
                f"{label[:40]!r} is no label: up to 31 letters, digits, dots, hyphens and underscores, "
                "the first a letter or digit"
            )
    if len(labels) > MOST:
        raise ValueError(f"{len(labels)} labels are too many: at most {MOST}")
    return frozenset(labels)


def written(labels: Iterable[str]) -> str:
    """Gives the one text that stands for a set of labels."""
    return ",".join(sorted(labels))


def parts(text: str) -> frozenset[str]:
    """Gives the labels of such a text."""
    return frozenset(filter(None, text.split(",")))


def in_words(labels: Iterable[str]) -> str:
    """Says for people what a testing node must have or be allowed."""
    plain = sorted(label for label in labels if not label.startswith(EXECUTOR))
    kinds = sorted(label.removeprefix(EXECUTOR) for label in labels if label.startswith(EXECUTOR))
    said = []
    if plain:
        said.append(f"the label{'s' if len(plain) > 1 else ''} {', '.join(plain)}")
    if kinds:
        said.append(f"the executor {', '.join(kinds)}")
    return " and ".join(said)
