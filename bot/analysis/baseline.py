"""The green run that a log is compared with: read from its log, or kept as hashes of its lines."""

import sys
import zlib
from array import array
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace

from bot.analysis.inputs import Input, Source
from bot.analysis.limits import Limits
from bot.analysis.logs import baseline_set
from bot.analysis.masks import masked

MOST_LINES = 200_000
"""Different lines of a log that are kept, 8 bytes each; a log with more of them is no baseline."""


@dataclass(frozen=True, slots=True)
class GreenRuns:
    """The lines of recent green runs, by the name of the log without the numbers in it."""

    lines: Mapping[str, Set[int]] = field(default_factory=dict)

    @classmethod
    def unpack(cls, packed: Iterable[tuple[str, bytes]]) -> "GreenRuns":
        """Puts packed sets of lines together; those of one log add up. Raises ValueError for a damaged one."""
        found: dict[str, set[int]] = {}
        for name, content in packed:
            found.setdefault(name, set()).update(_unpack(content))
        return cls(found)

    def of(self, name: str) -> Set[int] | None:
        """Gives the lines to compare a log with; None when no green run had a log of this name."""
        return self.lines.get(log_name(name))


def log_name(name: str) -> str:
    """Gives what a log is called in every run, when its name holds the run's number."""
    return masked(name)[:255]


def pack_lines(given: Input, limits: Limits | None = None) -> tuple[int, bytes] | None:
    """Reads the log of a green run; gives how many different lines it has and their packed hashes.

    None when it can't be read or has more of them than are kept: a part of it would make the rest look new.
    """
    limits = replace(limits or Limits(), baseline_lines=MOST_LINES + 1)
    try:
        lines = baseline_set(Source(given, limits.log_bytes).chunks(), limits)
    except OSError:
        return None
    return (len(lines), _pack(lines)) if 0 < len(lines) <= MOST_LINES else None


def _pack(lines: Set[int]) -> bytes:
    values = array("Q", sorted(lines))
    if sys.byteorder == "little":
        values.byteswap()
    # First bytes of neighbours are equal or nearly so; told one after another they take no room.
    data = values.tobytes()
    return zlib.compress(b"".join(data[place::8] for place in range(8)))


def _unpack(content: bytes) -> Iterable[int]:
    reader = zlib.decompressobj()
    try:
        data = reader.decompress(content, 8 * MOST_LINES + 1)
    except zlib.error as error:
        raise ValueError("a kept set of lines is damaged") from error
    count, rest = divmod(len(data), 8)
    if rest or not reader.eof:
        raise ValueError("a kept set of lines is damaged")
    whole = bytearray(count * 8)
    for place in range(8):
        whole[place::8] = data[place * count : (place + 1) * count]
    values = array("Q", bytes(whole))
    if sys.byteorder == "little":
        values.byteswap()
    return values
