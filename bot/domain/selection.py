"""A command that runs tests becomes one that runs only some of them."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.domain.shell_parts import Part, Unclear, Word, read_parts
from bot.domain.test_tools import TOOLS, Change, Writer

MOST_TESTS = 100
MOST_BYTES = 8_000
"""Of the names together: what is longer is hardly worth selecting, and operating systems have limits."""

_WRAPPERS = frozenset(
    {"env", "exec", "time", "nice", "xvfb-run", "npx", "pnpx", "bunx", "yarn", "pnpm", "poetry", "pipenv", "pdm", "uv"}
    | {"hatch", "rye", "bundle", "run", "py", "php"}
)
"""Programs that run the one named after them, and words of theirs."""
_WRAPPER_FLAGS = frozenset({"-m", "-y", "--yes", "-a", "--auto-servernum", "--frozen", "--locked", "--no-sync"})
_PYTHON = re.compile(r"python[\d.]*")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")


@dataclass(frozen=True, slots=True)
class Selection:
    """What to run; `unselected` says why it is all tests, and is empty when it is only those that were wanted."""

    command: str
    unselected: str = ""


def enough(tests: Sequence[str]) -> bool:
    """Tells whether tests are few enough, with names short enough, to be selected; none are not."""
    return 0 < len(tests) <= MOST_TESTS and sum(len(test.encode("utf-8", "replace")) for test in tests) <= MOST_BYTES


def select(command: str, tests: Sequence[str]) -> Selection:
    """Has the one test tool in a shell command run only `tests`, named as its reports name them.

    Names are quoted: none of them can do anything in the shell, nor be taken for an option.
    """
    if not enough(tests):
        return Selection(command, f"more than {MOST_TESTS} tests, or their names, are too many for one command")
    try:
        part, words, write = _tool(command)
        change = write(words, [test.encode("utf-8", "replace").decode() for test in tests])
        return Selection(_rewrite(command, part, words, change))
    except Unclear as reason:
        return Selection(command, str(reason))


def _tool(command: str) -> tuple[Part, Sequence[Word], Writer]:
    """Finds the only test tool in a command, and its arguments. Raises Unclear."""
    found = [(part, *tool) for part in read_parts(command) if (tool := _called(part)) is not None]
    if not found:
        raise Unclear("how its test tool selects tests can't be told from the command")
    if len(found) > 1:
        raise Unclear("the command runs several test tools")
    return found[0]


def _called(part: Part) -> tuple[Sequence[Word], Writer] | None:
    words = list(part.words)
    while words and _runs_another(words[0].text):
        words.pop(0)
    if not words or not all(word.plain for word in words[:1]):
        return None
    names = (PurePosixPath(words[0].text).name, *(word.text for word in words[1:3]))
    for size in (3, 2, 1):
        if (writer := TOOLS.get(names[:size])) is not None and len(names) >= size:
            return words[size:], writer
    return None


def _runs_another(word: str) -> bool:
    name = PurePosixPath(word).name
    wraps = name in _WRAPPERS or _PYTHON.fullmatch(name) is not None
    return wraps or word in _WRAPPER_FLAGS or _ASSIGNMENT.match(word) is not None


def _rewrite(command: str, part: Part, words: Sequence[Word], change: Change) -> str:
    added = " ".join(map(shlex.quote, change.add))
    after = change.after or (words[-1] if words else part.words[-1])
    edits = [(after.end, after.end, f" {added}"), *((word.start, word.end, "") for word in change.drop)]
    text, end = "", part.end
    for start, stop, new in sorted(edits, reverse=True):
        text = new + command[stop:end] + text
        end = start
    text = command[part.start : end] + text
    if change.fallback is not None:
        # A subshell, so that the exit code is the tool's; after `||`, so that `set -e` does not end it before.
        whole = command[part.start : part.end]
        text = f'( {text} || {{ code=$?; [ "$code" -eq {change.fallback} ] || exit "$code"; {whole}; }} )'
    return command[: part.start] + text + command[part.end :]
