"""GitLab's JSON objects as our values.

Webhooks and REST answers name the same things differently: a merge request's author is an id in the one and an object
in the other, times are `2013-12-03 17:15:43 UTC` or ISO 8601. Each field may be missing.
"""

import re
from datetime import UTC, datetime

from providers.payloads import Json, child, number, word
from providers.values import Account, PullRequest, Repository

# GitLab Docs: Project access tokens, Group access tokens and Service accounts, on the users made for them.
_BOT = re.compile(r"(?:(?:project|group)_\d+_bot\w*|service_account_\w+|ghost\d*)", re.ASCII)
_OLD_TIME = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (?:UTC|([+-]\d\d):?(\d\d))")


def account(data: Json) -> Account:
    """Reads a user; hooks do not say which users are bots, but their names do."""
    login = word(data, "username")
    return Account(word(data, "id"), login, bot=data.get("bot") is True or _BOT.fullmatch(login) is not None)


def repository(data: Json) -> Repository:
    return Repository(word(data, "id"), word(data, "path_with_namespace"))


def moment(text: str) -> datetime | None:
    """Reads either form of time; None when it is neither."""
    old = _OLD_TIME.fullmatch(text)
    if old is not None:
        text = f"{old[1]}T{old[2]}{old[3] or '+00'}:{old[4] or '00'}"
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def iso_time(text: str) -> str:
    """Writes a time in UTC and whole seconds, since hooks tell no more and times of both must compare as text."""
    found = moment(text)
    return found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if found is not None else ""


def told_merge_request(data: Json, where: Repository, sender: Account) -> PullRequest | None:
    """Reads a merge request as a hook tells it; None when it lacks what identifies it.

    Only the sender has a name there, who may be the author.
    """
    author = sender.login if sender.id and sender.id == word(data, "author_id") else ""
    return _merge_request(data, where, word(child(data, "last_commit"), "id"), word(data, "url"), author)


def merge_request(data: Json, where: Repository) -> PullRequest | None:
    """Reads a merge request as the REST API gives it; None when it lacks what identifies it."""
    return _merge_request(
        data, where, word(data, "sha"), word(data, "web_url"), word(child(data, "author"), "username")
    )


def _merge_request(data: Json, where: Repository, head: str, url: str, author: str) -> PullRequest | None:
    if not where.id or not number(data, "iid") or not head:
        return None
    target = word(data, "target_project_id") or word(data, "project_id") or where.id
    return PullRequest(
        repository=where,
        number=number(data, "iid"),
        head_sha=head,
        head_ref=word(data, "source_branch"),
        base_ref=word(data, "target_branch"),
        base_sha=word(child(data, "diff_refs"), "base_sha"),
        merge_sha=_merge_sha(data, head),
        # The source project is null when the fork was deleted.
        from_fork=word(data, "source_project_id") != target,
        # `locked` is a merge under way, which may fail.
        open=word(data, "state") not in ("closed", "merged"),
        draft=data.get("draft") is True or data.get("work_in_progress") is True,
        author=author,
        title=word(data, "title"),
        url=url,
        updated_at=iso_time(word(data, "updated_at")),
    )


def _merge_sha(data: Json, head: str) -> str:
    """Merged results pipelines run on a commit of their own (GitLab Docs, Merged results pipelines)."""
    pipeline = child(data, "head_pipeline")
    on_merge = word(pipeline, "ref").startswith("refs/merge-requests/") and not word(pipeline, "ref").endswith("/head")
    return word(pipeline, "sha") if on_merge and word(pipeline, "sha") != head else ""
