"""Secrets go, everything else stays."""

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.masking import MASK, Masker, mask

# Put together at run time, so that no secret scanner takes this file for a leak.
A36 = "aB3" * 12
SECRETS = {
    "GitHub classic": "ghp_" + A36,
    "GitHub OAuth": "gho_" + A36,
    "GitHub installation, long form": "ghs_" + "12345_" + "eyJhbGciOi." + "x-Y_z" * 12,
    "GitHub fine-grained": "github_pat_" + "11ABCDEFG0" + "x" * 50,
    "GitLab personal": "glpat-" + "a1B2c3D4e5F6g7H8i9J0",
    "GitLab OAuth": "gloas-" + "a" * 64,
    "GitLab deploy": "gldt-" + "a1B2c3D4e5F6g7H8i9J0",
    "GitLab runner": "glrt-" + "a1B2c3D4e5F6g7H8i9J0",
    "GitLab trigger": "glptt-" + "a" * 40,
    "GitLab job": "glcbt-" + "64_" + "a1B2c3D4e5F6g7H8i9J0",
    "webhook": "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "Azure, new": "a1B2" * 19 + "AZDO" + "x9Y8",
    "Azure, old": "a2b3c4d5e6f7" * 4 + "abcd",
    "AWS": "AKIA" + "IOSFODNN7EXAMPLE",
    "AWS session": "ASIA" + "IOSFODNN7EXAMPLE",
    "JWT": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0." + "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "Slack": "xoxb-" + "123456789012-abcdefABCDEF",
    "ours": "agx_" + "aB3-_" * 8 + "xyz",
    "npm": "npm_" + A36,
    "PyPI": "pypi-" + "AgEIcHlwaS5vcmc" * 5,
}
HARMLESS = [
    "commit 0123456789abcdef0123456789abcdef01234567",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "id 123e4567-e89b-12d3-a456-426614174000",
    "sha512-" + base64.b64encode(bytes(range(64))).decode(),
    "https://example.com:8443/a?b=c@d",
    "git@github.com:acme/shop.git",
    "ssh://git@host/x.git and user@example.com:80",
    "npm_config_cache=/tmp/x npm_package_name=shop glpat- ghp_short sk-learn",
    "tests/test_password.py::test_pwd_is_hashed PASSED",
    "error: password authentication failed for user postgres",
    "Authorization header is missing",
    "the bearer of bad news",
    "a" * 52,
    "0" * 52,
    "-----BEGIN CERTIFICATE-----",
    "token: expected ';' but found '}'",
    "assert 0 == 10  # basic math",
]
KEY = (
    "-----BEGIN RSA PRIVATE KEY-----\n"
    + ("MIIEpAIBAAKCAQEA" * 4 + "\n") * 5
    + "MIIEab==\n"
    + "-----END RSA PRIVATE KEY-----\n"
)


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize("around", ["{}", "token={} rest", '"{}",', "export X='{}'", "({})"])
def test_token_shapes(kind: str, around: str) -> None:
    secret = SECRETS[kind]
    assert mask(around.format(secret)) == around.format(MASK)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://bob:hunter2@host/x", f"https://bob:{MASK}@host/x"),
        ("https://x-access-token:abc@github.com/a/b", f"https://x-access-token:{MASK}@github.com/a/b"),
        ("postgres://u:p@ss:w@db:5432/x", f"postgres://u:{MASK}@db:5432/x"),
        ("redis://:hunter2@cache:6379", f"redis://:{MASK}@cache:6379"),
        ("Authorization: Bearer abc.def-123", f"Authorization: Bearer {MASK}"),
        ("'authorization': 'Basic dXNlcjpwYXNz'", f"'authorization': 'Basic {MASK}'"),
        ("PRIVATE-TOKEN: abcdef123456", f"PRIVATE-TOKEN: {MASK}"),
        ("Server=db;User Id=sa;Password=S3cret!;Timeout=3", f"Server=db;User Id=sa;Password={MASK};Timeout=3"),
        ("host=db user=x password=S3cret dbname=y", f"host=db user=x password={MASK} dbname=y"),
        ("AccountName=shop;AccountKey=" + "Ab1+" * 22 + "==;x", f"AccountName=shop;AccountKey={MASK};x"),
        ("AWS_SECRET_ACCESS_KEY=" + "wJalrXUtnF/" * 3 + "EXAMPLE", f"AWS_SECRET_ACCESS_KEY={MASK}"),
    ],
)
def test_secrets_known_by_what_stands_before_them(text: str, expected: str) -> None:
    assert mask(text) == expected


def test_a_private_key_keeps_its_lines() -> None:
    masked = mask(f"before\n{KEY}after {'0' * 40}\n")
    assert "MIIE" not in masked
    assert masked.count("\n") == f"before\n{KEY}after\n".count("\n")
    assert masked.startswith("before\n-----BEGIN RSA PRIVATE KEY-----\n***\n")
    assert masked.endswith(f"-----END RSA PRIVATE KEY-----\nafter {'0' * 40}\n")


