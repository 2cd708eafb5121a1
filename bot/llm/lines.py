"""Lines of inputs by their numbers, read once more."""

from collections.abc import Iterator, Mapping, Sequence, Set

from bot.analysis.inputs import CutError, Input, Source
from bot.analysis.limits import Limits
from bot.analysis.lines import Lines
from bot.analysis.masks import plain
from bot.domain.masking import Masker

Place = tuple[int, int]
"""Input and line, the line from 1."""


def read_lines(
    inputs: Sequence[Input], wanted: Mapping[int, Set[int]], secrets: Sequence[str], limits: Limits
) -> Mapping[Place, str]:
    """The plain text of some lines of logs, masked; what can't be read any more is left out.

    The whole log is masked on the way: a private key is known by what stands before and after it.
    """
    found: dict[Place, str] = {}
    for index, numbers in wanted.items():
        try:
            found.update(_of_one(index, inputs[index], numbers, Masker(secrets), limits))
        except OSError:
            continue
    return found


def _of_one(index: int, given: Input, numbers: Set[int], masker: Masker, limits: Limits) -> Iterator[tuple[Place, str]]:
    last = max(numbers, default=0)
    try:
        chunks = masker.bytes_blocks(Source(given, limits.log_bytes).chunks())
        for number, raw in Lines(chunks, limits.line_chars):
            if number > last:
                return
            if number in numbers and (text := plain(raw)).strip():
                yield (index, number), text[: limits.kept_line_chars]
    except CutError:
        return
