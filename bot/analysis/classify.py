"""What kind of failure it is and where a fix would go, by plain rules; `unknown` where they do not tell."""

import re

from bot.analysis.frames import Frame
from bot.analysis.model import Category, FixKind

_RULES: tuple[tuple[Category, re.Pattern[str]], ...] = (
    (
        "timeout",
        re.compile(
            r"exceeded the (?:maximum|time)|job was cancell?ed because|no output (?:has been )?received in the last"
            r"|timed out after \d+ ?(?:m|h)"
            r"|execution expired|OutOfMemory|out of memory|OOMKilled|Killed process|exit(?:ed with)? code 137",
            re.IGNORECASE,
        ),
    ),
    (
        "infra",
        re.compile(
            r"connection (?:refused|reset|timed out|aborted)|could not resolve host|network is unreachable"
            r"|\bECONN(?:REFUSED|RESET)|\bETIMEDOUT|\bENOTFOUND\b"
            r"|temporary failure in name resolution|\b50[234] (?:bad gateway|service|gateway)"
            r"|no space left on device|TLS handshake timeout"
            r"|rate limit|toomanyrequests|failed to copy: httpReadSeeker|lost communication with the server"
            r"|the hosted runner|remote end hung up"
            r"|unable to access 'https?:|SSL_ERROR|docker daemon|runner has received a shutdown",
            re.IGNORECASE,
        ),
    ),
    (
        "dependency",
        re.compile(
            r"ModuleNotFoundError|No module named|Could not find a version|No matching distribution"
            r"|ResolutionImpossible|npm (?:ERR|error)!? code E"
            r"|ERESOLVE|Cannot find module|Could not resolve dependenc|Could not find artifact"
            r"|Unable to locate package|No matching package"
            r"|unresolved import .* use of undeclared crate|Could not find gem|Bundler could not find"
            r"|No package .* (?:found|available)"
            r"|unmet dependenc|peer dep|failed to select a version|go: .*: (?:unknown revision|module .* not found)"
            r"|package .* is not in (?:GOROOT|std)"
            r"|Nothing provides|nothing provides|requirements could not be resolved"
            r"|Package .* was not found in the pkg-config",
        ),
    ),
    (
        "config",
        re.compile(
            r"invalid workflow|Unrecognized named-value|secret .* (?:not set|required)"
            r"|permission denied \(publickey\)|Bad credentials|401 Unauthorized"
            r"|403 Forbidden|Resource not accessible by integration|Input required and not supplied"
            r"|No such file or directory: '?\.?/?\w*\.(?:ya?ml|toml|cfg|ini)"
            r"|authentication required|denied: requested access|unknown option|command not found"
            r"|Error: Unable to process (?:file )?command"
            r"|environment variable .* (?:not set|missing|required)",
            re.IGNORECASE,
        ),
    ),
    (
        "lint",
        re.compile(
            r"checkstyle|eslint|flake8|pylint|rubocop|clippy::|golint|golangci|stylelint|prettier|black would"
            r"|would reformat|reformatted|gofmt|ktlint|detekt"
            r"|PMD|findbugs|spotbugs|\b[EWFC]\d{3,4}\b [^0-9]|\[no-[a-z-]+\]|scalafmt|rustfmt|pre-commit"
            r"|✖ \d+ problems?|phpcs|standard: Use JavaScript|jshint"
            r"|license header|cargo fmt|isort",
            re.IGNORECASE,
        ),
    ),
    (
        "compile",
        re.compile(
            r"COMPILATION ERROR|Compilation failed|compileJava|cannot find symbol|error: expected"
            r"|undefined reference|fatal error: .*\.h|error TS\d+|error CS\d+"
            r"|error\[E\d+\]|SyntaxError|syntax error|could not compile|build failed: compile|ld: (?:library|symbol)"
            r"|ld returned|does not compile"
            r"|:\d+(?::\d+)?: (?:fatal )?error:|\[error\] .*\.scala|make(?:\[\d+\])?: \*\*\*.*\.o\b|undefined: \w"
            r"|not a member of|type mismatch|error: cannot|IndentationError"
            r"|\.go:\d+:\d+: |ParseError",
        ),
    ),
    (
        "test",
        re.compile(
            r"Assert|\bassert\b|FAILED|--- FAIL|Tests? (?:run|failed)|\d+ fail(?:ed|ing|ures?)\b"
            r"|expected\b.*\b(?:but|got|to)\b|failing tests?|Expected:|test(?:s)? failed"
            r"|\bFAIL\b|✕|✗|●",
            re.IGNORECASE,
        ),
    ),
)
_TEST_PATH = re.compile(
    r"(?:^|/)(?:tests?|specs?|__tests__|testing|it|e2e)/|(?:^|[/_.])(?:test|spec)s?[_.][^/]*$|(?:^|/)[^/]*(?:Test"
    r"|Tests|Spec|IT|TestCase|_test|_spec)\.\w+$"
)


def category_of(text: str, *, from_test: bool) -> Category:
    """The kind of a failure by the words of its text; a failing test is at least `test`."""
    for category, pattern in _RULES:
        if from_test and category in ("lint", "compile", "config"):
            continue
        if pattern.search(text):
            return category
    return "test" if from_test else "unknown"


def fix_kind_of(category: Category, top: Frame | None) -> FixKind:
    """Where a fix would go. A failing assertion alone cannot tell whether the test or the code is wrong."""
    if category in ("dependency", "infra", "config"):
        return "build"
    if category in ("compile", "lint") and top is not None:
        return "test" if is_test_path(top.path) else "source"
    if category == "test" and top is not None and not is_test_path(top.path):
        return "source"
    return "unknown"


def is_test_path(path: str) -> bool:
    """Whether a path looks like a test rather than what it tests."""
    return bool(_TEST_PATH.search(path))