def test_a_private_key_with_time_stamps_and_one_in_a_single_line() -> None:
    stamped = "".join(f"2026-01-02T03:04:05Z {line}\n" for line in KEY.splitlines())
    assert "MIIE" not in mask(stamped)
    assert mask(stamped).count("2026-01-02T03:04:05Z") == 8
    single = KEY.replace("\n", "\\n")
    assert (
        mask(f'{{"key": "{single}"}}')
        == f'{{"key": "-----BEGIN RSA PRIVATE KEY-----{MASK}-----END RSA PRIVATE KEY-----\\n"}}'
    )


def test_a_key_that_never_ends_does_not_eat_the_log() -> None:
    log = "-----BEGIN PRIVATE KEY-----\n" + "short words\n" * 300 + "abcdefghijklmnopqrstuvwxyz\n"
    assert mask(log) == log


@pytest.mark.parametrize("secret", ["hunter2-and-more", "pä$$wörd/+ 1", "line one of it\nline two of it"])
def test_known_secrets_in_every_form(secret: str) -> None:
    first = secret.split("\n")[0]
    encoded = base64.b64encode(f"user:{first}:x".encode()).decode()
    text = f"raw {first} url {quote(first, safe='')} base64 {encoded}"
    masked = mask(text, [secret])
    assert first not in masked
    assert quote(first, safe="") not in masked
    assert masked.count(MASK) == 3


@pytest.mark.parametrize("before", ["\\n", "%3D", "\x1b[31m", "\\u003d", "&quot;", "é", "x-"])
@pytest.mark.parametrize("kind", ["GitHub classic", "JWT", "AWS", "GitLab personal", "npm"])
def test_tokens_behind_an_escape_or_a_colour(before: str, kind: str) -> None:
    assert mask(f"token{before}{SECRETS[kind]} rest") == f"token{before}{MASK} rest"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{&quot;authorization&quot;:&quot;Basic ab&quot;}", f"{{&quot;authorization&quot;:&quot;Basic {MASK}&quot;}}"),
        (r'"{\"Authorization\": \"Basic abc\"}"', rf'"{{\"Authorization\": \"Basic {MASK}\"}}"'),
        ("<a>https://u:p&amp;w@host</a>", f"<a>https://u:{MASK}@host</a>"),
        (r'"postgres:\/\/u:pw1@host"', rf'"postgres:\/\/u:{MASK}@host"'),
        ("<a>Server=db;Password=x&amp;y</a>", f"<a>Server=db;Password={MASK}</a>"),
        ("host=db\npassword=visible",) * 2,
        ("host=db and then" + " words" * 100 + " password=visible",) * 2,
        ("{&quot;url&quot;:&quot;http://h:80&quot;,&quot;to&quot;:&quot;a@b&quot;}",) * 2,
        ("Authorization:\nBearer abc",) * 2,
    ],
)  # fmt: skip
def test_what_encloses_a_secret_stays(text: str, expected: str) -> None:
    assert mask(text) == expected


def test_short_known_secrets_do_not_tear_words_apart() -> None:
    assert mask("a test of tests", ["test", ""]) == "a test of tests"


@given(st.text(), st.lists(st.text(max_size=20), max_size=3))
def test_lines_stay_lines(text: str, known: list[str]) -> None:
    assert mask(text, known).count("\n") == text.count("\n")


@given(st.binary())
def test_bytes_that_are_no_text_stay(data: bytes) -> None:
    line = data.replace(b"\n", b"") + b"\n"
    assert Masker().bytes_line(line).count(b"\n") == 1
    assert Masker().bytes_line(b"\xff\xfe caf\xe9 \x00\n") == b"\xff\xfe caf\xe9 \x00\n"


def test_a_stream_gives_the_same_as_the_whole() -> None:
    text = f"a {SECRETS['npm']}\r\n{KEY}end\n"
    assert "".join(Masker().lines(text.splitlines(keepends=True))) == mask(text)


def test_paths_and_hashes_after_the_heading_of_a_key_stay() -> None:
    log = "".join(
        f"-----BEGIN PRIVATE KEY----- was expected in /home/runner/work/Shop/Shop/keys/ci.pem\n{line}\n" + "ok\n" * 13
        for line in (
            "    at /home/runner/work/Shop/Shop/src/main.py:12",
            f"commit {'0a' * 20}",
            "SomeVeryLongTestNameOf()",
        )
    )
    assert mask(log) == log


def test_a_key_is_over_when_nothing_of_it_comes() -> None:
    log = "-----BEGIN PRIVATE KEY-----\n" + "nothing of it\n" * 20 + "MIIEpAIBAAKCAQEA" * 4 + "\n"
    assert mask(log) == log
