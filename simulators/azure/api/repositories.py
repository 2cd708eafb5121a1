"""Projects, repositories, commits and files (Azure DevOps REST, Core and Git)."""

from simulators.answers import Answer
from simulators.azure.answers import bad_request, no_commit, no_project, not_found
from simulators.azure.models import Commit, Json, Repository
from simulators.azure.permissions import READ
from simulators.azure.routes import ApiCall, Route, listed
from simulators.azure.views.common import link, project_view
from simulators.azure.views.git import commit_view, parent_view, repository_view
from simulators.files import Link, Submodule

REPOSITORIES = "{project}/_apis/git/repositories"
ONE = f"{REPOSITORIES}/{{repositoryId}}"
_CODE = ("vso.code",)
_TYPES = {type(None): "tree", Submodule: "commit"}


def _projects(call: ApiCall) -> Answer:
    projects = [project for project in call.state.projects.values() if not project.deleted]
    start, size = call.count("$skip", 0, 10_000), call.count("$top", 100, 1_000)
    start = max(start, call.count("continuationToken", 0, 10_000))
    page = projects[start : start + size]
    more = {"x-ms-continuationtoken": str(start + size)} if start + size < len(projects) else {}
    return listed([project_view(call.urls, project) for project in page], more)


def _project(call: ApiCall) -> Answer:
    name = call.asked.arguments["projectId"]
    project = call.state.project(name)
    if project is None:
        raise no_project(name)
    own = call.urls.project(project)
    more = {"_links": {"self": link(own)}, "defaultTeam": {"id": project.id, "name": f"{project.name} Team"}}
    return Answer(project_view(call.urls, project) | more)


def _list(call: ApiCall) -> Answer:
    project = call.project
    living = [r for r in call.state.repositories.values() if not r.deleted]
    seen = [r for r in living if project in (None, r.project) and call.state.may(call.actor, r, READ)]
    return listed([repository_view(call.urls, repository) for repository in seen])


def _get(call: ApiCall) -> Answer:
    repository = call.repository
    view = repository_view(call.urls, repository)
    if repository.parent is not None:
        view["parentRepository"] = parent_view(call.urls, repository.parent)
    return Answer(view)


def _commit(call: ApiCall) -> Answer:
    return Answer(commit_view(call.urls, call.repository, call.commit))


def _items(call: ApiCall) -> Answer:
    commit = _version(call)
    if (path := call.query.get("path")) is not None:
        return _file(call, commit, path.strip("/"))
    scope = call.query.get("scopePath", "/").strip("/")
    depth = {"none": 0, "onelevel": 1, "onelevelplusnestedemptyfolders": 1, "full": 10_000}
    level = depth[call.query.get("recursionLevel", "none").lower()]
    inside = [path for path in commit.tree if not scope or path == scope or path.startswith(f"{scope}/")]
    if not inside:
        raise _no_item(call, commit, scope)
    found: dict[str, Json] = {scope: _item(call, commit, scope)}
    for path in sorted(inside):
        below = path.removeprefix(scope).strip("/").split("/")
        for length in range(1, min(len(below), level) + 1):
            full = "/".join([*([scope] if scope else []), *below[:length]]) if below != [""] else scope
            found.setdefault(full, _item(call, commit, full))
    return listed(list(found.values()))


def _file(call: ApiCall, commit: Commit, path: str) -> Answer:
    content = commit.tree.get(path)
    if content is None:
        if any(known.startswith(f"{path}/") for known in commit.tree) or not path:
            return Answer(_item(call, commit, path))
        raise _no_item(call, commit, path)
    if isinstance(content, Submodule):
        return Answer(_item(call, commit, path))
    accept, form = call.asked.headers.get("accept", "").lower(), call.query.get("$format", "").lower()
    if form == "json" or ("json" in accept and form == "" and not call.flag("download")):
        view = _item(call, commit, path)
        if call.flag("includeContent"):
            view["content"] = content.decode("utf-8", "replace")
        return Answer(view)
    kind = "text/plain" if form == "text" or "text/plain" in accept else "application/octet-stream"
    return Answer(content, headers={"content-type": kind})


def _item(call: ApiCall, commit: Commit, path: str) -> Json:
    content = commit.tree.get(path)
    view: Json = {
        "objectId": commit.sha[::-1],
        "gitObjectType": _TYPES.get(type(content), "blob"),
        "commitId": commit.sha,
        "path": f"/{path}",
        "url": f"{call.urls.repository(call.repository)}/items/{path}?versionType=Commit&version={commit.sha}",
    }
    if content is None:
        return view | {"isFolder": True}
    return view | {"isSymLink": True} if isinstance(content, Link) else view


def _version(call: ApiCall) -> Commit:
    repository = call.repository
    name = call.query.get("versionDescriptor.version", call.query.get("version"))
    kind = call.query.get("versionDescriptor.versionType", call.query.get("versionType", "branch")).lower()
    if kind not in ("branch", "commit", "tag"):
        raise bad_request(f"{kind} is not a type of version.")
    sha = _sha(repository, kind, name)
    commit = repository.commits.get(sha)
    if commit is None:
        raise no_commit(name or repository.default_branch)
    return commit


def _sha(repository: Repository, kind: str, name: str | None) -> str:
    if name is None:
        return repository.refs.get(repository.default_branch, "")
    if kind == "commit":
        return name
    return repository.refs.get(f"refs/{'heads' if kind == 'branch' else 'tags'}/{name}", "")


def _no_item(call: ApiCall, commit: Commit, path: str) -> Exception:
    return not_found(
        "GitItemNotFoundException",
        f"TF401174: The item '/{path}' could not be found in the repository '{call.repository.name}' at the version "
        f"specified by '<Commit: {commit.sha} >' (resolved to commit '{commit.sha}')",
    )


ROUTES = (
    Route("GET", "_apis/projects", _projects, ("vso.project",)),
    Route("GET", "_apis/projects/{projectId}", _project, ("vso.project",)),
    Route("GET", REPOSITORIES, _list, _CODE),
    Route("GET", ONE, _get, _CODE),
    Route("GET", f"{ONE}/commits/{{commitId}}", _commit, _CODE),
    Route("GET", f"{ONE}/items", _items, _CODE),
)
