"""An analysis as text and Markdown: untrusted words keep no power over what renders them."""

import pytest

from bot.analysis import Input, analyze
from bot.analysis.render import headline, markdown, prose, text


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Python can't import `cv2`: it is away.", "Python can't import `cv2`: it is away."),
        ("ask @bob", "ask `@bob`"),
        ("see https://evil.example/x", "see `https://evil.example/x`"),
        ("fixes #12 and GH-12", "fixes `#12` and `GH-12`"),
        ("<img src=x> [a](b) **c**", "`<img` `src=x>` `[a](b)` `**c**`"),
        ("1. first", "`1. first`"),
        ("- item", "`- item`"),
        ("an `unclosed one", "an `` `unclosed `` one"),
        ("a\nb\x1b[31m", "a `b\ufffd[31m`"),
    ],
)
def test_prose_gives_no_word_a_meaning(given: str, expected: str) -> None:
    assert prose(given.replace("\n", " ")) == expected


def of(message: str) -> str:
    case = f"<testcase classname='shop.T' name='a'><failure message='{message}'/></testcase>"
    return markdown(analyze([Input.of_bytes("r.xml", f"<testsuite>{case}</testsuite>".encode())]))


def test_a_message_stays_in_code() -> None:
    assert "\nFailed: `ping @everyone ![x](http://a.b/c) <b>`.\n" in of("ping @everyone ![x](http://a.b/c) &lt;b&gt;")


def test_several_steps_are_numbered() -> None:
    out = of("ModuleNotFoundError: No module named yaml")
    assert "**Fix**\n1. If `yaml` comes from a package" in out
    assert "\n2. If it is your own" in out


def test_one_step_stands_in_one_line() -> None:
    assert "\n**Fix** Open the first frame" in of("java.lang.NullPointerException: x is null")


def test_text_has_the_answer_first() -> None:
    body = b"<testsuite><testcase name='a'><failure message='boom'/></testcase><testcase name='b'/></testsuite>"
    analysis = analyze([Input.of_bytes("r.xml", body)])
    assert headline(analysis) == "1 of 2 tests failed — 1 cause"
    assert text(analysis).splitlines()[0] == headline(analysis)
