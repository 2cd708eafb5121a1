"""Accounts, repositories and the small things that everything else holds."""

import base64
from dataclasses import dataclass
from datetime import datetime

from simulators.github.models import Account, Json, Repository, Role


@dataclass(frozen=True)
class Urls:
    """Where the REST API and the pages are."""

    api: str = "https://api.github.com"
    html: str = "https://github.com"

    def repo(self, repository: Repository) -> str:
        """The API URL of a repository."""
        return f"{self.api}/repos/{repository.full_name}"

    def page(self, repository: Repository) -> str:
        """The page of a repository."""
        return f"{self.html}/{repository.full_name}"


def stamp(moment: datetime) -> str:
    """A time as GitHub writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def maybe_stamp(moment: datetime | None) -> str | None:
    """A time that may not have come yet."""
    return None if moment is None else stamp(moment)


def node_id(kind: str, number: int) -> str:
    """The GraphQL name of a thing."""
    return f"{kind}_{base64.urlsafe_b64encode(number.to_bytes(8, 'big')).decode().rstrip('=')}"


def account_view(urls: Urls, account: Account) -> Json:
    """simple-user."""
    url = f"{urls.api}/users/{account.login.replace('[', '%5B').replace(']', '%5D')}"
    page = account.login.removesuffix("[bot]")
    return {
        "login": account.login,
        "id": account.id,
        "node_id": node_id({"Bot": "BOT", "Organization": "O"}.get(account.type, "U"), account.id),
        "avatar_url": f"https://avatars.githubusercontent.com/u/{account.id}?v=4",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{urls.html}/apps/{page}" if account.type == "Bot" else f"{urls.html}/{page}",
        "followers_url": f"{url}/followers",
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{url}/subscriptions",
        "organizations_url": f"{url}/orgs",
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events{{/privacy}}",
        "received_events_url": f"{url}/received_events",
        "type": account.type,
        "site_admin": False,
    }


def organization_view(urls: Urls, account: Account) -> Json:
    """The organization that webhooks name beside the repository."""
    url = f"{urls.api}/orgs/{account.login}"
    return {
        "login": account.login,
        "id": account.id,
        "node_id": node_id("O", account.id),
        "url": url,
        **{f"{name}_url": f"{url}/{name}" for name in ("repos", "events", "hooks", "issues")},
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "avatar_url": f"https://avatars.githubusercontent.com/u/{account.id}?v=4",
        "description": "",
    }


# name:suffix where the path is the name and a suffix, name=path otherwise
_REPOSITORY_LINKS = (
    "archive={archive_format}{/ref} assignees:{/user} blobs=git/blobs{/sha} branches:{/branch} "
    "collaborators:{/collaborator} comments:{/number} commits:{/sha} compare:/{base}...{head} contents:/{+path} "
    "contributors: deployments: downloads: events: forks: git_commits=git/commits{/sha} git_refs=git/refs{/sha} "
    "git_tags=git/tags{/sha} hooks: issue_comment=issues/comments{/number} issue_events=issues/events{/number} "
    "issues:{/number} keys:{/key_id} labels:{/name} languages: merges: milestones:{/number} "
    "notifications:{?since,all,participating} pulls:{/number} releases:{/id} stargazers: statuses:/{sha} "
    "subscribers: subscription: tags: teams: trees=git/trees{/sha}"
)


def _repository_links(url: str) -> Json:
    links = {}
    for link in _REPOSITORY_LINKS.split():
        whole, _, path = link.partition("=")
        name, _, suffix = link.partition(":")
        links[f"{whole if path else name}_url"] = f"{url}/{path or name + suffix}"
    return links


def repository_view(urls: Urls, repository: Repository) -> Json:
    """The repository that lists, webhooks and pull requests hold."""
    url, page = urls.repo(repository), urls.page(repository)
    created = stamp(repository.created_at)
    counts = ("size", "stargazers_count", "watchers_count", "forks_count", "open_issues_count")
    return {
        "id": repository.id,
        "node_id": node_id("R", repository.id),
        "name": repository.name,
        "full_name": repository.full_name,
        "private": repository.private,
        "owner": account_view(urls, repository.owner),
        "html_url": page,
        "description": None,
        "fork": repository.parent is not None,
        "url": url,
        **_repository_links(url),
        "created_at": created,
        "updated_at": created,
        "pushed_at": created,
        "git_url": page.replace("https:", "git:").replace("http:", "git:") + ".git",
        "ssh_url": f"git@github.com:{repository.full_name}.git",
        "clone_url": f"{page}.git",
        "svn_url": page,
        "homepage": None,
        **dict.fromkeys((*counts, "forks", "open_issues", "watchers"), 0),
        "language": None,
        **dict.fromkeys(("has_issues", "has_projects", "has_downloads", "has_wiki"), True),
        **dict.fromkeys(("has_pages", "archived", "disabled", "is_template", "web_commit_signoff_required"), False),
        "has_discussions": False,
        "allow_forking": True,
        "mirror_url": None,
        "license": None,
        "topics": [],
        "visibility": "private" if repository.private else "public",
        "default_branch": repository.default_branch,
    }


def full_repository_view(urls: Urls, repository: Repository, role: Role | None) -> Json:
    """full-repository, with the caller's own right if a person asks."""
    view = {**repository_view(urls, repository), "network_count": 0, "subscribers_count": 0}
    if role is not None:
        rights = {"admin": 5, "maintain": 4, "write": 3, "triage": 2, "read": 1}
        rank = max(rights.get(role.role_name, 0), rights.get(role.permission, 0))
        names = ("pull", "triage", "push", "maintain", "admin")
        view["permissions"] = {name: rank > at for at, name in enumerate(names)}
    if repository.parent is not None:
        view["parent"] = view["source"] = repository_view(urls, repository.parent)
    return view


def short_repository_view(repository: Repository) -> Json:
    """What the installation events say of a repository."""
    return {
        "id": repository.id,
        "node_id": node_id("R", repository.id),
        "name": repository.name,
        "full_name": repository.full_name,
        "private": repository.private,
    }
