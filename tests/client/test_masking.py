"""What the environment keeps secret is not sent, however it is written and however it is cut."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agnox.sending.masking import MASK, Masker, find_secrets

TOKEN = "s3cr3t-Value/42&<x>"


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("NPM_TOKEN", TOKEN, {TOKEN}),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG", {"wJalrXUtnFEMI/K7MDENG"}),
        ("db_password", "hunter2hunter2", {"hunter2hunter2"}),
        ("DEPLOY_KEY", "-----BEGIN KEY-----\nMIIabc123XYZ\n", {"-----BEGIN KEY-----", "MIIabc123XYZ"}),
        ("DATABASE_URL", "postgres://app:pa55word9@db/shop", {"pa55word9"}),
        ("POSTGRES_PASSWORD", "postgres", set()),
        ("API_KEY", "short1", set()),
        ("TOKEN_COUNT_KEY", "12345678901", set()),
        ("GOOGLE_CREDENTIALS_FILE", "/srv/Key-1.json", set()),
        ("SSH_AUTH_SOCK", "/run/ssh-Agent.12", set()),
        ("PATH", "/usr/local/bin:/usr/bin1", set()),
    ],
)
def test_which_variables_hold_secrets(name: str, value: str, found: set[str]) -> None:
    assert find_secrets({name: value}) == found


@pytest.mark.parametrize(
    "written",
    [
        TOKEN,
        "s3cr3t-Value/42&amp;&lt;x&gt;",
        "s3cr3t-Value%2F42%26%3Cx%3E",
    ],
)
def test_the_forms_in_which_a_secret_is_written(written: str) -> None:
    assert Masker([TOKEN]).text(f"a {written} b") == "a *** b"


def test_a_quote_in_a_secret_is_masked_in_json() -> None:
    assert Masker(['ab"cd\\ef12']).text('{"a": "ab\\"cd\\\\ef12"}') == '{"a": "***"}'


def test_the_longer_of_two_is_masked_as_a_whole() -> None:
    assert Masker(["abcdefg1", "abcdefg1hijk"]).text("abcdefg1hijk abcdefg1") == "*** ***"


@given(
    st.lists(st.sampled_from([b"abcdefg1", b"abcdefg1hij", b"abcd", b"\n", b"efg1", b"x", b"hij"]), max_size=30),
    st.lists(st.integers(1, 9), min_size=1),
)
def test_cut_anywhere_it_masks_the_same(pieces: list[bytes], sizes: list[int]) -> None:
    whole = b"".join(pieces)
    masker, sink = Masker(["abcdefg1", "abcdefg1hij"]), io.BytesIO()
    stream, at, turn = masker.stream(sink), 0, 0
    while at < len(whole):
        stream.write(whole[at : at + sizes[turn % len(sizes)]])
        at, turn = at + sizes[turn % len(sizes)], turn + 1
    stream.finish()
    assert sink.getvalue().decode() == masker.text(whole.decode())
    assert b"abcdefg1" not in sink.getvalue()


def test_a_whole_line_does_not_wait() -> None:
    sink = io.BytesIO()
    stream = Masker(["a" * 200 + "1B"]).stream(sink)
    stream.write(b"compiling\nlink")
    assert sink.getvalue() == b"compiling\n"
    stream.write(b"ing\n")
    assert sink.getvalue() == b"compiling\nlinking\n"


def test_without_secrets_all_goes_through() -> None:
    sink = io.BytesIO()
    stream = Masker([]).stream(sink)
    stream.write(b"\x00\xff" * 1000)
    stream.finish()
    assert sink.getvalue() == b"\x00\xff" * 1000
    assert MASK not in sink.getvalue()
