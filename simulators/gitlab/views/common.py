"""Users, projects and the small things that everything else holds."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from simulators.gitlab.models import Commit, Json, Member, Namespace, Project, User
from simulators.gitlab.requests import MergeRequest, Note
from simulators.gitlab.roles import Level


@dataclass(frozen=True)
class Urls:
    """Where the instance is, with its relative root if it has one; no slash at the end."""

    web: str = "https://gitlab.com"

    @property
    def api(self) -> str:
        """The root of the REST API."""
        return f"{self.web}/api/v4"

    def page(self, project: Project) -> str:
        """The page of a project."""
        return f"{self.web}/{quote(project.full_path)}"

    def request(self, request: MergeRequest) -> str:
        """The page of a merge request."""
        return f"{self.page(request.project)}/-/merge_requests/{request.iid}"

    def note(self, note: Note) -> str:
        """Where a note stands on that page."""
        return f"{self.request(note.merge_request)}#note_{note.id}"


def stamp(moment: datetime) -> str:
    """A time as the REST API writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def maybe_stamp(moment: datetime | None) -> str | None:
    """A time that may not have come yet."""
    return None if moment is None else stamp(moment)


def user_view(urls: Urls, user: User) -> Json:
    """API_Entities_UserBasic."""
    return {
        "id": user.id,
        "username": user.username,
        "public_email": "",
        "name": user.name,
        "state": user.state,
        "locked": False,
        "avatar_url": None,
        "web_url": f"{urls.web}/{user.username}",
    }


def namespace_view(urls: Urls, space: Namespace) -> Json:
    """API_Entities_NamespaceBasic."""
    page = f"{urls.web}/groups/{space.full_path}" if space.kind == "group" else f"{urls.web}/{space.full_path}"
    return {
        "id": space.id,
        "name": space.name,
        "path": space.path,
        "kind": space.kind,
        "full_path": space.full_path,
        "parent_id": space.parent.id if space.parent else None,
        "avatar_url": None,
        "web_url": page,
    }


def simple_project_view(urls: Urls, project: Project) -> Json:
    """API_Entities_BasicProjectDetails."""
    page = urls.page(project)
    host = urls.web.partition("://")[2].partition("/")[0].partition(":")[0]
    return {
        "id": project.id,
        "description": None,
        "name": project.name,
        "name_with_namespace": f"{project.namespace.name} / {project.name}",
        "path": project.path,
        "path_with_namespace": project.full_path,
        "created_at": stamp(project.created_at),
        "default_branch": project.default_branch,
        "tag_list": [],
        "topics": [],
        "ssh_url_to_repo": f"git@{host}:{project.full_path}.git",
        "http_url_to_repo": f"{page}.git",
        "web_url": page,
        "readme_url": f"{page}/-/blob/{project.default_branch}/README.md",
        "forks_count": 0,
        "avatar_url": None,
        "star_count": 0,
        "last_activity_at": stamp(project.created_at),
        "visibility": project.visibility,
        "namespace": namespace_view(urls, project.namespace),
    }


def project_view(urls: Urls, project: Project, user: User | None) -> Json:
    """API_Entities_ProjectWithAccess, with the caller's own rights if there is a caller."""
    view = simple_project_view(urls, project) | {
        "archived": False,
        "empty_repo": not project.branches,
        "issues_enabled": True,
        "merge_requests_enabled": True,
        "jobs_enabled": True,
        "creator_id": 1,
        "import_status": "none",
        "open_issues_count": 0,
        "ci_config_path": "",
        "public_jobs": True,
        "shared_with_groups": [],
        "only_allow_merge_if_pipeline_succeeds": False,
        "only_allow_merge_if_all_discussions_are_resolved": False,
        "merge_method": "merge",
        "squash_option": "default_off",
    }
    if project.parent is not None and not project.parent.deleted:
        view["forked_from_project"] = simple_project_view(urls, project.parent)
    if user is not None:
        own = project.members.get(user.id)
        view["permissions"] = {
            "project_access": _access(own.level) if own else None,
            "group_access": _access(project.namespace.level_of(user)) if project.namespace.level_of(user) else None,
        }
    return view


def _access(level: Level) -> Json:
    return {"access_level": int(level), "notification_level": 3}


def member_view(urls: Urls, member: Member) -> Json:
    """API_Entities_Member."""
    return user_view(urls, member.user) | {
        "access_level": int(member.level),
        "created_at": stamp(member.created_at),
        "expires_at": None,
        "membership_state": "active",
    }


def commit_view(urls: Urls, project: Project, commit: Commit) -> Json:
    """API_Entities_Commit."""
    when, email = stamp(commit.date), f"{commit.author.username}@users.noreply.example.com"
    return {
        "id": commit.sha,
        "short_id": commit.sha[:8],
        "created_at": when,
        "parent_ids": list(commit.parents),
        "title": commit.title,
        "message": commit.message,
        "author_name": commit.author.name,
        "author_email": email,
        "authored_date": when,
        "committer_name": commit.author.name,
        "committer_email": email,
        "committed_date": when,
        "trailers": {},
        "extended_trailers": {},
        "web_url": f"{urls.page(project)}/-/commit/{commit.sha}",
    }
