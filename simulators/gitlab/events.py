"""Webhook payloads made from the state (GitLab, Webhook events)."""

from collections.abc import Callable
from typing import Literal

from simulators.gitlab.hooks import Event
from simulators.gitlab.models import Commit, Json, Project, User
from simulators.gitlab.requests import MergeRequest, Note
from simulators.gitlab.runs import Job, Pipeline
from simulators.gitlab.state import State
from simulators.gitlab.views.common import Urls
from simulators.gitlab.views.webhooks import (
    hook_build,
    hook_changes,
    hook_commit,
    hook_project,
    hook_request,
    hook_short_request,
    hook_stamp,
    maybe_hook_stamp,
)

RequestAction = Literal[
    "open", "reopen", "update", "approved", "approval", "unapproved", "unapproval", "close", "merge"
]
COMMITS_LISTED = 20
NO_SHA = "0" * 40


class Events:
    """One method an event; `user` is who did it."""

    def __init__(self, state: State, urls: Callable[[], Urls]) -> None:
        self._state = state
        self._urls = urls

    def note(self, note: Note, action: Literal["create", "update"] = "create") -> Event:
        """Note Hook; internal notes come as Confidential Note Hook, system notes make none on GitLab."""
        request = note.merge_request
        attributes = {
            "attachment": None,
            "author_id": note.author.id,
            "change_position": None,
            "commit_id": None,
            "created_at": hook_stamp(note.created_at),
            "discussion_id": note.discussion.id,
            "id": note.id,
            "internal": note.internal,
            "line_code": None,
            "note": note.body,
            "noteable_id": request.id,
            "noteable_type": "MergeRequest",
            "original_position": note.position,
            "position": note.position,
            "project_id": request.project.id,
            "resolved_at": None,
            "resolved_by_id": note.resolved_by.id if note.resolved_by else None,
            "resolved_by_push": None,
            "st_diff": None,
            "system": note.system,
            "type": note.type,
            "updated_at": hook_stamp(note.updated_at),
            "updated_by_id": None,
            "description": note.body,
            "url": self._urls().note(note),
            "action": action,
        }
        payload = self._payload("note", note.author, request.project) | {
            "event_type": "confidential_note" if note.internal else "note",
            "project_id": request.project.id,
            "object_attributes": attributes,
            "merge_request": hook_request(self._urls(), self._state, request),
        }
        if note.internal:
            return Event("Confidential Note Hook", "confidential_note_events", payload, request.project)
        return Event("Note Hook", "note_events", payload, request.project)

    def merge_request(
        self, action: RequestAction, request: MergeRequest, user: User | None = None, *, oldrev: str | None = None
    ) -> Event:
        """Merge Request Hook; an `update` that brought commits tells the head before by `oldrev`."""
        attributes = hook_request(self._urls(), self._state, request) | {"action": action}
        if oldrev is not None:
            attributes["oldrev"] = oldrev
        when = hook_stamp(request.updated_at)
        payload = self._payload("merge_request", user or request.author, request.project) | {
            "event_type": "merge_request",
            "object_attributes": attributes,
            "labels": [],
            "changes": {"updated_at": {"previous": when, "current": when}} if action == "update" else {},
        }
        return Event("Merge Request Hook", "merge_requests_events", payload, request.project)

    def new_commits(self, request: MergeRequest) -> Event:
        """What a push to a merge request's branch sends."""
        before = request.versions[-2 if len(request.versions) > 1 else -1].head_sha
        return self.merge_request("update", request, oldrev=before)

    def pipeline(self, pipeline: Pipeline) -> Event:
        """Pipeline Hook; a merge request's pipeline is said to be on the source branch, whatever it runs on."""
        project, request = pipeline.project, pipeline.merge_request
        commit = self._state.commit(project, pipeline.sha)
        attributes = {
            "id": pipeline.id,
            "iid": pipeline.iid,
            "name": pipeline.name,
            "ref": request.source_branch if request else pipeline.ref,
            "tag": pipeline.tag,
            "sha": pipeline.sha,
            "before_sha": NO_SHA,
            "source": pipeline.source,
            "status": pipeline.status,
            "detailed_status": "passed" if pipeline.status == "success" else pipeline.status,
            "stages": sorted({job.stage for job in pipeline.latest}),
            "created_at": hook_stamp(pipeline.created_at),
            "finished_at": maybe_hook_stamp(pipeline.finished_at),
            "duration": pipeline.duration,
            "queued_duration": None,
            "protected_ref": pipeline.ref == project.default_branch,
            "variables": [],
            "url": f"{self._urls().page(project)}/-/pipelines/{pipeline.id}",
        }
        payload = self._payload("pipeline", pipeline.user, project) | {
            "object_attributes": attributes,
            "merge_request": hook_short_request(self._urls(), request) if request else None,
            "commit": hook_commit(self._urls(), project, commit) if commit else None,
            "builds": [hook_build(job) for job in pipeline.own()],
        }
        del payload["repository"]
        return Event("Pipeline Hook", "pipeline_events", payload, project)

    def job(self, job: Job) -> Event:
        """Job Hook; statuses of others make none."""
        pipeline, user = job.pipeline, job.user
        project = pipeline.project
        payload = self._payload("build", user, project) | {
            "ref": pipeline.merge_request.source_branch if pipeline.merge_request else pipeline.ref,
            "tag": pipeline.tag,
            "before_sha": NO_SHA,
            "sha": pipeline.sha,
            "retries_count": 0,
            "build_id": job.id,
            "build_name": job.name,
            "build_stage": job.stage,
            "build_status": job.status,
            "build_created_at": hook_stamp(job.created_at),
            "build_started_at": maybe_hook_stamp(job.started_at),
            "build_finished_at": maybe_hook_stamp(job.finished_at),
            "build_duration": None,
            "build_queued_duration": None,
            "build_allow_failure": job.allow_failure,
            "build_failure_reason": "script_failure" if job.status == "failed" else "unknown_failure",
            "pipeline_id": pipeline.id,
            "runner": None,
            "project_id": project.id,
            "project_name": project.full_path.replace("/", " / "),
            "commit": {
                "id": pipeline.id,
                "name": pipeline.name,
                "sha": pipeline.sha,
                "author_name": user.name,
                "author_url": f"{self._urls().web}/{user.username}",
                "status": pipeline.status,
                "duration": pipeline.duration,
                "started_at": None,
                "finished_at": maybe_hook_stamp(pipeline.finished_at),
            },
            "environment": None,
        }
        return Event("Job Hook", "job_events", payload, project)

    def push(self, project: Project, branch: str, before: str, after: str, user: User) -> Event:
        """Push Hook with at most 20 commits; `before` is 40 zeros for a new branch, `after` for a deleted one."""
        commits, sha = list[Commit](), after
        while sha in project.commits and sha != before and len(commits) < 10_000:
            commits.append(project.commits[sha])
            sha = project.commits[sha].parents[0] if project.commits[sha].parents else NO_SHA
        payload = self._payload("push", user, project) | {
            "event_name": "push",
            "before": before,
            "after": after,
            "ref": f"refs/heads/{branch}",
            "ref_protected": branch == project.default_branch,
            "checkout_sha": None if after == NO_SHA else after,
            "message": None,
            "user_id": user.id,
            "user_name": user.name,
            "user_username": user.username,
            "user_email": None,
            "user_avatar": None,
            "project_id": project.id,
            "commits": [
                hook_commit(self._urls(), project, commit) | hook_changes(project, commit)
                for commit in reversed(commits[:COMMITS_LISTED])
            ],
            "total_commits_count": len(commits),
            "push_options": {},
        }
        del payload["user"]
        shown = payload["project"]
        payload["repository"] |= {name: shown[name] for name in ("git_http_url", "git_ssh_url", "visibility_level")}
        return Event("Push Hook", "push_events", payload, project)

    def _payload(self, kind: str, user: User, project: Project) -> Json:
        shown = {"id": user.id, "name": user.name, "username": user.username, "avatar_url": None, "email": "[REDACTED]"}
        page = self._urls().page(project)
        repository = {"name": project.name, "url": f"{page}.git", "description": None, "homepage": page}
        return {
            "object_kind": kind,
            "user": shown,
            "project": hook_project(self._urls(), project),
            "repository": repository,
        }
