"""Azure DevOps' JSON objects as our values; the same in service hooks and REST answers.

Only documented fields are read, and each may be missing: services and servers of different age send different ones.
"""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

from providers.payloads import Json, child, items, number, word
from providers.values import Account, Comment, CommentRef, PullRequest, Repository

_GUID = r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"
GUID = re.compile(_GUID)
# What comes first on a line only, since that is where a command may follow it.
_MENTIONS = re.compile(rf"^(?:@<{_GUID}>[,:]?[ \t]*)+", re.MULTILINE)
# Subject descriptors of service identities and of service principals (Graph, Subject types).
_MACHINES = ("svc.", "s2s.", "aadsp.")
_MACHINE_NAME = re.compile(rf"(?i)build\\.*|(?:.*\\)?{_GUID}")
_SAME_TIME = timedelta(seconds=2)
TEXT = frozenset({"text", "1"})
"""The `commentType` of what somebody wrote, by its name or number; the others are the host's own words."""


def account(data: Json) -> Account:
    """Reads an identity; its unique name is a mail address, `DOMAIN\\name` or a service principal's GUID.

    Who has none goes by the id: a display name is freely chosen, so that it may be anybody's whom a list allows.
    """
    id_, unique, shown = word(data, "id").lower(), word(data, "uniqueName"), word(data, "displayName")
    machine = word(data, "descriptor").startswith(_MACHINES) or _MACHINE_NAME.fullmatch(unique or shown) is not None
    return Account(id_, unique or id_, bot=machine)


def repository(data: Json) -> Repository:
    """Reads a repository; one without its project has neither id nor path for us."""
    project = child(data, "project")
    ids = (word(project, "id").lower(), word(data, "id").lower())
    names = (word(project, "name"), word(data, "name"))
    return Repository("/".join(ids) if all(ids) else "", "/".join(names) if all(names) else "")


def pull_request(data: Json, base_url: str = "", head: str = "", updated_at: str = "") -> PullRequest | None:
    """Reads a pull request; None when it lacks what identifies it. `head` is used when it does not name one."""
    where = repository(child(data, "repository"))
    head = word(child(data, "lastMergeSourceCommit"), "commitId") or head
    if not where.id or not number(data, "pullRequestId") or not head:
        return None
    return PullRequest(
        repository=where,
        number=number(data, "pullRequestId"),
        head_sha=head,
        head_ref=branch(word(data, "sourceRefName")),
        base_ref=branch(word(data, "targetRefName")),
        base_sha=word(child(data, "lastMergeTargetCommit"), "commitId"),
        merge_sha=word(child(data, "lastMergeCommit"), "commitId"),
        from_fork=bool(child(data, "forkSource")),
        open=word(data, "status") == "active",
        draft=data.get("isDraft") is True,
        author=account(child(data, "createdBy")).login,
        title=word(data, "title"),
        url=_page(data, where, base_url),
        updated_at=updated_at,
    )


def comment(data: Json, ref: CommentRef, us: str) -> Comment:
    """Reads a comment; `us` is our own identity's id."""
    author = account(child(data, "author"))
    return Comment(
        ref,
        author,
        body(word(data, "content")),
        edited=not untouched(data),
        own=author.id == us,
        created_at=moment(word(data, "publishedDate")),
    )


def body(content: str) -> str:
    """Gives what a person wrote without the mentions that lines begin with, which are stored as `@<GUID>`."""
    return _MENTIONS.sub("", content.replace("\r\n", "\n"))


def untouched(data: Json) -> bool:
    """Tells whether a comment says what it said at first; likes and replies change other dates only."""
    published = moment(word(data, "publishedDate"))
    changed = moment(word(data, "lastContentUpdatedDate") or word(data, "lastUpdatedDate"))
    return published is None or changed is None or abs(changed - published) <= _SAME_TIME


def branch(ref: str) -> str:
    return ref.removeprefix("refs/heads/")


def moment(text: str) -> datetime | None:
    """Reads a time, which has up to seven digits after the second; None when it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def iso_time(text: str) -> str:
    """Writes a time in UTC with six digits, so that times can be compared as text."""
    found = moment(text)
    return found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if found is not None else ""


def properties(data: Json) -> dict[str, str]:
    """Reads the values of a property bag, which come as `{"$type", "$value"}` (Properties Collection)."""
    return {name: word(value, "$value") for name, value in child(data, "properties").items() if isinstance(value, dict)}


def first_comment(thread: Json) -> Json:
    """Gives the comment that opened a thread; empty when it is deleted."""
    found = next(iter(items(thread.get("comments"))), {})
    return {} if found.get("isDeleted") is True or thread.get("isDeleted") is True else found


def _page(data: Json, where: Repository, base_url: str) -> str:
    """Builds the address that people open; a hook's own words are the only ones where we know no instance."""
    if base_url:
        project, _, name = where.path.partition("/")
        return f"{base_url}/{quote(project)}/_git/{quote(name)}/pullrequest/{number(data, 'pullRequestId')}"
    told = child(data, "repository")
    parts = urlsplit(word(told, "webUrl") or word(told, "remoteUrl"))
    if parts.scheme not in ("http", "https"):
        return ""
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}/pullrequest/{number(data, 'pullRequestId')}"
