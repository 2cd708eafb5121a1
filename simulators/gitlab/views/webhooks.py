"""What webhooks say of projects, merge requests, commits and jobs (GitLab, Webhook events)."""

from datetime import datetime

from simulators.gitlab.models import VISIBILITY_LEVELS, Commit, Json, Project
from simulators.gitlab.requests import MergeRequest
from simulators.gitlab.runs import Job
from simulators.gitlab.state import State
from simulators.gitlab.views.common import Urls


def hook_project(urls: Urls, project: Project) -> Json:
    """A project."""
    page = urls.page(project)
    host = page.partition("://")[2].partition("/")[0].partition(":")[0]
    ssh = f"git@{host}:{project.full_path}.git"
    return {
        "id": project.id,
        "name": project.name,
        "description": None,
        "web_url": page,
        "avatar_url": None,
        "git_ssh_url": ssh,
        "git_http_url": f"{page}.git",
        "namespace": project.namespace.name,
        "visibility_level": VISIBILITY_LEVELS[project.visibility],
        "path_with_namespace": project.full_path,
        "default_branch": project.default_branch,
        "ci_config_path": "",
        "homepage": page,
        "url": ssh,
        "ssh_url": ssh,
        "http_url": f"{page}.git",
    }


def hook_request(urls: Urls, state: State, request: MergeRequest) -> Json:
    """A merge request, as its own events and those of notes show it."""
    head = state.head_pipeline(request)
    source = request.source or request.project
    return {
        "assignee_id": None,
        "author_id": request.author.id,
        "created_at": hook_stamp(request.created_at),
        "description": request.description or "",
        "draft": request.draft,
        "head_pipeline_id": head.id if head else None,
        "id": request.id,
        "iid": request.iid,
        "last_edited_at": None,
        "last_edited_by_id": None,
        "merge_commit_sha": None,
        "merge_error": None,
        "merge_params": {"force_remove_source_branch": "0"},
        "merge_status": "can_be_merged",
        "merge_user_id": None,
        "merge_when_pipeline_succeeds": False,
        "milestone_id": None,
        "source_branch": request.source_branch,
        "source_project_id": request.source.id if request.source else None,
        "state_id": {"opened": 1, "closed": 2, "merged": 3, "locked": 4}[request.state],
        "target_branch": request.target_branch,
        "target_project_id": request.project.id,
        "time_estimate": 0,
        "title": request.title,
        "updated_at": hook_stamp(request.updated_at),
        "updated_by_id": None,
        "url": urls.request(request),
        "source": hook_project(urls, source) if request.source else None,
        "target": hook_project(urls, request.project),
        "last_commit": hook_commit(urls, source, request.commits[-1]),
        "work_in_progress": request.draft,
        "total_time_spent": 0,
        "time_change": 0,
        "human_total_time_spent": None,
        "human_time_change": None,
        "human_time_estimate": None,
        "assignee_ids": [],
        "reviewer_ids": [],
        "labels": [],
        "state": request.state,
        "blocking_discussions_resolved": True,
        "first_contribution": False,
        "detailed_merge_status": "draft_status" if request.draft else "mergeable",
    }


def hook_short_request(urls: Urls, request: MergeRequest) -> Json:
    """A merge request, as pipelines show it."""
    return {
        "id": request.id,
        "iid": request.iid,
        "title": request.title,
        "source_branch": request.source_branch,
        "source_project_id": request.source.id if request.source else None,
        "target_branch": request.target_branch,
        "target_project_id": request.project.id,
        "state": request.state,
        "merge_status": "can_be_merged",
        "detailed_merge_status": "mergeable",
        "url": urls.request(request),
    }


def hook_commit(urls: Urls, project: Project, commit: Commit) -> Json:
    """A commit."""
    return {
        "id": commit.sha,
        "message": commit.message,
        "title": commit.title,
        "timestamp": commit.date.isoformat(),
        "url": f"{urls.page(project)}/-/commit/{commit.sha}",
        "author": {"name": commit.author.name, "email": "[REDACTED]"},
    }


def hook_changes(project: Project, commit: Commit) -> Json:
    """The files that a commit changed."""
    first = next(iter(commit.parents), "")
    before = project.commits[first].tree if first in project.commits else {}
    both = before.keys() & commit.tree.keys()
    return {
        "added": sorted(commit.tree.keys() - before.keys()),
        "modified": sorted(path for path in both if before[path] != commit.tree[path]),
        "removed": sorted(before.keys() - commit.tree.keys()),
    }


def hook_build(job: Job) -> Json:
    """A job of a pipeline."""
    return {
        "id": job.id,
        "stage": job.stage,
        "name": job.name,
        "status": job.status,
        "created_at": hook_stamp(job.created_at),
        "started_at": maybe_hook_stamp(job.started_at),
        "finished_at": maybe_hook_stamp(job.finished_at),
        "duration": None,
        "queued_duration": None,
        "failure_reason": "script_failure" if job.status == "failed" else None,
        "when": "on_success",
        "manual": False,
        "allow_failure": job.allow_failure,
        "user": {"id": job.user.id, "name": job.user.name, "username": job.user.username, "avatar_url": None},
        "runner": None,
        "artifacts_file": {"filename": None, "size": None},
        "environment": None,
    }


def hook_stamp(moment: datetime) -> str:
    """Webhooks write times in another way than the REST API."""
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def maybe_hook_stamp(moment: datetime | None) -> str | None:
    """A time that may not have come yet."""
    return None if moment is None else hook_stamp(moment)
