"""No secret of the labelled set is readable after masking; no look-alike is touched."""

import pytest

from bot.domain.masking import MASK, Masker, mask
from tests.domain.secret_samples import Sample, lookalikes, samples

SEEDS = range(5)
READABLE = 8
"""So many characters of a secret in a row say too much of it."""


@pytest.mark.parametrize("seed", SEEDS)
def test_no_secret_is_readable(seed: int) -> None:
    leaks = [sample.kind for sample in samples(seed) if readable(sample, mask(sample.text))]
    assert leaks == []


@pytest.mark.parametrize("seed", SEEDS)
def test_what_stands_around_a_secret_stays(seed: int) -> None:
    for sample in samples(seed):
        masked = mask(sample.text)
        assert masked.count("\n") == sample.text.count("\n")
        assert MASK in masked and masked.split(MASK)[0] == sample.text[: masked.index(MASK)]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_only_looks_like_a_secret_stays(seed: int) -> None:
    assert [line for line in lookalikes(seed) if mask(line) != line] == []


@pytest.mark.parametrize("size", [1, 7, 100])
def test_secrets_between_two_chunks_are_masked(size: int) -> None:
    text = "\n".join(sample.text for sample in samples(6))
    data = text.encode()
    chunks = (data[at : at + size] for at in range(0, len(data), size))
    assert b"".join(Masker().bytes_blocks(chunks)) == mask(text).encode()


def readable(sample: Sample, masked: str) -> bool:
    """Whether a piece of the secret is left."""
    pieces = (sample.secret[at : at + READABLE] for at in range(len(sample.secret) - READABLE + 1))
    return any(piece in masked for piece in pieces)
