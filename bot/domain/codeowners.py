"""Who owns a path, by the CODEOWNERS file of its repository, as the host itself reads that file."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from bot.domain.globs import PathGlob, WholeGlob

LINES = 20_000
"""Lines of a file that are read."""
_LONGEST = 1_000
"""Characters of a line that is read; a longer one is passed over."""
OWNERS = 5
"""Owners of one path that are told."""

_OWNER = re.compile(r"@{1,2}[\w][\w./-]{0,200}|[^@\s]{1,100}@[^@\s]{1,200}")
_FIELD = re.compile(r"(?:\\.|\S)+")
_SECTION = re.compile(r"\^?\[(?P<name>[^\[\]]+)\](?:\[\d+\])?(?P<owners>(?:\s+\S+)*)\s*$")
_COMMENT = re.compile(r"(?:^|\s)#.*")


@dataclass(frozen=True, slots=True)
class Rule:
    """One line: what it matches and whom it names. `excludes` takes the path out of its section."""

    matches: Callable[[str], bool]
    owners: tuple[str, ...]
    section: str = ""
    excludes: bool = False


@dataclass(frozen=True, slots=True)
class CodeOwners:
    """The rules of one file, in their order; `adds_up` tells that all that match count and not just the last one."""

    rules: tuple[Rule, ...]
    adds_up: bool = False

    def of(self, path: str) -> tuple[str, ...]:
        """Gives the owners of a path from the root of the repository, at most five; none is an answer too."""
        owners: dict[str, tuple[str, ...]] = {}
        excluded: set[str] = set()
        for number, rule in enumerate(self.rules):
            if not rule.matches(path):
                continue
            if rule.excludes:
                excluded.add(rule.section)
            owners[f"{number}" if self.adds_up else rule.section] = rule.owners
        named = (owner for section, found in owners.items() if section not in excluded for owner in found)
        return tuple(dict.fromkeys(named))[:OWNERS]


@dataclass(frozen=True, slots=True)
class Flavour:
    """How a host reads such files: where they may stand, the first one that is there counts, and in which language."""

    places: tuple[str, ...]
    parse: Callable[[str], CodeOwners]


def parse_github(text: str) -> CodeOwners:
    """Reads rules by GitHub (GitHub Docs, About code owners): the last match wins, bad lines do nothing."""
    rules = []
    for line in _lines(text):
        pattern, owners = _fields(_COMMENT.sub("", line))
        # No negation and no ranges there; a line with one owner that can't be read is not read at all.
        if pattern and not re.search(r"^!|\[", pattern) and all(_OWNER.fullmatch(owner) for owner in owners):
            rules.append(Rule(PathGlob.of(pattern).matches, tuple(owners)))
    return CodeOwners(tuple(rules))


def parse_gitlab(text: str) -> CodeOwners:
    """Reads rules by GitLab (GitLab Docs, Code Owners syntax): in each section the last match wins, sections add up."""
    rules: list[Rule] = []
    section, default = "", tuple[str, ...]()
    for line in _lines(text):
        if heading := _SECTION.match(line):
            section, default = heading["name"].strip().lower(), _owners(heading["owners"].split())
            continue
        pattern, named = _fields(_COMMENT.sub("", line))
        if not pattern:
            continue
        excludes = pattern.startswith("!")
        glob = PathGlob.of(pattern.removeprefix("!"), floating=True)
        rules.append(Rule(glob.matches, _owners(named) or default, section, excludes))
    return CodeOwners(tuple(rules))


def parse_gitea(text: str) -> CodeOwners:
    """Reads rules by Gitea and Forgejo (Gitea Docs, Code Owners): regular expressions of whole paths, all add up.

    Of expressions only plain characters, `.`, `.*` and `.+` are understood, which can be matched in linear time.
    """
    rules = []
    for line in _lines(text):
        pattern, owners = _fields(_COMMENT.sub("", line))
        glob = WholeGlob.of_expression(pattern.removeprefix("!"))
        if glob is not None and owners:
            matches = _other_than(glob.matches) if pattern.startswith("!") else glob.matches
            rules.append(Rule(matches, _owners(owners)))
    return CodeOwners(tuple(rules), adds_up=True)


FLAVOURS: Mapping[str, Flavour] = MappingProxyType(
    {
        "github": Flavour((".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"), parse_github),
        "gitlab": Flavour(("CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"), parse_gitlab),
        "gitea": Flavour(("CODEOWNERS", "docs/CODEOWNERS", ".gitea/CODEOWNERS", ".forgejo/CODEOWNERS"), parse_gitea),
    }
)
"""By the provider's name. Azure DevOps has no such file: its reviewers are named by policies of a branch."""


def _lines(text: str) -> Sequence[str]:
    lines = (line.strip() for line in text.split("\n", LINES)[:LINES])
    return [line for line in lines if line and not line.startswith("#") and len(line) <= _LONGEST]


def _fields(line: str) -> tuple[str, list[str]]:
    """Splits a line; a space in the pattern is written with a backslash."""
    first, *rest = _FIELD.findall(line) or [""]
    return first, rest


def _owners(named: Sequence[str]) -> tuple[str, ...]:
    return tuple(owner for owner in named if _OWNER.fullmatch(owner))


def _other_than(matches: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda path: not matches(path)
