"""Secrets go however a report or a log spells them; what encloses them stays well-formed."""

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.masking import MASK, Masker, mask
from tests.domain.test_masking import KEY, SECRETS


def _numbered(text: str, form: str) -> str:
    return "".join(c if c in "-._~" or (c.isalnum() and c.isascii()) else form.format(ord(c)) for c in text)


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "XML text": escape,
    "XML attribute": lambda text: quoteattr(text + "\"'")[1:-8],
    "XML twice": lambda text: escape(escape(text)),
    "HTML": html.escape,
    "XML in numbers": lambda text: _numbered(text, "&#{};"),
    "XML in hex": lambda text: _numbered(text, "&#x{:X};"),
    "JSON": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "JSON in ASCII": lambda text: json.dumps(text)[1:-1],
    "JSON with every escape": lambda text: json.dumps(text)[1:-1].replace("/", "\\/").replace("&", "\\u0026"),
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)[1:-1])[1:-1],
    "JSON in XML": lambda text: escape(json.dumps(text)[1:-1], {'"': "&quot;"}),
    "Python": lambda text: repr(text + "\"'")[1:-4],
    "URL": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "base64 in a URL": lambda text: quote(base64.b64encode(text.encode()).decode().rstrip("="), safe=""),
}
HARD = [
    'p&ss<w"rd9',
    'it\'s <b>&amp;"x"/>',
    "C:\\keys\\\\x\\",
    "pä$$wörd/+ 1\t🔑",
    "&&&&&&;;",
    "a]]>b--c%41",
    "\\" * 12 + "x",
]


@pytest.mark.parametrize("secret", HARD)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_known_secrets_however_they_are_escaped(secret: str, spelling: str) -> None:
    spelled = SPELLINGS[spelling](secret)
    masked = mask(f"before [{spelled}] after", [secret])
    if spelling == "base64 in a URL":
        # The last characters depend on what comes after the secret.
        assert masked.startswith(f"before [{MASK}") and len(masked) <= len(f"before [{MASK}12] after")
    else:
        assert masked == f"before [{MASK}] after"


WORDS = st.sampled_from(
    [*SECRETS.values(), *HARD[:4], "Authorization: Bearer abc", "https://u:p&w@host/", "Server=a;Password=x<y;", " ",
     "\n", "]]", "--", "?", "/", "\\", '"', "'", "&", "<", ">", ";", "&quot;", "quot", "#", ",", "=", ":", "x", "é",
     "xoxb-", "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "MIIEpAIBAAKCAQEA" * 4,
     "PRIVATE-TOKEN: abcdef"]
)  # fmt: skip
TEXT = st.lists(WORDS, max_size=12).map("".join)
KNOWN = st.lists(st.sampled_from([*HARD, "&quot;x", "quot;<]", ";xoxb-", "\\\\\\\\\\\\"]), max_size=3)


@given(TEXT, TEXT, TEXT, TEXT, KNOWN)
@example("Authorization: Bearer abc", "Authorization: Bearer abc", "Authorization: Bearer abc]]", "", [])
@example("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", SECRETS["GitLab personal"] + "--", "a--", [])
@example("", "", "&quot;<", "", ["quot;<]"])
def test_a_report_stays_well_formed(attribute: str, text: str, cdata: str, comment: str, known: list[str]) -> None:
    report = (
        f"<a b={quoteattr(attribute)} c={quoteattr(text)}>{escape(text)}<d>{escape(attribute)}</d>"
        f"<![CDATA[{cdata.replace(']]>', '')}]]><!--{comment.replace('-', '')} {SECRETS['GitLab personal']}--></a>"
    )
    ElementTree.fromstring(report)
    masked = mask(report, known)
    ElementTree.fromstring(masked)
    assert masked.count("\n") == report.count("\n")
    assert masked.endswith(f" {MASK}--></a>")


@given(st.lists(TEXT), KNOWN)
@example(["Authorization: Bearer abc", "Authorization: Bearer abc\\"], [])
@example([KEY, KEY[:300]], [])
def test_json_stays_well_formed(texts: list[str], known: list[str]) -> None:
    written = json.dumps(texts)
    assert len(json.loads(mask(written, known))) == len(texts)


@given(st.lists(WORDS, max_size=40).map("".join), KNOWN, st.integers(1, 50))
@example(KEY + "x\n" + KEY.replace("\n", " "), [], 7)
@example("".join(f"2026-01-02T03:04:05Z {line}\n" for line in KEY.splitlines()), [], 9)
def test_lines_blocks_and_the_whole_are_masked_alike(text: str, known: list[str], size: int) -> None:
    data = text.encode()
    whole = Masker(known).bytes_block(data)
    assert b"".join(map(Masker(known).bytes_line, data.splitlines(keepends=True))) == whole
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    assert b"".join(Masker(known).bytes_blocks(chunks)) == whole


@pytest.mark.parametrize(
    "secret", [*SECRETS.values(), "correct horse battery", 'p&ss<w"rd9', "Authorization: Basic abcdefgh"]
)
def test_no_secret_is_torn_apart_in_an_endless_line(secret: str) -> None:
    line = "".join(f"{'x' * (n % 97)} {secret}, " for n in range(30_000))[:1_500_000].rsplit(",", 1)[0].encode()
    known = ["correct horse battery", 'p&ss<w"rd9']
    chunks = [line[at : at + 100_000] for at in range(0, len(line), 100_000)]
    assert b"".join(Masker(known).bytes_blocks(chunks)) == Masker(known).bytes_block(line)
