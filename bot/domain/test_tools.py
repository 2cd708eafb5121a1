"""How test tools are told to run only some tests: by their own words for it, read from the names in their reports.

Each writer gives arguments that select these tests or more, never fewer; it raises Unclear where it can't.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from bot.domain.shell_parts import Unclear, Word


@dataclass(frozen=True, slots=True)
class Change:
    """What is added to a tool's arguments and which of them go.

    `after` is the word that the new ones follow, the last one if there is none. `fallback` is the exit code with
    which the tool says that it has run nothing, for want of a test that is named so.
    """

    add: tuple[str, ...]
    drop: tuple[Word, ...] = ()
    after: Word | None = None
    fallback: int | None = None


Writer = Callable[[Sequence[Word], Sequence[str]], Change]
"""Takes the words after the tool's own and the names of tests."""

_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_GO_TEST = re.compile(r"(?:Test|Fuzz|Example)\w*")
_CLASS = re.compile(r"[^\W\d][\w.$]*")
_NODE = re.compile(r"[^-@/:\s][^:\n]*\.py(?:::[^\x00-\x1f\x7f]+)?")
_FLAGS = frozenset(
    {"-q", "-qq", "-v", "-vv", "-vvv", "-x", "-s", "-l", "--quiet", "--verbose", "--exitfirst", "--showlocals"}
    | {"--strict-markers", "--strict-config", "--no-header", "--no-summary", "--no-cov", "--disable-warnings"}
    | {"--full-trace", "--runxfail", "--cache-clear", "--lf", "--last-failed", "--ff", "--failed-first", "--nf"}
)
_VALUED = frozenset(
    {"-k", "-m", "-c", "-o", "-p", "-n", "-W", "-r", "--rootdir", "--maxfail", "--tb", "--timeout"}
    | {"--junitxml", "--durations", "--color"}
)


def pytest(words: Sequence[Word], tests: Sequence[str]) -> Change:
    """Names nodes (pytest, Specifying which tests to run) in the place of the paths in the command."""
    nodes = [_node(test) for test in tests]
    paths: list[Word] = []
    valued = False
    for index, word in enumerate(words):
        if valued:
            valued = False
        elif not word.text.startswith("-"):
            if not word.plain:
                raise Unclear("a variable or pattern stands among the paths")
            paths.append(word)
        elif word.text in _VALUED:
            valued = True
        elif "=" not in word.text and word.text not in _FLAGS and not re.fullmatch(r"-[nkmcopWr].+", word.text):
            following = words[index + 1] if index + 1 < len(words) else None
            if following is not None and not following.text.startswith("-"):
                raise Unclear(f"{following.text[:40]} may be a path or the value of {word.text[:40]}")
    # Without it a few paths would make pytest name the tests anew, from another folder.
    root = () if any(word.text.startswith("--rootdir") for word in words) else ("--rootdir=.",)
    return Change((*root, *nodes), tuple(paths), fallback=4)


def _node(test: str) -> str:
    if not _NODE.fullmatch(test) or "/../" in f"/{test}":
        raise Unclear(f"{test[:80]!r} is no name of a test that pytest would find")
    name, bracket, _ = test.partition("[")
    # Characters that XML can't hold are written so in its reports.
    return name if bracket and "#x" in test else test


def unittest(words: Sequence[Word], tests: Sequence[str]) -> Change:
    found = dict.fromkeys(f"{_last(_before(test)[-1:], '.')}.{_method(test)}" for test in tests)
    return Change(tuple(word for pattern in found for word in ("-k", pattern)))


def go(words: Sequence[Word], tests: Sequence[str]) -> Change:
    """Names top-level tests: what is below them can't be listed (go help testflag)."""
    if any(word.text in ("-args", "--args") for word in words):
        raise Unclear("arguments of the tests' own stand in the command")
    names = dict.fromkeys(test.rpartition("::")[2].split("/")[0] for test in tests)
    if bad := next((name for name in names if not _GO_TEST.fullmatch(name)), None):
        raise Unclear(f"{bad[:80]!r} is no name of a Go test")
    return Change(("-run", f"^({'|'.join(names)})$"))


def gotestsum(words: Sequence[Word], tests: Sequence[str]) -> Change:
    dashes = any(word.text == "--" for word in words)
    return Change((*(() if dashes else ("--", "./...")), *go(words, tests).add))


def maven(words: Sequence[Word], tests: Sequence[str]) -> Change:
    """Names classes and methods (Surefire, Running a Single Test); Failsafe's are named by a property of their own."""
    if any(word.text.startswith(("-Dtest=", "-Dit.test=")) for word in words):
        raise Unclear("the command names tests itself")
    by_class: dict[str, dict[str, None]] = {}
    for test in tests:
        by_class.setdefault(_class(test), {})[_method(test, "")] = None
    named = [(owner, owner if "" in methods else f"{owner}#{'+'.join(methods)}") for owner, methods in by_class.items()]
    late = [(owner, name) for owner, name in named if re.search(r"(?:^|\.)IT[A-Z0-9]|IT(?:Case)?$", owner)]
    add = ["-DfailIfNoTests=false", "-Dsurefire.failIfNoSpecifiedTests=false"]
    if early := [name for pair in named if pair not in late for name in pair[1:]]:
        add.append(f"-Dtest={','.join(early)}")
    if late:
        add += ["-Dfailsafe.failIfNoSpecifiedTests=false", f"-Dit.test={','.join(name for _, name in late)}"]
    return Change(tuple(add))


