"""Merge requests, their diffs, notes and emoji."""

from simulators.diff import ChangedFile
from simulators.gitlab.models import Json
from simulators.gitlab.requests import Award, Discussion, MergeRequest, Note, Version
from simulators.gitlab.state import State
from simulators.gitlab.views.common import Urls, maybe_stamp, stamp, user_view
from simulators.gitlab.views.runs import pipeline_view, short_pipeline_view


def short_request_view(urls: Urls, state: State, request: MergeRequest) -> Json:
    """API_Entities_MergeRequestBasic, as lists show it."""
    author = user_view(urls, request.author)
    merged, closed = request.state == "merged", request.state == "closed"
    full = f"{request.project.full_path}!{request.iid}"
    return {
        "id": request.id,
        "iid": request.iid,
        "project_id": request.project.id,
        "title": request.title,
        "description": request.description,
        "state": request.state,
        "created_at": stamp(request.created_at),
        "updated_at": stamp(request.updated_at),
        "merged_by": author if merged else None,
        "merge_user": author if merged else None,
        "merged_at": maybe_stamp(request.merged_at),
        "closed_by": author if closed else None,
        "closed_at": maybe_stamp(request.closed_at),
        "target_branch": request.target_branch,
        "source_branch": request.source_branch,
        "user_notes_count": sum(not note.system for note in state.notes_of(request)),
        "upvotes": 0,
        "downvotes": 0,
        "author": author,
        "assignees": [],
        "assignee": None,
        "reviewers": [],
        "source_project_id": request.source.id if request.source else None,
        "target_project_id": request.project.id,
        "labels": [],
        "draft": request.draft,
        "imported": False,
        "imported_from": "none",
        "work_in_progress": request.draft,
        "milestone": None,
        "merge_when_pipeline_succeeds": False,
        "merge_status": "can_be_merged",
        "detailed_merge_status": "draft_status" if request.draft else "mergeable",
        "merge_after": None,
        "sha": request.sha,
        "merge_commit_sha": None,
        "squash_commit_sha": None,
        "discussion_locked": None,
        "should_remove_source_branch": None,
        "force_remove_source_branch": False,
        "prepared_at": stamp(request.created_at),
        "reference": f"!{request.iid}",
        "references": {"short": f"!{request.iid}", "relative": f"!{request.iid}", "full": full},
        "web_url": urls.request(request),
        "time_stats": {
            "time_estimate": 0,
            "total_time_spent": 0,
            "human_time_estimate": None,
            "human_total_time_spent": None,
        },
        "squash": False,
        "squash_on_merge": False,
        "task_completion_status": {"count": 0, "completed_count": 0},
        "has_conflicts": False,
        "blocking_discussions_resolved": True,
    }


def request_view(urls: Urls, state: State, request: MergeRequest) -> Json:
    """API_Entities_MergeRequest."""
    head = state.head_pipeline(request)
    last = request.versions[-1]
    return short_request_view(urls, state, request) | {
        "subscribed": False,
        "changes_count": str(len(request.files)),
        "latest_build_started_at": maybe_stamp(head.created_at if head else None),
        "latest_build_finished_at": maybe_stamp(head.finished_at if head else None),
        "first_deployed_to_production_at": None,
        "pipeline": short_pipeline_view(urls, head) if head else None,
        "head_pipeline": pipeline_view(urls, head) if head else None,
        "diff_refs": {"base_sha": last.base_sha, "head_sha": last.head_sha, "start_sha": last.start_sha},
        "merge_error": None,
        "first_contribution": False,
        "user": {"can_merge": False},
    }


def diff_view(file: ChangedFile) -> Json:
    """API_Entities_Diff."""
    return {
        "diff": file.patch or "",
        "collapsed": False,
        "too_large": file.patch is None,
        "new_path": file.path,
        "old_path": file.previous_path or file.path,
        "a_mode": "0" if file.status == "added" else "100644",
        "b_mode": "0" if file.status == "removed" else "100644",
        "new_file": file.status == "added",
        "renamed_file": file.status == "renamed",
        "deleted_file": file.status == "removed",
        "generated_file": False,
    }


def version_view(request: MergeRequest, version: Version) -> Json:
    """API_Entities_MergeRequestDiff."""
    return {
        "id": version.id,
        "head_commit_sha": version.head_sha,
        "base_commit_sha": version.base_sha,
        "start_commit_sha": version.start_sha,
        "created_at": stamp(version.created_at),
        "merge_request_id": request.id,
        "state": "collected",
        "real_size": str(len(request.files)),
        "patch_id_sha": None,
    }


def note_view(urls: Urls, note: Note) -> Json:
    """A note (GitLab REST, Notes)."""
    request = note.merge_request
    view: Json = {
        "id": note.id,
        "type": note.type,
        "body": note.body,
        "author": user_view(urls, note.author),
        "created_at": stamp(note.created_at),
        "updated_at": stamp(note.updated_at),
        "system": note.system,
        "noteable_id": request.id,
        "noteable_type": "MergeRequest",
        "project_id": request.project.id,
        "resolvable": note.resolvable,
        "confidential": note.internal,
        "internal": note.internal,
        "imported": False,
        "imported_from": "none",
        "noteable_iid": request.iid,
        "commands_changes": {},
    }
    if note.position is not None:
        view["position"] = note.position
    if note.resolvable:
        view["resolved"] = note.resolved_by is not None
        view["resolved_by"] = user_view(urls, note.resolved_by) if note.resolved_by else None
    return view


def discussion_view(urls: Urls, thread: Discussion) -> Json:
    """A discussion (GitLab REST, Discussions)."""
    notes = [note_view(urls, note) for note in thread.notes]
    return {"id": thread.id, "individual_note": thread.individual, "notes": notes}


def award_view(urls: Urls, note: Note, award: Award) -> Json:
    """API_Entities_AwardEmoji."""
    when = stamp(award.created_at)
    return {
        "id": award.id,
        "name": award.name,
        "user": user_view(urls, award.user),
        "created_at": when,
        "updated_at": when,
        "awardable_id": note.id,
        "awardable_type": "Note",
        "url": None,
    }
