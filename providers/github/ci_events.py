"""Deliveries that tell of CI, pushes, the merge queue and of repositories that moved (GitHub Docs, Webhook events)."""

import re

from providers.events import Event, MergeGroupRequested, Pushed, RepositoryMoved, RerunRequested, RunChanged
from providers.github.payloads import account
from providers.github.runs import workflow_run
from providers.github.suites import suite_run
from providers.payloads import Json, child, items, word
from providers.shapes import repository

FILES = 3_000
"""Of one push that are told; who needs them all asks for the commit."""
_HEADS = "refs/heads/"
_GONE = "0" * 40
_QUEUED = re.compile(r"(?:^|/)pr-(\d{1,9})-[0-9a-f]{7,64}$")


def installation_id(payload: Json) -> str:
    return word(child(payload, "installation"), "id")


def run_changed(payload: Json) -> Event | None:
    """Of `workflow_run`, whatever its action: the run says itself how far it is."""
    data = child(payload, "repository")
    where = repository(data)
    run = workflow_run(child(payload, "workflow_run"), where, word(data, "default_branch")) if where.id else None
    return None if run is None else RunChanged(installation_id(payload), where, run)


def suite_changed(payload: Json, own_app: str) -> Event | None:
    """Of `check_suite`: ours asked to run again, or another app's that is complete."""
    suite, data = child(payload, "check_suite"), child(payload, "repository")
    where, action = repository(data), word(payload, "action")
    if not where.id:
        return None
    if action == "rerequested" and own_app and word(child(suite, "app"), "id") == own_app and word(suite, "head_sha"):
        return RerunRequested(
            installation=installation_id(payload),
            repository=where,
            head_sha=word(suite, "head_sha"),
            key="",
            sender=account(child(payload, "sender")),
        )
    if action != "completed":
        return None
    run = suite_run(suite, where, own_app, word(data, "html_url"))
    return None if run is None else RunChanged(installation_id(payload), where, run)


def pushed(payload: Json) -> Event | None:
    """Of `push`: a branch's new head; tags and branches that went away are none."""
    data, ref, sha = child(payload, "repository"), word(payload, "ref"), word(payload, "after")
    where = repository(data)
    if not where.id or not ref.startswith(_HEADS) or not sha or sha == _GONE or payload.get("deleted") is True:
        return None
    branch, default = ref.removeprefix(_HEADS), word(data, "default_branch") or word(data, "master_branch")
    return Pushed(
        installation=installation_id(payload),
        repository=where,
        branch=branch,
        sha=sha,
        default=branch == default if default else None,
        files=_files(payload),
    )


def merge_group(payload: Json) -> Event | None:
    """Of `merge_group.checks_requested`: the name of the queue's branch holds a pull request's number."""
    group, where = child(payload, "merge_group"), repository(child(payload, "repository"))
    if word(payload, "action") != "checks_requested" or not where.id or not word(group, "head_sha"):
        return None
    named = _QUEUED.search(word(group, "head_ref"))
    return MergeGroupRequested(
        installation=installation_id(payload),
        repository=where,
        sha=word(group, "head_sha"),
        base_ref=word(group, "base_ref").removeprefix(_HEADS),
        numbers=(int(named[1]),) if named else (),
    )


def repository_moved(payload: Json) -> Event | None:
    """Of `repository`: it was renamed, or has another owner that we are installed with."""
    where = repository(child(payload, "repository"))
    if word(payload, "action") not in ("renamed", "transferred") or not where.id or not where.path:
        return None
    return RepositoryMoved(installation_id(payload), where)


def _files(payload: Json) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for commit in items(payload.get("commits")):
        for kind in ("added", "modified", "removed"):
            paths = commit.get(kind)
            if isinstance(paths, list):
                found |= dict.fromkeys(path for path in paths if isinstance(path, str))
    return tuple(found)[:FILES]
