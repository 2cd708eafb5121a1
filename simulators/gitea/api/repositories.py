"""Repositories, rights, files, and what needs no repository (routers/api/v1)."""

from simulators.answers import Answer
from simulators.files import Link, Submodule
from simulators.gitea.answers import GiteaRefusal, NotFound
from simulators.gitea.models import Commit, Json, Repository, Right
from simulators.gitea.routes import Call, Route
from simulators.gitea.views.common import own_user_view, repository_view, user_view
from simulators.gitea.views.git import content_view


def _get(call: Call) -> Answer:
    return Answer(repository_view(call.urls, call.repository, call.right))


def _get_by_id(call: Call) -> Answer:
    repository, account = call.state.repositories.get(call.number("id")), call.actor
    if repository is None or repository.deleted or repository.right_of(account) is Right.NONE:
        raise NotFound
    return Answer(repository_view(call.urls, repository, repository.right_of(account)))


def _permission(call: Call) -> Answer:
    asker, login = call.actor, call.asked.arguments["collaborator"]
    if asker.login != login and call.right < Right.ADMIN:
        raise GiteaRefusal(
            403,
            "Only admins can query all permissions, repo admins can query all repo permissions, "
            "collaborators can query only their own",
        )
    account = call.state.account(login)
    if account is None:
        raise GiteaRefusal(404, f"user does not exist [uid: 0, name: {login}]")
    word = call.repository.right_of(account).word
    return Answer({"permission": word, "role_name": word, "user": user_view(call.urls, account)})


def _content(call: Call) -> Answer:
    ref, commit, path = _file(call)
    content = commit.tree.get(path)
    if content is not None:
        return Answer(content_view(call.urls, call.repository, ref, commit.sha, path, content))
    return Answer(_folder(call, ref, commit, path))


def _folder(call: Call, ref: str, commit: Commit, path: str) -> list[Json]:
    listed: dict[str, Json] = {}
    for name, content in sorted(commit.tree.items()):
        if name.startswith(f"{path}/"):
            first, _, deeper = name.removeprefix(f"{path}/").partition("/")
            whole = content_view(
                call.urls, call.repository, ref, commit.sha, f"{path}/{first}", None if deeper else content
            )
            listed[first] = whole | {"content": None, "encoding": None}
    if not listed:
        raise NotFound(f"object does not exist [id: , rel_path: {path}]")
    return list(listed.values())


def _raw(call: Call) -> Answer:
    _, commit, path = _file(call)
    content = commit.tree.get(path)
    if content is None or isinstance(content, Submodule):
        raise NotFound
    kind = "symlink" if isinstance(content, Link) else "file"
    return Answer(content, headers={"content-type": "text/plain; charset=utf-8", "x-gitea-object-type": kind})


def _file(call: Call) -> tuple[str, Commit, str]:
    ref = call.asked.query.get("ref") or call.repository.default_branch
    commit = call.state.commit(call.repository, ref)
    if commit is None:
        raise NotFound(f"object does not exist [id: {ref}, rel_path: ]")
    return ref, commit, call.asked.arguments["filepath"].strip("/")


def _myself(call: Call) -> Answer:
    return Answer(own_user_view(call.urls, call.actor))


def _mine(call: Call) -> Answer:
    account = call.actor

    def show(repository: Repository) -> Json:
        return repository_view(call.urls, repository, repository.right_of(account))

    living = [repository for repository in call.state.repositories.values() if not repository.deleted]
    mine = [r for r in living if r.owner is account or account.login.lower() in r.rights]
    if call.asked.caller.public_only:
        mine = [repository for repository in mine if not repository.private]
    return call.paged(mine, show)


def _version(call: Call) -> Answer:
    return Answer({"version": call.host.version})


_REPO = "/api/v1/repos/{owner}/{repo}"
_COLLABORATOR = f"{_REPO}/collaborators/{{collaborator}}"
ROUTES = (
    Route("repoGet", f"GET {_REPO}", _get),
    Route("repoGetByID", "GET /api/v1/repositories/{id}", _get_by_id, token=True),
    Route("repoGetRepoPermissions", f"GET {_COLLABORATOR}/permission", _permission, token=True),
    Route("repoGetContents", f"GET {_REPO}/contents/{{filepath:path}}", _content),
    Route("repoGetRawFile", f"GET {_REPO}/raw/{{filepath:path}}", _raw),
    Route("userGetCurrent", "GET /api/v1/user", _myself, ("user",), token=True),
    Route("userCurrentListRepos", "GET /api/v1/user/repos", _mine, ("user", "repository"), token=True),
    Route("getVersion", "GET /api/v1/version", _version, ()),
)
