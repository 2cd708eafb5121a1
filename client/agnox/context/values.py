"""What is known of a run: each value with where it came from."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

_WIRE: Mapping[str, str] = {"pr_number": "prNumber", "commit_sha": "commitSha", "run_url": "runUrl"}
_LOGIN = re.compile(r"(?<=://)[^/?#]*@")
_SHORT_LOGIN = re.compile(r"\A[^/\s]*@(?=[^/\s@:]+:)")
_PAGE = re.compile(
    r"(https?://[^?#\s]+?)/(?:-/)?(?:pull|pulls|pull-requests|merge_requests|pullrequest)/([0-9]{1,10})(?:[/?#]\S*)?"
)
_HOSTS: Mapping[str, str] = {
    "github": "github",
    "githubenterprise": "github",
    "gitlab": "gitlab",
    "gitlabenterprise": "gitlab",
    "gitea": "gitea",
    "forgejo": "gitea",
    "tfsgit": "azure",
    "vso": "azure",
    "azure": "azure",
    "azuredevops": "azure",
}


@dataclass(frozen=True, slots=True)
class Value:
    """A text and its origin: the variable or the command that told it."""

    text: str
    origin: str


@dataclass(frozen=True, slots=True)
class Context:
    """Where a run came from and where its result goes back to: `ciContext` of docs/api.md.

    `suite` is no part of it: the job's name, which tells one line of tests from the others of a commit.
    """

    source: Value
    scm: Value | None = None
    repository: Value | None = None
    pr_number: Value | None = None
    commit_sha: Value | None = None
    branch: Value | None = None
    run_url: Value | None = None
    runner: Value | None = None
    suite: Value | None = None

    def values(self) -> Iterator[tuple[str, Value]]:
        """Gives what is known, by the names of the wire."""
        for field in fields(self):
            value: Value | None = getattr(self, field.name)
            if value is not None:
                yield _WIRE.get(field.name, field.name), value

    def wire(self) -> dict[str, object]:
        """Gives `ciContext`; what is not known is absent."""
        return {
            name: int(value.text) if name == "prNumber" and value.text.isdecimal() else value.text
            for name, value in self.values()
            if name != "suite"
        }


def without_login(address: str) -> str:
    """Takes user names and passwords out of an address; `git@` stays in the short form of ssh."""
    if "://" in address:
        return _LOGIN.sub("", address, count=1)
    return _SHORT_LOGIN.sub("git@", address, count=1)


def read_page(page: Value | None) -> tuple[Value | None, Value | None]:
    """Reads the repository's address and the number out of the address of a pull request's page."""
    found = _PAGE.fullmatch(page.text) if page else None
    if page is None or found is None:
        return None, None
    return Value(without_login(found[1]), page.origin), Value(found[2], page.origin)


def host_of(told: Value | None) -> Value | None:
    """Gives the git host that a CI names in its own words; None for one that has no provider."""
    name = _HOSTS.get(re.sub(r"[^a-z]", "", told.text.lower())) if told else None
    return Value(name, told.origin) if told and name else None
