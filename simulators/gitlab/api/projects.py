"""Projects, their members and files (GitLab REST, Projects, Members, Repository files)."""

import hashlib

from simulators.answers import Answer
from simulators.files import Submodule, mode_of
from simulators.gitlab.answers import bad_request, not_found
from simulators.gitlab.models import Json, Member
from simulators.gitlab.roles import Level
from simulators.gitlab.routes import ApiCall, Route, below
from simulators.gitlab.views.common import member_view, project_view, simple_project_view


def _list(call: ApiCall) -> Answer:
    user, wanted = call.user, call.query.get("min_access_level", "0")
    if not wanted.isdecimal():
        raise bad_request("min_access_level is invalid", violation=True)
    projects = [p for p in call.state.projects.values() if not p.deleted and p.visible_to(user)]
    if call.query.get("membership", "") in ("true", "1") or int(wanted):
        projects = [p for p in projects if p.level_of(user) >= max(int(wanted), Level.GUEST)]
    key = "last_activity_at" if call.query.get("order_by") == "last_activity_at" else "id"
    down = call.query.get("sort", "desc") == "desc"
    projects.sort(key=lambda p: (p.created_at if key != "id" else p.id, p.id), reverse=down)
    if call.query.get("simple", "") in ("true", "1"):
        return call.paged(projects, lambda p: simple_project_view(call.urls, p))
    return call.paged(projects, lambda p: project_view(call.urls, p, user))


def _get(call: ApiCall) -> Answer:
    user = call.asked.caller.user if call.asked.caller else None
    return Answer(project_view(call.urls, call.project, user))


def _member(call: ApiCall) -> Answer:
    member = call.project.member(call.number("user_id"))
    if member is None:
        raise not_found("Member")
    return Answer(member_view(call.urls, member))


def _members(call: ApiCall) -> Answer:
    everybody = (call.project.member(number) for number in call.state.users)
    members = [member for member in everybody if member is not None]
    asked = call.query.get("query", "").lower()
    ids = {value for name, value in call.asked.query.multi_items() if name in ("user_ids", "user_ids[]")}
    found = [m for m in members if _named(m, asked) and (not ids or str(m.user.id) in ids)]
    return call.paged(found, lambda member: member_view(call.urls, member))


def _named(member: Member, asked: str) -> bool:
    return asked in member.user.username.lower() or asked in member.user.name.lower()


def _raw(call: ApiCall) -> Answer:
    commit = call.state.commit(call.project, call.query.get("ref", "HEAD").replace("HEAD", call.project.default_branch))
    if commit is None:
        raise not_found("Commit")
    content = commit.tree.get(call.asked.arguments["file_path"])
    if content is None:
        raise not_found("File")
    name = call.asked.arguments["file_path"].rpartition("/")[2]
    headers = {
        "content-type": "text/plain; charset=utf-8",
        "x-gitlab-commit-id": commit.sha,
        "x-gitlab-file-name": name.encode("ascii", "replace").decode(),
        "x-gitlab-size": str(len(content)),
    }
    return Answer(b"" if isinstance(content, Submodule) else content, headers=headers)


def _tree(call: ApiCall) -> Answer:
    commit = call.state.commit(call.project, call.query.get("ref", call.project.default_branch))
    if commit is None:
        raise not_found("Tree")
    folder = call.query.get("path", "")
    start = f"{folder}/" if folder else ""
    inside = {path.removeprefix(start): content for path, content in commit.tree.items() if path.startswith(start)}
    if not inside and folder:
        raise not_found("invalid revision or path")
    folders = sorted({path.partition("/")[0] for path in inside if "/" in path})
    entries = [(name, "tree", "040000") for name in folders]
    # Folders come first, then all that is none (GitLab REST, Repositories).
    for name, content in sorted(inside.items()):
        if "/" not in name:
            entries.append((name, "commit" if isinstance(content, Submodule) else "blob", mode_of(content)))
    return call.paged(entries, lambda entry: _entry_view(f"{start}{entry[0]}", *entry))


def _entry_view(path: str, name: str, kind: str, mode: str) -> Json:
    sha = hashlib.sha1(path.encode(), usedforsecurity=False).hexdigest()
    return {"id": sha, "name": name, "type": kind, "path": path, "mode": mode}


_on = below("/projects/{id}")
ROUTES = (
    Route("GET /projects", _list),
    _on("GET ", _get, level=Level.GUEST),
    _on("GET /members/all", _members, level=Level.GUEST),
    _on("GET /members/all/{user_id}", _member, level=Level.GUEST),
    _on("GET /repository/files/{file_path}/raw", _raw),
    _on("GET /repository/tree", _tree),
)
