"""Masks a labelled set, what only looks like secrets, and a log, beside detect-secrets, in one run.

    uv pip install detect-secrets==1.5.0
    python -m benchmarks.masking.compare [MEGABYTES] [FOLDER]

A secret counts as found when no eight characters in a row of it can be read any more; a harmless line counts as damaged
when anything in it was taken for a secret. The peer scans a file, with its default plugins and filters, as its command
does, and its findings count for the whole line. With a folder, a part of the logs in it is masked too, and the lines
touched are counted.
"""

import gzip
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from operator import ne
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.masking.run import normal
from bot.domain.masking import mask
from tests.domain.secret_samples import TOKENS, Sample, lookalikes, samples

SEEDS = range(5)
READABLE = 8
EACH = 100
"""Of the real lines, every so-manieth is looked at."""

Hide = Callable[[str], str]


@contextmanager
def peer() -> Iterator[Hide]:
    """Gives detect-secrets as something that masks.

    Of some kinds its findings hold only a part of the secret, so that each line with a finding is hidden as a whole.
    """
    from detect_secrets.core.scan import scan_file
    from detect_secrets.settings import default_settings

    def hide(text: str) -> str:
        lines = text.split("\n")
        path = folder / "text.log"
        path.write_text(text, encoding="utf-8")
        for found in scan_file(str(path)):
            lines[found.line_number - 1] = "***"
        return "\n".join(lines)

    with TemporaryDirectory() as place, default_settings():
        folder = Path(place)
        yield hide


def readable(sample: Sample, masked: str) -> bool:
    """Whether a piece of the secret is left."""
    secret = sample.secret
    return any(secret[at : at + READABLE] in masked for at in range(len(secret) - READABLE + 1))


def group(kind: str) -> str:
    """What a kind of sample is reported under."""
    if "PRIVATE KEY" in kind:
        return "private keys"
    return "tokens" if kind in TOKENS else "labelled secrets"


def lines_of(folder: Path) -> Iterator[str]:
    """The lines of all logs in a folder."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".log", ".gz"):
            data = path.read_bytes()
            text = gzip.decompress(data) if path.suffix == ".gz" else data
            yield from (" ".join(line.splitlines()) for line in text.decode(errors="replace").split("\n"))


def main(megabytes: float, folder: Path | None, tools: dict[str, Hide]) -> None:
    """Print a table for each question."""
    made = [sample for seed in SEEDS for sample in samples(seed)]
    harmless = [line for seed in SEEDS for line in lookalikes(seed)]
    log = normal(int(megabytes * 1e6)).decode()
    print(f"{'':32}" + "".join(f"{name:>16}" for name in tools))
    hidden = {name: each(hide, [sample.text for sample in made]) for name, hide in tools.items()}
    missed = {
        name: [sample for sample, masked in zip(made, texts, strict=True) if readable(sample, masked)]
        for name, texts in hidden.items()
    }
    left = {name: Counter(group(sample.kind) for sample in samples) for name, samples in missed.items()}
    for kind, total in Counter(group(sample.kind) for sample in made).items():
        row(f"{kind} found, of {total}", (f"{1 - left[name][kind] / total:.1%}" for name in tools))
    row(f"all found, of {len(made)}", (f"{1 - len(missed[name]) / len(made):.1%}" for name in tools))
    row(
        f"harmless damaged, of {len(harmless)}",
        (f"{touched(hide, harmless) / len(harmless):.1%}" for hide in tools.values()),
    )
    if folder is not None:
        real = list(islice(lines_of(folder), 0, None, EACH))
        row(f"real lines touched, of {len(real)}", (f"{touched(hide, real)}" for hide in tools.values()))
    row("MB/s", (f"{megabytes / seconds(hide, log):.2f}" for hide in tools.values()))
    for name, samples_ in missed.items():
        print(f"\nnot found by {name}: " + (", ".join(sorted({sample.kind for sample in samples_})) or "none"))


def each(hide: Hide, texts: list[str]) -> list[str]:
    """Hides in all texts at once; none of the tools changes the number of lines."""
    lines = iter(hide("\n".join(texts)).split("\n"))
    return ["\n".join(islice(lines, text.count("\n") + 1)) for text in texts]


def touched(hide: Hide, lines: list[str]) -> int:
    """How many lines are not as they were."""
    return sum(map(ne, each(hide, lines), lines))


def row(label: str, cells: Iterator[str]) -> None:
    """One line of the table."""
    print(f"{label:32}" + "".join(f"{cell:>16}" for cell in cells))


def seconds(hide: Hide, text: str) -> float:
    """Processor time of the faster of two runs."""
    best = float("inf")
    for _ in range(2):
        started = time.process_time()
        hide(text)
        best = min(best, time.process_time() - started)
    return best


if __name__ == "__main__":
    given = sys.argv[1:]
    with peer() as hide:
        tools = {"agnox": mask, "detect-secrets": hide}
        main(float(given[0]) if given else 0.5, Path(given[1]) if len(given) > 1 else None, tools)
