"""Repositories, rights, files, and what needs no repository (GitHub REST, Repositories, Collaborators, Contents)."""

from simulators.answers import Answer
from simulators.files import Link, Submodule, followed
from simulators.github.answers import Refusal, not_accessible, not_found
from simulators.github.credentials import UserCaller
from simulators.github.models import Json, Repository
from simulators.github.routes import ApiCall, Route
from simulators.github.views.common import account_view, full_repository_view, repository_view
from simulators.github.views.pulls import content_view


def _get(call: ApiCall) -> Answer:
    person = call.caller.account if isinstance(call.caller, UserCaller) else None
    role = call.repository.role_of(person) if person else None
    return Answer(full_repository_view(call.urls, call.repository, role))


def _permission(call: ApiCall) -> Answer:
    account = call.state.account(call.arguments["username"])
    if account is None:
        raise not_found()
    role = call.repository.role_of(account)
    if role.permission == "none":
        raise not_found()
    user = {**account_view(call.urls, account), "role_name": role.role_name}
    return Answer({"permission": role.permission, "role_name": role.role_name, "user": user})


def _is_collaborator(call: ApiCall) -> Answer:
    account = call.state.account(call.arguments["username"])
    named = account is not None and (account is call.repository.owner or account.login.lower() in call.repository.roles)
    if not named:
        raise not_found()
    return Answer(status=204)


def _content(call: ApiCall) -> Answer:
    repository = call.repository
    ref = call.query.get("ref", repository.default_branch)
    commit = call.state.commit(repository, ref)
    if commit is None:
        raise Refusal(404, f"No commit found for the ref {ref}")
    path = call.arguments["path"].strip("/")
    content = commit.tree.get(path)
    if isinstance(content, Link):
        content = followed(commit.tree, path) or content
    if isinstance(content, Link | Submodule):
        kind = "symlink" if isinstance(content, Link) else "submodule"
        return Answer(content_view(call.urls, repository, commit.sha, path, content) | {"type": kind})
    if content is not None:
        if "raw" in call.headers.get("accept", ""):
            return Answer(content, headers={"content-type": "application/vnd.github.raw+json; charset=utf-8"})
        return Answer(content_view(call.urls, repository, commit.sha, path, content))
    return Answer(_directory(call, repository, commit.sha, path, commit.tree))


def _directory(call: ApiCall, repository: Repository, sha: str, path: str, tree: dict[str, bytes]) -> list[Json]:
    listed: dict[str, Json] = {}
    for name, content in sorted(tree.items()):
        if name.startswith(f"{path}/"):
            first, _, deeper = name.removeprefix(f"{path}/").partition("/")
            view = content_view(call.urls, repository, sha, f"{path}/{first}", b"" if deeper else content)
            del view["content"], view["encoding"]
            listed[first] = {**view, "type": "dir", "download_url": None} if deeper else view
    if not listed:
        raise not_found()
    return list(listed.values())


def _myself(call: ApiCall) -> Answer:
    if not isinstance(call.caller, UserCaller):
        raise not_accessible()
    return Answer(account_view(call.urls, call.caller.account))


def _mine(call: ApiCall) -> Answer:
    if not isinstance(call.caller, UserCaller):
        raise not_accessible()
    account = call.caller.account
    living = [r for r in call.state.repositories.values() if not r.deleted]
    mine = [r for r in living if r.owner is account or account.login.lower() in r.roles]
    return call.paged(mine, lambda r: repository_view(call.urls, r))


def _meta(call: ApiCall) -> Answer:
    return Answer(
        {"verifiable_password_authentication": False, "installed_version": "3.17.0", "hooks": ["127.0.0.0/8"]}
    )


def _rate_limit(call: ApiCall) -> Answer:
    name = call.caller.name if call.caller else "nobody"
    core = call.rate_limit.view(name, call.state.now())
    return Answer({"resources": {"core": core, "search": core}, "rate": core})


ROUTES = (
    Route("repos/get", _get, ("metadata",), person="read"),
    Route("repos/get-collaborator-permission-level", _permission, ("metadata",), person="write"),
    Route("repos/check-collaborator", _is_collaborator, ("metadata",), person="write"),
    Route("repos/get-content", _content, ("contents",), person="read"),
    Route("users/get-authenticated", _myself, person="read"),
    Route("repos/list-for-authenticated-user", _mine, person="read"),
    Route("meta/get", _meta, who="anyone"),
    Route("rate-limit/get", _rate_limit, who="anyone"),
)
