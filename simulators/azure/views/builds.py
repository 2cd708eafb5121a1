"""Builds in answers and payloads (Azure DevOps REST, Build)."""

import json

from simulators.azure.models import Build, Json
from simulators.azure.views.common import Urls, identity_view, link, project_view, stamp


def build_view(urls: Urls, build: Build) -> Json:
    """build.Build, as payloads of version 2.0 show it, too."""
    project = build.repository.project
    own = f"{urls.collection}/{project.id}/_apis/build/Builds/{build.id}"
    times = {
        "queueTime": build.queued_at,
        "startTime": build.started_at,
        "finishTime": build.finished_at,
        "lastChangedDate": build.changed_at,
    }
    view: Json = {
        "_links": {
            "self": link(own),
            "web": link(f"{urls.collection}/{project.id}/_build/results?buildId={build.id}"),
        },
        "triggerInfo": _trigger(build),
        "id": build.id,
        "buildNumber": build.number,
        "status": build.status,
        "url": own,
        "definition": {
            "id": build.definition_id,
            "name": build.definition_name,
            "path": "\\",
            "type": "build",
            "revision": 1,
            "project": project_view(urls, project),
        },
        "project": project_view(urls, project),
        "uri": f"vstfs:///Build/Build/{build.id}",
        "sourceBranch": build.source_branch,
        "sourceVersion": build.source_version,
        "reason": build.reason,
        "requestedFor": identity_view(urls, build.requested_for),
        "requestedBy": identity_view(urls, build.requested_for),
        "repository": {"id": build.repository.id, "type": "TfsGit", "name": build.repository.name},
        "logs": {"id": 0, "type": "Container", "url": f"{own}/logs"},
        "retainedByRelease": False,
        **{name: stamp(moment) for name, moment in times.items() if moment is not None},
    }
    if build.result is not None:
        view["result"] = build.result
    if build.pull is not None:
        view["parameters"] = json.dumps(
            {
                "system.pullRequest.pullRequestId": str(build.pull.id),
                "system.pullRequest.sourceBranch": build.pull.source_ref,
                "system.pullRequest.targetBranch": build.pull.target_ref,
                "system.pullRequest.sourceCommitId": build.head,
                "system.pullRequest.pullRequestIteration": str(build.pull.iterations[-1].id),
            }
        )
    return view


def old_build_view(urls: Urls, build: Build) -> Json:
    """A build as payloads of version 1.0 show it: `status` is the result there."""
    full = build_view(urls, build)
    below = f"{urls.collection}/{build.repository.project.id}/_apis/build"
    kept = ("uri", "id", "buildNumber", "url", "startTime", "finishTime", "reason")
    return {
        **{name: full[name] for name in kept if name in full},
        "status": build.result or build.status,
        "sourceGetVersion": f"LG:{build.source_branch}:{build.source_version}",
        "lastChangedBy": full["requestedFor"],
        "retainIndefinitely": False,
        "hasDiagnostics": True,
        "definition": {
            "batchSize": 1,
            "triggerType": "none",
            "definitionType": "build",
            "id": build.definition_id,
            "name": build.definition_name,
            "url": f"{below}/Definitions/{build.definition_id}",
        },
        "requests": [{"id": 1, "url": f"{below}/Requests/1", "requestedFor": full["requestedFor"]}],
    }


def run_view(urls: Urls, build: Build, state: str) -> Json:
    """pipelines.Run."""
    below = f"{urls.collection}/{build.repository.project.id}/_apis/pipelines/{build.definition_id}"
    pipeline = {
        "url": f"{below}?revision=1",
        "id": build.definition_id,
        "revision": 1,
        "name": build.definition_name,
        "folder": "\\",
    }
    view: Json = {
        "pipeline": pipeline,
        "state": state,
        "createdDate": stamp(build.queued_at),
        "url": f"{below}/runs/{build.id}",
        "id": build.id,
        "name": build.number,
        "resources": {"repositories": {"self": _built(build)}},
    }
    if build.result is not None and build.finished_at is not None:
        view |= {"result": build.result, "finishedDate": stamp(build.finished_at)}
    return view


def _built(build: Build) -> Json:
    return {
        "repository": {"id": build.repository.id, "type": "azureReposGit"},
        "refName": build.source_branch,
        "version": build.source_version,
    }


def _trigger(build: Build) -> Json:
    pull = build.pull
    if build.reason == "manual":
        return {}
    if pull is None:
        return {"ci.sourceBranch": build.source_branch, "ci.sourceSha": build.source_version}
    return {
        "pr.number": str(pull.id),
        "pr.sourceBranch": pull.source_ref,
        "pr.sourceSha": build.head,
        "pr.isFork": str(pull.from_fork),
        "pr.triggerRepository": pull.repository.id,
        "pr.triggerRepository.Type": "TfsGit",
    }
