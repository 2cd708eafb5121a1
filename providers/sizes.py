"""How much of a report is shown; the first size that fits is taken."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """How much is shown: whole blocks, one-line causes after them, and lines within a block."""

    blocks: int
    more: int
    evidence: int
    tests: int


_SMALL = (Size(1, 3, 3, 3), Size(0, 1, 0, 0), Size(0, 0, 0, 0))

# Blocks go first, then lines.
COMMENT_SIZES = (Size(5, 30, 12, 20), Size(3, 20, 12, 20), Size(2, 10, 8, 10), Size(1, 5, 8, 10), *_SMALL)
FLAT_SIZES = (Size(3, 10, 5, 5), Size(2, 5, 3, 5), *_SMALL)
"""For hosts that can't fold: what is not worth the scrolling stands in the full report."""
CHECK_SIZES = (Size(50, 200, 20, 50), Size(25, 100, 20, 50), Size(12, 50, 12, 30), *COMMENT_SIZES)
SUMMARY_SIZES = tuple(Size(0, more, 0, 0) for more in (30, 10, 3, 0))
