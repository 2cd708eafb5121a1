"""Objects in the shapes of GitHub's API, which Gitea's took over, as our values; the same in webhooks and REST answers.

Only documented fields are read, and each may be missing: hosts add, drop and null fields without notice.
"""

from collections.abc import Mapping

from providers.payloads import Json, child, items, number, word
from providers.values import PullRequest, Reaction, Repository

REACTIONS: Mapping[Reaction, str] = {Reaction.SEEN: "eyes", Reaction.DONE: "+1", Reaction.CONFUSED: "confused"}


def repository(data: Json) -> Repository:
    return Repository(word(data, "id"), word(data, "full_name"))


def repositories(data: object) -> tuple[Repository, ...]:
    return tuple(repository(item) for item in items(data) if word(item, "id"))


def pull_request(data: Json, fallback: Repository | None = None) -> PullRequest | None:
    """Reads a pull request; None when it lacks what identifies it."""
    head, base = child(data, "head"), child(data, "base")
    found = repository(child(base, "repo"))
    where = found if found.id else fallback
    if where is None or not number(data, "number") or not word(head, "sha"):
        return None
    return PullRequest(
        repository=where,
        number=number(data, "number"),
        head_sha=word(head, "sha"),
        head_ref=word(head, "ref"),
        base_ref=word(base, "ref"),
        base_sha=word(base, "sha"),
        merge_sha=word(data, "merge_commit_sha"),
        # The head's repository is null when the fork was deleted.
        from_fork=word(child(head, "repo"), "id") != where.id,
        open=word(data, "state") != "closed",
        draft=data.get("draft") is True,
        author=word(child(data, "user"), "login"),
        title=word(data, "title"),
        url=word(data, "html_url"),
        updated_at=word(data, "updated_at"),
    )