def gradle(words: Sequence[Word], tests: Sequence[str]) -> Change:
    """`--tests` belongs to the task before it (Gradle, Testing in Java, Test filtering)."""
    tasks = [word for word in words if re.fullmatch(r"[\w:.-]*[tT]est", word.text) and not word.text.startswith("-")]
    if len(tasks) != 1:
        raise Unclear("the command does not name one task that tests")
    names = dict.fromkeys(".".join(filter(None, (_class(test), _method(test, "")))) for test in tests)
    return Change(tuple(word for name in names for word in ("--tests", name)), after=tasks[0])


def by_title(option: str, *taken: str) -> Writer:
    """Makes a writer for tools that take a regular expression of titles, each with its groups' before it."""

    def write(words: Sequence[Word], tests: Sequence[str]) -> Change:
        _free(words, option, *taken)
        return Change((f"{option}={'|'.join(dict.fromkeys(map(_title_expression, tests)))}",))

    return write


def rspec(words: Sequence[Word], tests: Sequence[str]) -> Change:
    """Names examples by what stands in their descriptions (RSpec, --example)."""
    return Change(tuple(f"--example={title}" for title in dict.fromkeys(map(_title, tests))))


def dotnet(words: Sequence[Word], tests: Sequence[str]) -> Change:
    _free(words, "--filter")
    names = dict.fromkeys(f"{_class(test)}.{_method(test)}" for test in tests)
    return Change(("--filter", "|".join(f"FullyQualifiedName~{name}" for name in names)))


def cargo(words: Sequence[Word], tests: Sequence[str]) -> Change:
    names = dict.fromkeys(_method(test) for test in tests)
    return Change((*(() if any(word.text == "--" for word in words) else ("--",)), *names))


def nextest(words: Sequence[Word], tests: Sequence[str]) -> Change:
    _free(words, "-E", "--filterset", "--filter-expr")
    return Change(tuple(dict.fromkeys(_method(test) for test in tests)))


def phpunit(words: Sequence[Word], tests: Sequence[str]) -> Change:
    _free(words, "--filter")
    names = dict.fromkeys(_method(test) for test in tests)
    return Change(("--filter", f"/::({'|'.join(names)})( with data set .*)?$/"))


def ctest(words: Sequence[Word], tests: Sequence[str]) -> Change:
    _free(words, "-R", "--tests-regex")
    names = dict.fromkeys(_escaped(test.rpartition("::")[2]) for test in tests)
    return Change(("-R", f"^({'|'.join(names)})$"))


def _free(words: Sequence[Word], *options: str) -> None:
    """Raises Unclear where the command has such an option, or arguments that belong to another program."""
    for word in words:
        if word.text == "--" or word.text.partition("=")[0] in options:
            raise Unclear(f"{word.text.partition('=')[0]} stands in the command")


def _before(test: str) -> list[str]:
    return test.split("::")[:-1]


def _last(names: Iterable[str], joint: str) -> str:
    name = next(iter(names), "").rpartition(joint)[2]
    if not _IDENTIFIER.fullmatch(name):
        raise Unclear("a test's class is not known")
    return name


def _class(test: str) -> str:
    name = (_before(test) or [test.partition("(")[0].rpartition(".")[0]])[-1]
    if not _CLASS.fullmatch(name):
        raise Unclear(f"the class of {test[:80]!r} is not known")
    return name


def _method(test: str, otherwise: str | None = None) -> str:
    """Gives a method without its parameters; `otherwise` where the name is a sentence."""
    name = test.rpartition("::")[2] if "::" in test else test.partition("(")[0].rpartition(".")[2]
    found = _IDENTIFIER.match(name)
    if found is not None and (found.end() == len(name) or name[found.end()] in "([{#/" or " with data set" in name):
        return found.group()
    if otherwise is None:
        raise Unclear(f"{test[:80]!r} is not named like a method")
    return otherwise


def _title(test: str) -> str:
    title = re.split(r" [›>] ", test.rpartition("::")[2])[-1].strip()
    if not title or not title.isprintable():
        raise Unclear("a test has a title that can't be written in a command")
    return title


def _title_expression(test: str) -> str:
    return _escaped(_title(test))


def _escaped(text: str) -> str:
    """Escapes what has a meaning in the expressions of JavaScript, PCRE and CMake."""
    if not text.isprintable() or not text:
        raise Unclear("a test has a name that can't be written in a command")
    return re.sub(r"[\\^$*+?.()|\[\]{}/]", r"\\\g<0>", text)


TOOLS: Mapping[tuple[str, ...], Writer] = MappingProxyType(
    {
        ("pytest",): pytest,
        ("py.test",): pytest,
        ("unittest",): unittest,
        ("go", "test"): go,
        ("gotestsum",): gotestsum,
        ("mvn",): maven,
        ("mvnw",): maven,
        ("gradle",): gradle,
        ("gradlew",): gradle,
        ("jest",): by_title("--testNamePattern", "-t"),
        ("vitest",): by_title("--testNamePattern", "-t"),
        ("playwright", "test"): by_title("--grep", "-g", "--last-failed"),
        ("mocha",): by_title("--grep", "-g", "-f", "--fgrep"),
        ("rspec",): rspec,
        ("dotnet", "test"): dotnet,
        ("cargo", "test"): cargo,
        ("cargo", "nextest", "run"): nextest,
        ("phpunit",): phpunit,
        ("ctest",): ctest,
    }
)
"""By the words that a tool is called with."""
