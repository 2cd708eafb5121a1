"""How a log is kept: masked line by line, compressed with gzip, never whole in memory."""

import gzip
import io
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from bot.node.values import MaskLine


def keep(lines: Iterable[bytes], mask: MaskLine, target: Path) -> tuple[int, str]:
    """Writes lines to a new file; gives their bytes before compression and the last one that isn't blank, masked."""
    size, last = 0, b""
    with (
        target.open("xb") as file,
        gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=file, mtime=0) as packed,
        io.BufferedWriter(packed) as out,
    ):
        # What prints without end mostly repeats itself, and masking is what costs.
        for line, repeats in groupby(lines):
            masked = mask(line)
            last = masked if masked.strip() else last
            size += out.write(masked * sum(1 for _ in repeats))
    return size, last.decode("utf-8", "replace").strip()
