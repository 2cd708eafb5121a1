"""Which lines of a comment are commands, and what they say."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.commands import MOST, Command, read_commands

RERUN = Command("rerun")


@pytest.mark.parametrize(
    "body",
    [
        "/agnox rerun",
        "@agnox rerun",
        "@agnox, rerun.",
        "/AGNOX ReRun",
        "   /agnox rerun",
        "\xa0/agnox\xa0rerun\xa0",
        "/agnox\trerun  ",
        "/agnox `rerun`!",
        "/agnox rerun\r\n",
        "It is flaky.\r\n/agnox rerun\r\nThanks!",
        "old Mac\r/agnox rerun\r",
        "> it failed\n/agnox rerun",
        "```\nlog\n```\n/agnox rerun",
        "~~~~ text\n~~~\n~~~~~\n/agnox rerun",
        "```not a fence```\n/agnox rerun",
        "- ```\n  in the item\nout of it\n/agnox rerun",
        "10. item\n    ```\n    code\n/agnox rerun",
        "an open ` and a blank line\n\n/agnox rerun `",
        "`a`\n/agnox rerun\n`b`",
        "<!-- a hint -->\n/agnox rerun",
        "`<!--`\n/agnox rerun",
        "    <!-- code\n\n/agnox rerun",
        "/agnox rerun <!-- a hint -->",
        ">>> one line of a shell\n/agnox rerun",
        ">>>\n\n/agnox rerun",
        "/agnox rerun\n/agnox rerun",
        "/agnox re\u200brun",
    ],
)
def test_a_line_that_begins_with_our_name_is_a_command(body: str) -> None:
    assert read_commands(body) == (RERUN,)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "agnox rerun",
        "Try /agnox rerun",
        "/agnoxious rerun",
        "/agnox-bot rerun",
        "/agnox.yml is wrong",
        "/agnox/rerun",
        "\\/agnox rerun",
        "//agnox rerun",
        "- /agnox rerun",
        "**/agnox rerun**",
        "`/agnox rerun`",
        "> /agnox rerun",
        "  > /agnox rerun",
        "> > /agnox rerun",
        ">/agnox rerun",
        "> ```\n> /agnox rerun",
        ">>>\n/agnox rerun\n>>>",
        "```\n/agnox rerun\n```",
        "```sh\n/agnox rerun",
        "  ~~~\n/agnox rerun\n```\n/agnox rerun\n",
        "````\n```\n/agnox rerun\n````",
        "```\n> ```\n/agnox rerun\n```",
        "```\n      ```\n/agnox rerun",
        "- ```\n  /agnox rerun\n  ```",
        "1. item\n   ```\n   /agnox rerun\n   ```",
        "    /agnox rerun",
        "\t/agnox rerun",
        " \t/agnox rerun",
        "text\n\n    /agnox rerun",
        "a `span\n/agnox rerun\nof code` b",
        "a ``span ` with\n/agnox rerun\n`` b",
        "<!--\n/agnox rerun\n-->",
        "<!-- for you:\n\n/agnox rerun",
        "<!-- a --> /agnox rerun",
        "text <!--\n/agnox rerun -->",
        "<pre>\n/agnox rerun\n</pre>",
        "<PRE class=x>\n\n/agnox rerun",
    ],
)
def test_what_is_quoted_shown_or_hidden_is_no_command(body: str) -> None:
    assert read_commands(body) == ()


@pytest.mark.parametrize(
    ("body", "commands"),
    [
        ("/agnox", ["/agnox"]),
        ("@agnox!\nrerun", ["/agnox"]),
        ("/agnox Quarantine tests/*.py::Test_A 'x y'.", ['/agnox quarantine tests/*.py::Test_A "x y"']),
        ("/agnox rerun\ntext\n@agnox help\n", ["/agnox rerun", "/agnox help"]),
        ("/agnox a\n/agnox b\n/agnox a\n", ["/agnox a", "/agnox b"]),
        ("/agnox a\x00b \u202e\u200b c\ud800", ["/agnox ab c"]),
    ],
)
def test_words_are_read_as_they_are_meant(body: str, commands: list[str]) -> None:
    assert [str(command) for command in read_commands(body)] == commands


def test_number_and_size_of_commands_are_bounded() -> None:
    many = read_commands("\n".join(f"/agnox word{number}" for number in range(100)))
    assert [command.name for command in many] == [f"word{number}" for number in range(MOST)]
    (long,) = read_commands("/agnox " + "x" * 1000 + " y" * 1000)
    assert len(long.name) == 64
    assert len(long.arguments) == 31
    (long,) = read_commands(f"/agnox quarantine '{'x' * 2000}' because {'y' * 2000} {'z' * 10**6}")
    assert (len(long.arguments[0]), len(long.reason)) == (1024, 500)


def _fenced(lines: Sequence[str], mark: str) -> str:
    return "\n".join((mark, *lines, mark))


_LINES = st.lists(st.sampled_from(["text", "  `code` and text", "@agnox no", "/agnox no", "* item", ""]), max_size=4)
_PASSED_OVER = st.one_of(
    st.tuples(_LINES, st.sampled_from(["```", "~~~", "  ````", ">>>"])).map(lambda drawn: _fenced(*drawn)),
    _LINES.map(lambda lines: "\n".join(f"> {line}" for line in lines) + "\n"),
    _LINES.map(lambda lines: "\n".join(f"    {line}" for line in lines)),
    _LINES.map(lambda lines: "<!--\n" + "\n".join(lines) + "\n-->"),
    _LINES.map(lambda lines: "- ~~~\n  " + "\n  ".join(lines) + "\n  ~~~"),
    st.sampled_from(["`\n/agnox no\n`", "said: `/agnox no`", "- /agnox no", "# /agnox no", "| a | `b |", "text"]),
)


@settings(deadline=None)
@given(st.lists(st.one_of(_PASSED_OVER, st.integers(0, 3)), max_size=12), st.sampled_from(["\n", "\r\n", "\r"]))
def test_of_any_comment_only_what_is_said_is_read(blocks: list[str | int], end: str) -> None:
    said = dict.fromkeys(f"/agnox say{block}" for block in blocks if isinstance(block, int))
    body = "\n\n".join(f"/agnox say{block}" if isinstance(block, int) else block for block in blocks)
    assert [str(command) for command in read_commands(body.replace("\n", end))] == list(said)


@settings(deadline=None)
@given(
    st.one_of(
        st.text(),
        st.lists(st.sampled_from([*"`~>-+ \t\r\n<!1.)\xa0\0\ud800\u2028", "/agnox", "<!--", "-->", "<pre", "```"])).map(
            "".join
        ),
    )
)
def test_nothing_makes_the_reader_fail(text: str) -> None:
    assert len(read_commands(text)) <= MOST
    read_commands(f"/agnox\n{text}\n/agnox {text}")
