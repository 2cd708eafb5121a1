"""Stack frames of many languages, and which of them belong to the project."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.analysis.reports.ids import project_path

SOURCES = (
    r"py|pyx|java|kt|kts|scala|groovy|js|jsx|mjs|cjs|ts|tsx|vue|svelte|go|rs|rb|rake|php|phpt|c|cc|cpp|cxx|h|hh|hpp"
    r"|m|mm"
    r"|swift|cs|fs|vb|ex|exs|erl|hs|ml|pl|pm|lua|dart|jl|r|R|clj|sh|feature|css|scss|sql|tf|proto"
)
"""Endings of source files, as alternatives of a pattern."""
_PYTHON = re.compile(r'File "([^"\n]{1,300})", line (\d+)(?:, in (\S+))?')
_JAVA = re.compile(r"\bat ((?:[\w$]+[./])*[\w$<>]+)\.([\w$<>]+)\(([\w$-]{1,200}\.(?:java|kt|scala|groovy)):(\d+)\)")
_CSHARP = re.compile(rf" in ((?:[A-Za-z]:)?[^\s:()][^:()\n]{{0,300}}\.(?:{SOURCES})):line (\d+)")
_PLACE = re.compile(
    rf"((?:[A-Za-z]:)?[\w./\\@~+\-\[\]]{{1,300}}\.(?:{SOURCES}))"
    r"(?::(\d+)(?::\d+)?|:?[(\[](\d+)(?:[,:]\d+)?[)\]]|, line (\d+))(?![\w/])"
)
_CALLED = re.compile(
    r"\bat (?:async |new )?(?P<js>[\w$.]{1,100}+) (?:\[as [\w$]{1,40}+\] )?\("
    r"|:in [`'](?:block (?:\([^)\n]{1,20}+\) )?in )?(?P<ruby>[^'\n]{1,100}+)'|\bat (?P<csharp>[\w`+.]{1,200}+)[(\[]"
)
_ANONYMOUS = re.compile(r"^Object\.|[<>]")
_CALL_CHARS = 400
_GLUED = re.compile(r"^:?\w+(?=/(?:home|Users|builds)/)")
"""The name of a step that was written without an end before the compiler's message."""
_FOREIGN = re.compile(
    r"site-packages/|dist-packages/|node_modules/|/usr/(?:local/)?(?:lib|include|share|src)/|/lib/python\d|/opt/|^<"
    r"|\.cargo/registry|"
    r"/rustc/|/gems/|/vendor/|(?:^|/)vendor/(?:bundle|composer)|/\.m2/|/nix/store|/go/pkg/mod/|(?:^"
    r"|/)internal/(?:modules|process|timers|per_context)"
    r"|^node:|/runtime/(?:asm_|panic|proc)|/testing/testing\.go|/src/(?:runtime|testing)/|_pytest/|/library/(?:std"
    r"|core|alloc)/|/hostedtoolcache/|\.pyenv/"
)
_JAVA_FOREIGN = re.compile(
    r"^(?:java|javax|jdk|sun|com\.sun|kotlin|scala|groovy|junit|org\.junit|org\.testng|org\.hamcrest|org\.mockito"
    r"|org\.assertj"
    r"|org\.gradle|org\.apache\.maven|org\.codehaus|org\.springframework|org\.eclipse|org\.unitils|org\.scalatest"
    r"|com\.google\.common"
    r"|org\.opentest4j|reactor|io\.netty|worker\.org\.gradle)\b"
)


@dataclass(frozen=True, slots=True)
class Frame:
    """One place in sources that a failure names; `ours` is a guess from the path."""

    path: str
    line: int | None
    function: str
    ours: bool


def frames_of(lines: Iterable[str], limit: int = 200) -> list[Frame]:
    """The frames in these lines, in their order."""
    found: list[Frame] = []
    for line in lines:
        if len(found) >= limit:
            break
        if match := _PYTHON.search(line):
            found.append(_frame(match[1], match[2], match[3] or ""))
        elif match := _JAVA.search(line):
            found.append(_java(match))
        elif match := _CSHARP.search(line):
            found.append(_frame(match[1], match[2], _function(line)))
        elif "." in line and (match := _PLACE.search(line)):
            found.append(_frame(match[1], match[2] or match[3] or match[4], _function(line)))
    return found


def top_frame(frames: list[Frame]) -> Frame | None:
    """The project's innermost frame; Python prints it last, all others first."""
    ours = [frame for frame in frames if frame.ours]
    if not ours:
        return None
    return ours[-1] if ours[0].path.endswith(".py") else ours[0]


def _function(line: str) -> str:
    """The function that a frame names, or nothing where that is no more than a wrapper."""
    called = _CALLED.search(line[:_CALL_CHARS])
    name = next((name for name in called.groups() if name), "") if called else ""
    return "" if _ANONYMOUS.search(name) else name


def _frame(path: str, line: str | None, function: str) -> Frame:
    slashed = _GLUED.sub("", path.replace("\\", "/"))
    ours = not _FOREIGN.search(slashed)
    return Frame(project_path(slashed), int(line[:9]) if line else None, function, ours)


def _java(match: re.Match[str]) -> Frame:
    owner = match[1].replace("/", ".")
    package = owner.rsplit(".", 1)[0] if "." in owner else ""
    path = "/".join([*package.split("."), match[3]]) if package else match[3]
    ours = not _JAVA_FOREIGN.match(owner)
    return Frame(path, int(match[4][:9]), match[2], ours)
