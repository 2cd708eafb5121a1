"""Accounts, repositories and the small things that everything else holds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simulators.gitea.models import Account, Json, Repository, Right

# What Gitea writes for a time that never was.
NEVER = "0001-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the instance is; no slash at the end."""

    base: str = "https://gitea.example"

    def api(self, repository: Repository) -> str:
        """The API URL of a repository."""
        return f"{self.base}/api/v1/repos/{repository.full_name}"

    def page(self, repository: Repository) -> str:
        """The page of a repository."""
        return f"{self.base}/{repository.full_name}"


def stamp(moment: datetime) -> str:
    """A time as an instance that runs in UTC writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def maybe_stamp(moment: datetime | None) -> str | None:
    """A time that may not have come yet."""
    return stamp(moment) if moment is not None else None


def email(account: Account) -> str:
    """The address in commits and answers."""
    return f"{account.login.lower()}@noreply.gitea.example"


def user_view(urls: Urls, account: Account) -> Json:
    """User; nothing tells a bot from a person."""
    return {
        "id": account.id,
        "login": account.login,
        "login_name": "",
        "source_id": 0,
        "full_name": "",
        "email": email(account),
        "avatar_url": f"{urls.base}/avatars/{account.id}",
        "html_url": f"{urls.base}/{account.login}",
        "language": "",
        "is_admin": False,
        "last_login": NEVER,
        "created": stamp(account.created_at),
        "restricted": False,
        "active": False,
        "prohibit_login": False,
        "location": "",
        "website": "",
        "description": "",
        "visibility": "public",
        "followers_count": 0,
        "following_count": 0,
        "starred_repos_count": 0,
        "username": account.login,
    }


def own_user_view(urls: Urls, account: Account) -> Json:
    """User, as the account sees itself."""
    own = {"is_admin": account.admin, "active": True, "language": "en-US", "last_login": stamp(account.created_at)}
    return user_view(urls, account) | own


def repository_view(urls: Urls, repository: Repository, right: Right) -> Json:
    """Repository, with what `right` allows."""
    api, page = urls.api(repository), urls.page(repository)
    view: dict[str, Any] = {
        "id": repository.id,
        "owner": user_view(urls, repository.owner),
        "name": repository.name,
        "full_name": repository.full_name,
        "description": "",
        "empty": False,
        "private": repository.private,
        "fork": repository.parent is not None,
        "template": False,
        "parent": repository_view(urls, repository.parent, right) if repository.parent else None,
        "mirror": False,
        "size": 24,
        "language": "",
        "languages_url": f"{api}/languages",
        "html_url": page,
        "url": api,
        "link": "",
        "ssh_url": f"git@gitea.example:{repository.full_name}.git",
        "clone_url": f"{page}.git",
        "original_url": "",
        "website": "",
        "stars_count": 0,
        "forks_count": 0,
        "watchers_count": 1,
        "open_issues_count": 0,
        "open_pr_counter": 0,
        "release_counter": 0,
        "default_branch": repository.default_branch,
        "archived": repository.archived,
        "created_at": stamp(repository.created_at),
        "updated_at": stamp(repository.created_at),
        "archived_at": NEVER,
        "permissions": {"admin": right >= Right.ADMIN, "push": right >= Right.WRITE, "pull": right >= Right.READ},
        "has_issues": True,
        "internal_tracker": {
            "enable_time_tracker": True,
            "allow_only_contributors_to_track_time": True,
            "enable_issue_dependencies": True,
        },
        "has_wiki": True,
        "has_pull_requests": True,
        "has_projects": True,
        "projects_mode": "all",
        "has_releases": True,
        "has_packages": True,
        "has_actions": False,
        "ignore_whitespace_conflicts": False,
        "allow_merge_commits": True,
        "allow_rebase": True,
        "allow_rebase_explicit": True,
        "allow_squash_merge": True,
        "allow_fast_forward_only_merge": True,
        "allow_rebase_update": True,
        "default_delete_branch_after_merge": False,
        "default_merge_style": "merge",
        "default_allow_maintainer_edit": False,
        "avatar_url": "",
        "internal": False,
        "mirror_interval": "",
        "object_format_name": "sha1",
        "mirror_updated": NEVER,
        "repo_transfer": None,
        "topics": [],
        "licenses": None,
    }
    return view
