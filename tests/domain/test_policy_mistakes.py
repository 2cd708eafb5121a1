"""What is wrong is told where it stands, with what would be right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.policy import LARGEST, Mistake, Policy, PolicyErrors, parse
from bot.domain.policy.mistakes import MOST


def mistakes_in(data: bytes) -> tuple[Mistake, ...]:
    with pytest.raises(PolicyErrors) as caught:
        parse(data)
    return caught.value.mistakes


def places(data: bytes) -> list[tuple[int, int, str]]:
    return [(one.line, one.column, one.key) for one in mistakes_in(data)]


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        (
            "coment: off",
            1,
            1,
            "coment: unknown key; did you mean comment? (accepted: the keys version, comment, checks",
        ),
        ("a: 1\nannotations: false", 2, 1, "annotations: unknown key; did you mean checks.annotations?"),
        ("checks:\n  nmae: x", 2, 3, "checks.nmae: unknown key; did you mean name? (accepted: the keys name, annot"),
        ("comment: allways", 1, 10, 'comment: "allways" can\'t stand here; did you mean always? (accepted: always, f'),
        ("comment: false", 1, 10, "comment: false can't stand here; did you mean off?"),
        ("comment: never", 1, 10, 'comment: "never" can\'t stand here; did you mean off?'),
        ("comment:", 1, 9, "comment: a value is missing (accepted: always, failures, changes or off)"),
        ("checks: {required: yes}", 1, 20, 'checks.required: "yes" can\'t stand here; did you mean true? (accepted: t'),
        ("checks: {required: off}", 1, 20, 'checks.required: "off" can\'t stand here; did you mean false?'),
        ("checks: {name: 404}", 1, 16, 'checks.name: 404 can\'t stand here; did you mean "404"? (accepted: text, in o'),
        ("checks: {name: 010}", 1, 16, 'checks.name: 010 can\'t stand here; did you mean "010"?'),
        ('tests: {command: " \\n"}', 1, 18, 'tests.command: " ?" says nothing'),
        ('checks: {name: ""}', 1, 16, 'checks.name: "" says nothing'),
        ('checks: {name: "a\\nb"}', 1, 16, 'checks.name: "a?b" has characters that can\'t be seen'),
        ("checks: on", 1, 9, 'checks: "on" can\'t stand here (accepted: the keys name, annotations and required)'),
        ("runs: {workflows: ci*}", 1, 19, 'runs.workflows: "ci*" can\'t stand here; did you mean [ci*]?'),
        (
            "runs: {workflows: [1]}",
            1,
            20,
            'runs.workflows[0]: 1 can\'t stand here; did you mean "1"? (accepted: a patt',
        ),
        ("runs: {workflows: {a: 1}}", 1, 19, "runs.workflows: a group of keys can't stand here"),
        ("tests: {image: x}", 1, 1, "tests.command: missing (accepted: text, at most 16,384 characters)"),
        ("tests: {command: x, on: [pull-request]}", 1, 26, 'tests.on[0]: "pull-request" can\'t stand here; did you'),
        (
            "quarantine: {after: -1}",
            1,
            21,
            "quarantine.after: -1 is too little (accepted: a whole number from 0 to 1,00",
        ),
        ("quarantine: {after: 1.5}", 1, 21, "quarantine.after: 1.5 can't stand here"),
        ("quarantine: {after: .nan}", 1, 21, "quarantine.after: .nan can't stand here"),
        ("quarantine: {heal: '2'}", 1, 20, 'quarantine.heal: "2" can\'t stand here; did you mean 2?'),
        (
            "ai: {budget: 9999999999999999999999}",
            1,
            14,
            "ai.budget: 9999999999999999999999 can't stand here (accepted: a",
        ),
        (
            "commands: {allow: [wriet]}",
            1,
            20,
            'commands.allow[0]: wriet is no right; if it is a person, write "@wriet"; ',
        ),
        ("commands: {allow: [Write]}", 1, 20, "commands.allow[0]: Write is no right"),
        ("commands: {allow: [@bob]}", 1, 20, "a text that begins with @ wants quotes"),
        ("paths: {a/**: x}", 1, 15, 'paths["a/**"]: "x" can\'t stand here (accepted: the key label)'),
        ("paths: [a]", 1, 8, "paths: a list can't stand here (accepted: keys of your own, each with the key label)"),
        ('paths: {"": {label: x}}', 1, 9, 'paths[""]: this key says nothing'),
        ("version: 2\ncoment: x", 1, 10, "version: version 2 is not known here (accepted: 1)"),
        ("version: '1'", 1, 10, 'version: "1" can\'t stand here; did you mean 1?'),
        ("comment: off\ncomment: always", 2, 1, "comment: stands here again, after line 1"),
        ("checks: {name: a, name: b}", 1, 19, "checks.name: stands here again, after line 1"),
        ("1: x", 1, 1, 'the key 1 is no text; did you mean "1"?'),
        ("true: x", 1, 1, 'the key true is no text; did you mean "true"?'),
        ("? [a]\n: x", 1, 3, "a key has to be plain text"),
        ("- a", 1, 1, "a list can't stand here"),
        ("off", 1, 1, '"off" can\'t stand here'),
    ],
)
def test_what_does_not_fit(text: str, line: int, column: int, said: str) -> None:
    mistake = next(one for one in mistakes_in(text.encode()) if said in one.text)
    assert (mistake.line, mistake.column) == (line, column)
    assert mistake.text.startswith(said)


@pytest.mark.parametrize(
    ("data", "line", "column", "said"),
    [
        (b"checks:\n\tname: x", 2, 1, "a tab: indent with spaces"),
        (b"checks:\n  name: x\n annotations: true", 3, 2, "this does not line up with what stands before it"),
        (b"comment: a: b", 1, 11, "a colon where none can stand: quote the text or mend the indent"),
        (b"comment: 'off\nchecks: {}\n", 1, 10, "the quotes that open here are not closed well"),
        (b"checks: {name: x\n", 1, 17, "a comma or } is missing before this"),
        (b"runs: {workflows: [*]}", 1, 20, "a text that begins with * wants quotes"),
        (b"checks:\n  name: x\n  on\nruns:\n", 3, 3, "a key without a colon and a space after it"),
        (b"--- off\n--- on\n", 2, 1, "a second document begins here: one is read"),
        (b"comment: off\0", 1, 13, "the character U+0000 can't stand in YAML"),
        (b'comment: "\\UFFFFFFFF"', 1, 13, "an escape that stands for no character"),
        (b'comment: "\\uD800"', 1, 10, "an escape that stands for no character"),
        (b"comment: off\n# \xff\n", 2, 3, "not UTF-8 text"),
        (b"\xff\xfev\0e\0", 1, 1, "not UTF-8 text"),
        (b"comment: !!python/object/apply:os.system [id]", 1, 10, "a text that begins with ! wants quotes; tags are"),
        (b"a: &a [x]", 1, 4, "a text that begins with & wants quotes; anchors are not read"),
        (b"a: *a", 1, 4, "a text that begins with * wants quotes; aliases are not read"),
        (b"%YAML 3.0\n--- {}", 1, 1, "not YAML: found incompatible YAML document"),
        (b"x" * (LARGEST + 1), 1, 1, "the file has more than 65,536 bytes"),
        (b"a: 1\nb: " + b"[" * 60_000, 2, 12, "too many levels deep"),
        (b"a: 1\na: " + b"[" * 60_000, 2, 12, "too many levels deep"),
        (b"? " * 30_000, 1, 19, "too many levels deep"),
        (b"- " * 30_000, 1, 19, "too many levels deep"),
    ],
)
def test_what_is_no_yaml(data: bytes, line: int, column: int, said: str) -> None:
    mistake = next(one for one in mistakes_in(data) if said in one.text)
    assert (mistake.line, mistake.column) == (line, column)


def test_a_bomb_of_aliases_does_not_go_off() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    found = mistakes_in("\n".join(lines).encode())
    assert len(found) == MOST
    assert {one.line for one in found} <= {1, 2, 3}


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = b"comment: of\nchecks: {required: yes, naem: x}\nai: &a {budget: -1}\nai: {}\npaths: {a: {}}\n"
    assert places(text) == [
        (1, 10, "comment"),
        (2, 20, "checks.required"),
        (2, 25, "checks.naem"),
        (3, 5, "ai"),
        (4, 1, "ai"),
        (5, 9, "paths.a.label"),
    ]


def test_no_more_than_a_screen_of_mistakes() -> None:
    found = mistakes_in(b"".join(b"k%d: 1\n" % number for number in range(7_000)))
    assert [one.line for one in found] == list(range(1, MOST + 1))


def test_lines_and_columns_are_those_of_editors() -> None:
    assert places("paths: {größe🚀: 1}".encode()) == [(1, 17, 'paths["größe🚀"]')]
    assert places(b"a: 1\r\n\r\nb: 2\r\n") == [(1, 1, "a"), (3, 1, "b")]
    assert places(b"\xef\xbb\xbfcomment: of") == [(1, 10, "comment")]


def test_what_is_told_is_short_and_can_be_printed() -> None:
    data = b'"' + b"\\e[2J\\n" * 5_000 + b'": 1\ncomment: "' + b"\\e" * 9_000 + b'"\n'
    for mistake in mistakes_in(data):
        assert mistake.text.isprintable()
        assert len(mistake.text) < 400


WORDS = st.sampled_from(
    [
        *("version", "comment", "checks", "runs", "tests", "quarantine", "commands", "ai", "paths", "name", "label"),
        *("workflows", "wait_for", "command", "on", "after", "heal", "allow", "engine", "budget", "annotations"),
        *(
            ": ",
            ":",
            "\n",
            "\n  ",
            "\n    ",
            "- ",
            "[",
            "]",
            "{",
            "}",
            ", ",
            "'",
            '"',
            "|",
            ">",
            "#",
            "&a ",
            "*a",
            "? ",
        ),
        *(
            "!!str ",
            "%",
            "@",
            "`",
            "\t",
            "\r",
            "\x85",
            "\u2028",
            "\ufeff",
            "---\n",
            "...\n",
            "<<",
            "~",
            "1",
            "1e9",
            ".inf",
        ),
        *("off", "all", "write", "true", "\\", "\\x00", "\\ud800", "é", "🚀"),
    ]
)
HOSTILE = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.lists(WORDS, max_size=40).map(lambda words: "".join(words).encode()),
)


@given(HOSTILE)
def test_any_bytes_are_a_policy_or_mistakes_within_them(data: bytes) -> None:
    try:
        policy = parse(data)
    except PolicyErrors as error:
        lines = data.decode("utf-8-sig", "replace").split("\n")
        assert 1 <= len(error.mistakes) <= MOST
        for mistake in error.mistakes:
            assert 1 <= mistake.line <= len(lines)
            # One past the end is where something is missing.
            assert 1 <= mistake.column <= len(lines[mistake.line - 1]) + 1
            assert mistake.text.isprintable()
    else:
        assert isinstance(policy, Policy)
