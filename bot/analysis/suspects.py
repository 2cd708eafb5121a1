"""The files that a failure points to, likeliest first."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice, zip_longest

from bot.analysis.classify import is_test_path
from bot.analysis.frames import SOURCES, Frame
from bot.analysis.model import Category

SUSPECTS = 5
_JAVA_TEST = re.compile(r"^(?:.*?[(> ])??(?P<owner>(?:[a-z_]\w*\.)+[A-Z]\w*)(?!\w|::)")
_PYTHON_TEST = re.compile(r"^test\w* \((?P<module>[a-z_]\w*(?:\.[a-z_]\w*)*)(?:\.[A-Z]\w*)?(?:\.test\w*)?\)$")
_PATH_TEST = re.compile(rf"^(?P<path>[\w./-]+\.(?:{SOURCES}))(?:::|:\d|$)")
_OF_TEST = (
    re.compile(r"(?P<name>\w+?)(?:Integration|Unit)?(?:Tests?|Spec|IT|TestCase|_test|_spec)$"),
    re.compile(r"(?:Test|test_)(?P<name>\w+)$"),
    re.compile(r"(?P<name>.+)\.(?:test|spec)$"),
)
_BUILD_FILES: tuple[tuple[tuple[str, ...], re.Pattern[str], tuple[str, ...]], ...] = (
    (
        ("pom.xml", "mvn", "maven", "[ERROR]"),
        re.compile(r"pom\.xml|\bmvn\b|maven|\[ERROR\] Failed to execute goal"),
        ("pom.xml",),
    ),
    (("gradle",), re.compile(r"gradle"), ("build.gradle",)),
    (
        ("pip", "requirements", "No module", "setup.py", "pytest", ".py"),
        re.compile(r"\bpip\b|requirements\S*\.txt|No module named|setup\.py|\bpytest\b|\.py\b"),
        ("requirements.txt", "setup.py"),
    ),
    (("npm", "yarn", "package.json"), re.compile(r"\bnpm\b|\byarn\b|package\.json"), ("package.json",)),
    (("undle", "Gemfile"), re.compile(r"\b[Bb]undler?\b|Gemfile"), ("Gemfile",)),
    (("argo",), re.compile(r"\bcargo\b|Cargo\.toml"), ("Cargo.toml",)),
    (("go: ", "go.mod"), re.compile(r"\bgo: |go\.mod"), ("go.mod",)),
    (("omposer",), re.compile(r"[Cc]omposer"), ("composer.json",)),
)
"""Texts of which one must stand in the log (a plain search, which spares most others), the pattern, the files."""


def suspects_of(frames: Sequence[Frame], tests: Sequence[str], category: Category, log: str) -> list[str]:
    """At most five paths: of the frames, of the failing tests and of what these test, taking turns.

    A test that fails is where the bug shows; what it calls is where the bug is. What a build needs is declared in
    its build files: these come first where that is the trouble, last otherwise. `log` is text of the run.
    """
    ours = [frame.path for frame in frames if frame.ours]
    build = list(islice(_build_files(log), 2))
    if category in ("dependency", "config", "infra"):
        found = [*build, *ours]
    elif category in ("compile", "lint"):
        found = [*ours, *build]
    else:
        found = [*_of_tests(ours, tests), *build]
    return list(dict.fromkeys(found))[:SUSPECTS]


def _build_files(log: str) -> Iterator[str]:
    for hints, pattern, paths in _BUILD_FILES:
        if any(hint in log for hint in hints) and pattern.search(log):
            yield from paths


def _of_tests(ours: Sequence[str], tests: Sequence[str]) -> list[str]:
    files = list(dict.fromkeys(path for test in tests[:10] if (path := file_of_test(test))))
    home = {"/".join(path.split("/")[:2]) for path in files}
    known = sorted(ours, key=lambda path: not any(f"{part}/" in path for part in home))
    calls = [path for path in known if not is_test_path(path)]
    shown = [path for path in known if is_test_path(path)]
    subjects = [subject for path in (*files, *shown) if (subject := subject_of(path))]
    turns = chain.from_iterable(zip_longest(calls, subjects, (*files, *shown)))
    return [path for path in turns if path]


def file_of_test(test: str) -> str | None:
    """The file of a test by its name, as far as the runner's way of naming tells it."""
    if match := _PATH_TEST.match(test):
        return match["path"].removeprefix("./")
    if match := _PYTHON_TEST.match(test):
        return match["module"].replace(".", "/") + ".py"
    if " (" not in test and (match := _JAVA_TEST.match(test)):
        return match["owner"].replace(".", "/") + ".java"
    return None


def subject_of(path: str) -> str | None:
    """The file that a test file is about by the usual names: `a/PayTest.java` is about `a/Pay.java`."""
    folder, _, name = path.rpartition("/")
    stem, dot, ending = name.rpartition(".")
    found = next((match["name"] for pattern in _OF_TEST if (match := pattern.match(stem))), None)
    if not found or not dot:
        return None
    # Only names with a folder of packages say where the subject is.
    keep = folder if ending in ("java", "kt", "scala", "groovy") else ""
    return f"{keep}/{found}.{ending}".lstrip("/")
