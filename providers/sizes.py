"""How much of a report is shown; the first size that fits is taken."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """How much is shown: whole blocks, one-line causes after them, and lines within a block.

    `apart` are causes that fail no check, a line each; of an answer `lines`, and `told` causes in full.
    """

    blocks: int
    more: int
    evidence: int
    tests: int
    apart: int = 30
    lines: int = 40
    told: int = 5


_SMALL = (Size(1, 3, 3, 3, 3, 1, 0), Size(0, 1, 0, 0, 0, 1, 0), Size(0, 0, 0, 0, 0, 0, 0))

# What was asked for and what fails no check goes first, then blocks, then lines.
COMMENT_SIZES = (
    Size(5, 30, 12, 20),
    Size(5, 30, 12, 20, 10, 40, 1),
    Size(5, 30, 12, 20, 5, 10, 0),
    Size(3, 20, 12, 20, 5, 10, 0),
    Size(2, 10, 8, 10, 5, 5, 0),
    Size(1, 5, 8, 10, 5, 5, 0),
    *_SMALL,
)
FLAT_SIZES = (Size(3, 10, 5, 5, 5, 20, 2), Size(3, 10, 5, 5, 5, 10, 0), Size(2, 5, 3, 5, 3, 5, 0), *_SMALL)
"""For hosts that can't fold: what is not worth the scrolling stands in the full report."""
CHECK_SIZES = (Size(50, 200, 20, 50), Size(25, 100, 20, 50), Size(12, 50, 12, 30), *COMMENT_SIZES)
SUMMARY_SIZES = tuple(Size(0, more, 0, 0, more) for more in (30, 10, 3, 0))
