"""The time of masking is linear in the length of the text, whatever it holds: steps are counted, not seconds."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import assignments, known_secrets, masking, private_keys, secret_shapes, token_shapes, wrapped_secrets
from bot.domain.masking import Masker
from tests.domain.regex_steps import counted, patterns_of

MODULES = assignments, masking, private_keys, secret_shapes, token_shapes, wrapped_secrets
FRAGMENTS = (
    """
a|A|9|.|-|_|~|/|+|=|&|&amp;|\\|\\n|"|'|@|:|;|,|?|(|[|{|$|%|***|<|>
eyJ|eyJaaaaa.|eyJaaaaa.eyJaaaaa|://|a://b:|https://|@b:c@|password|pwd|passphrase|token|secret|credential
api_key|_auth|_pat|=x1|: "|--password |?token=|;pwd=a|host=a |authorization: |bearer |basic |cookie: a=b
set-cookie: a=b|-u a:b|-p |-p|curl |mysql |sig=|gh|ghs_|ghp_|gl|glpat-|github_pat_|sk-|SK
SG.|AKIA|AIza|AZDO|Q~|.atlasv1.|JQQJ99|AzFu
dp.|hvs.|hf_|oy2|cio|key-|secret_|xox|xoxb-|whsec_|hooks.slack.com/services/|hooks/|1//0|:AA|+ASt|+ACR|npm_|pypi-
hunter2-and-mor|hunter2-and-more|p&ss|aHVudGVy|PRIVATE KEY|MIIEpAIBAAKCAQEA|login a password b1|2026-01-02T03:04:05Z
""".strip()
    .replace("\n", "|")
    .split("|")
)
NEWLINES = ["\n", "\r\n", "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----\n"]
KNOWN = ["hunter2-and-more", "p&ss<w\"rd9 it's long enough", "\\" * 9 + "x"]
SIZE = 400


@pytest.fixture(scope="module")
def steps() -> Iterator[list[int]]:
    """What all patterns of the masking count into."""
    steps = [0]
    with pytest.MonkeyPatch.context() as patch:
        for module in MODULES:
            for name, value in patterns_of(module, steps).items():
                patch.setattr(module, name, value)
        yield steps


def cost(text: str, steps: list[int]) -> int:
    steps[0] = 0
    masker = Masker(KNOWN)
    known: known_secrets.KnownSecrets = masker._known
    known._forms = [(hint, counted(pattern, steps)) for hint, pattern in known._forms]
    masker.line(text)
    return steps[0]


@pytest.mark.parametrize("unit", [*FRAGMENTS, *NEWLINES])
def test_a_text_twice_as_long_takes_twice_the_steps(unit: str, steps: list[int]) -> None:
    assert_linear("", unit, steps)


@settings(max_examples=25, deadline=None)
@given(
    start=st.lists(st.sampled_from(FRAGMENTS), max_size=2),
    unit=st.lists(st.sampled_from([*FRAGMENTS, *NEWLINES]), min_size=2, max_size=5),
)
def test_so_does_any_mixture(start: list[str], unit: list[str], steps: list[int]) -> None:
    assert_linear("".join(start), "".join(unit), steps)


def assert_linear(start: str, unit: str, steps: list[int]) -> None:
    """Bounds reach a few hundred characters; the texts are longer, so that what has no bound shows."""
    times = SIZE // len(unit) + 1
    once, twice, fourfold = (cost(start + unit * (times * many), steps) for many in (2, 4, 8))
    # Quadratic growth would be 4 and 16 times: with what all begin with left out, the growth itself must not grow.
    assert fourfold - twice <= 2.3 * (twice - once) + 8 * SIZE


def test_each_module_is_counted(steps: list[int]) -> None:
    for text in (
        "sk-" * 9,
        "password=x",
        "authorization: x",
        "hunter2-an",
        "-----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQEA",
    ):
        assert cost(text, steps) > cost(" " * len(text), steps)


def test_the_count_sees_a_pattern_that_is_not_linear() -> None:
    steps = [0]
    slow = counted(re.compile(rb"a[ab]*c"), steps)
    found = []
    for size in (100, 200, 400):
        steps[0] = 0
        assert slow.search(b"a" * size) is None
        found.append(steps[0])
    assert found[2] - found[1] > 3.5 * (found[1] - found[0])
