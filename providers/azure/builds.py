"""Builds of Azure Pipelines as runs; the same objects in service hooks and REST answers (Azure DevOps REST, Build).

Only documented fields are read, and each may be missing: services and servers of different age send different ones.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote, urlsplit

import orjson

from providers.azure.naming import read_repository
from providers.azure.payloads import GUID, branch, moment
from providers.payloads import Json, child, items, word
from providers.runs import CiRun, RunCause, RunOutcome, RunState
from providers.values import Repository

PULL = re.compile(r"refs/pull/(\d{1,9})/(?:merge|head)", re.ASCII)

_STATES: Mapping[str, RunState] = {
    "": RunState.QUEUED,
    "none": RunState.QUEUED,
    "notstarted": RunState.QUEUED,
    "postponed": RunState.QUEUED,
    "inprogress": RunState.RUNNING,
    "cancelling": RunState.RUNNING,
    "completed": RunState.ENDED,
}
# `partiallySucceeded` says that a step failed after which the pipeline was told to go on: a test, or nothing at all.
_OUTCOMES: Mapping[str, RunOutcome] = {
    "succeeded": RunOutcome.PASSED,
    "failed": RunOutcome.FAILED,
    "canceled": RunOutcome.CANCELLED,
}
_CAUSES: Mapping[str, RunCause] = {
    "pullrequest": RunCause.PULL_REQUEST,
    "individualci": RunCause.PUSH,
    "batchedci": RunCause.PUSH,
}
# Builds of repositories elsewhere are told of by their own host.
_OURS = ("", "tfsgit")
_GIT = {"": "", "azurereposgit": "tfsgit", "tfsgit": "tfsgit"}
_RUN_STATES: Mapping[str, RunState] = {
    "unknown": RunState.QUEUED,
    "inprogress": RunState.RUNNING,
    "canceling": RunState.RUNNING,
}
_FORK = Repository("", "")
"""A build does not name the fork that it is of."""


def read_build(data: Json, base_url: str = "") -> CiRun | None:
    """Reads a build; None when it lacks what identifies it, or builds what is not in Azure Repos."""
    sha = word(data, "sourceVersion") or _told(data, "pr.sourceSha", "system.pullRequest.sourceCommitId")
    state = _STATES.get(word(data, "status").lower())
    if not word(data, "id").isdecimal() or not sha or state is None or not repository_of(data).id:
        return None
    ref = word(data, "sourceBranch")
    pull = PULL.fullmatch(ref)
    source = _told(data, "pr.sourceBranch", "system.pullRequest.sourceBranch") if pull else ref
    return CiRun(
        id=word(data, "id"),
        name=word(child(data, "definition"), "name"),
        sha=sha,
        state=state,
        outcome=_outcome(data, state),
        attempt=0,
        cause=RunCause.PULL_REQUEST if pull else _CAUSES.get(word(data, "reason").lower(), RunCause.OTHER),
        branch=branch(source),
        source=_FORK if pull and _told(data, "pr.isFork", "system.pullRequest.isFork").lower() == "true" else None,
        numbers=(int(pull[1]),) if pull else (),
        url=_page(data, base_url),
        started_at=moment(word(data, "startTime")),
        updated_at=_moment_of(data, state),
    )


def read_run(payload: Json) -> tuple[Repository, CiRun] | None:
    """Reads a run that has begun, of which the branch of a pull request is not told (Azure DevOps REST, Runs).

    None for one that has ended, and where the host does not tell what is built. Names are in an address only.
    """
    run = child(payload, "resource", "run")
    built = child(run, "resources", "repositories", "self")
    told = {**child(built, "repository"), "type": _GIT.get(word(child(built, "repository"), "type").lower(), "other")}
    where = repository_of({"project": child(payload, "resourceContainers", "project"), "repository": told})
    state = _RUN_STATES.get(word(run, "state").lower())
    names = _names(word(next(iter(items(child(payload, "resource").get("repositories"))), {}), "url"))
    if not where.id or not names or state is None or not word(run, "id").isdecimal() or not word(built, "version"):
        return None
    ref = word(built, "refName")
    pull = PULL.fullmatch(ref)
    return Repository(where.id, names), CiRun(
        id=word(run, "id"),
        name=word(child(run, "pipeline"), "name") or word(child(payload, "resource", "pipeline"), "name"),
        sha=word(built, "version"),
        state=state,
        attempt=0,
        cause=RunCause.PULL_REQUEST if pull else RunCause.OTHER,
        branch="" if pull else branch(ref),
        numbers=(int(pull[1]),) if pull else (),
        updated_at=moment(word(payload, "createdDate")),
    )


def repository_of(data: Json) -> Repository:
    """Tells what a build is of; nothing where that is in no repository of Azure Repos."""
    told, project = child(data, "repository"), child(data, "project")
    ids = (word(project, "id").lower(), word(told, "id").lower())
    if word(told, "type").lower() not in _OURS or not all(GUID.fullmatch(each) for each in ids):
        return Repository("", "")
    names = (word(project, "name"), word(told, "name"))
    return Repository("/".join(ids), "/".join(names) if all(names) else "")


def head_of(data: Json) -> str:
    """Tells the head that a pull request's build merges into the base, where the build does."""
    return _told(data, "pr.sourceSha", "system.pullRequest.sourceCommitId")


def _names(address: str) -> str:
    try:
        return read_repository(address).path if address else ""
    except ValueError:
        return ""


def _told(data: Json, trigger: str, parameter: str) -> str:
    """Reads what the pipeline was triggered by; older servers tell it as parameters, which are a text of JSON."""
    told = word(child(data, "triggerInfo"), trigger)
    if told:
        return told
    try:
        parameters = orjson.loads(word(data, "parameters") or "{}")
    except ValueError:
        return ""
    return word(parameters, parameter) if isinstance(parameters, dict) else ""


def _outcome(data: Json, state: RunState) -> RunOutcome:
    if state is not RunState.ENDED:
        return RunOutcome.UNKNOWN
    return _OUTCOMES.get(word(data, "result").lower(), RunOutcome.UNKNOWN)


def _moment_of(data: Json, state: RunState) -> datetime | None:
    """A build that is run again keeps the time at which it first began, but not that of its last change."""
    if state is RunState.ENDED:
        return moment(word(data, "finishTime"))
    told = (moment(word(data, name)) for name in ("queueTime", "startTime", "finishTime", "lastChangedDate"))
    return max((each for each in told if each is not None), default=None)


def _page(data: Json, base_url: str) -> str:
    """Builds the address that people open; a hook's own words are the only ones where we know no instance."""
    if base_url:
        project = word(child(data, "project"), "id")
        return f"{base_url}/{quote(project)}/_build/results?buildId={word(data, 'id')}"
    told = word(child(data, "_links", "web"), "href")
    return told if urlsplit(told).scheme in ("http", "https") else ""
