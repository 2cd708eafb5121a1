"""Webhook payloads made from the state, in the shape that an app receives them."""

from collections.abc import Callable, Iterable

from simulators.github.actions import WorkflowRun
from simulators.github.models import (
    Account,
    App,
    CheckRun,
    CheckSuite,
    Comment,
    Installation,
    Json,
    PullRequest,
    Repository,
)
from simulators.github.state import State
from simulators.github.views.apps import installation_view
from simulators.github.views.checks import check_run_view, suite_details, suite_reference
from simulators.github.views.common import (
    Urls,
    account_view,
    node_id,
    organization_view,
    repository_view,
    short_repository_view,
    stamp,
)
from simulators.github.views.pulls import comment_view, full_pull_view, issue_view
from simulators.github.views.workflows import run_view
from simulators.github.webhooks import HOOK_ID, Event

NOTHING = "0" * 40


class Events:
    """One method an event; `sender` is who did it."""

    def __init__(self, state: State, app: App, urls: Callable[[], Urls]) -> None:
        self._state = state
        self._app = app
        self._urls = urls

    def ping(self, hook_url: str) -> Event:
        """Sent when the app's webhook is set up."""
        api = f"{self._urls().api}/app/hook"
        created = stamp(self._app.created_at)
        hook = {
            "type": "App",
            "id": HOOK_ID,
            "name": "web",
            "active": True,
            "app_id": self._app.id,
            "events": list(self._app.events),
            "config": {"content_type": "json", "url": hook_url, "insecure_ssl": "0", "secret": "********"},
            "created_at": created,
            "updated_at": created,
            "url": f"{api}/config",
            "ping_url": f"{api}/pings",
            "deliveries_url": f"{api}/deliveries",
        }
        return Event("ping", {"zen": "Design for failure.", "hook_id": HOOK_ID, "hook": hook})

    def installation(self, action: str, installation: Installation) -> Event:
        """created, deleted, suspend, unsuspend or new_permissions_accepted."""
        covered = [r for r in self._state.repositories.values() if installation.covers(r)]
        payload = self._installation_payload(action, installation)
        return Event("installation", payload | {"repositories": [short_repository_view(r) for r in covered]})

    def installation_repositories(
        self, action: str, installation: Installation, repositories: Iterable[Repository]
    ) -> Event:
        """added or removed."""
        changed = [short_repository_view(repository) for repository in repositories]
        payload = self._installation_payload(action, installation) | {
            "repository_selection": installation.selection,
            "repositories_added": changed if action == "added" else [],
            "repositories_removed": changed if action == "removed" else [],
            "requester": None,
        }
        return Event("installation_repositories", payload)

    def pull_request(self, action: str, pull: PullRequest, sender: Account | None = None) -> Event:
        """opened, synchronize, reopened, closed and so on; synchronize tells the heads before and after."""
        payload = {"action": action, "number": pull.number, "pull_request": self._pull(pull)}
        if action == "synchronize":
            payload |= {"before": pull.commits[-2] if len(pull.commits) > 1 else pull.base.sha, "after": pull.head.sha}
        return self._event("pull_request", payload, pull.repository, sender or pull.user)

    def issue_comment(self, action: str, comment: Comment) -> Event:
        """created, edited or deleted; also sent for the comments of bots."""
        urls = self._urls()
        payload = {
            "action": action,
            "issue": issue_view(urls, self._state, comment.issue),
            "comment": comment_view(urls, comment),
        }
        return self._event("issue_comment", payload, comment.issue.repository, comment.user)

    def check_run(self, action: str, run: CheckRun, sender: Account, identifier: str | None = None) -> Event:
        """created, completed, rerequested, or requested_action with the identifier of the button."""
        view = check_run_view(self._urls(), self._state, run)
        view["check_suite"] = suite_reference(self._urls(), self._state, run.suite)
        payload: Json = {"action": action, "check_run": view}
        if identifier is not None:
            payload["requested_action"] = {"identifier": identifier}
        return self._event("check_run", payload, run.suite.repository, sender)

    def check_suite(self, action: str, suite: CheckSuite, sender: Account) -> Event:
        """requested, rerequested (the button "Re-run all checks") or completed."""
        view = suite_details(self._urls(), self._state, suite)
        return self._event("check_suite", {"action": action, "check_suite": view}, suite.repository, sender)

    def workflow_run(self, action: str, run: WorkflowRun) -> Event:
        """requested, in_progress or completed."""
        view = run_view(self._urls(), self._state, run)
        workflow = {"id": view["workflow_id"], "name": run.name, "path": run.path, "state": "active"}
        payload = {"action": action, "workflow_run": view, "workflow": workflow}
        return self._event("workflow_run", payload, run.repository, run.actor)

    def push(self, repository: Repository, branch: str, before: str, files: Iterable[str], sender: Account) -> Event:
        """A branch's new head on top of `before`; an empty `before` is a new branch."""
        urls, after = self._urls(), repository.branches.get(branch, NOTHING)
        commit = repository.commits.get(after)
        known = commit.parents and repository.commits.get(commit.parents[0]) if commit else None
        tree = known.tree if known else {}
        changed = list(files)
        person = {"name": sender.login, "email": f"{sender.login}@users.noreply.github.com", "username": sender.login}
        head = commit and {
            "id": commit.sha,
            "tree_id": commit.sha,
            "distinct": True,
            "message": commit.message,
            "timestamp": stamp(commit.date),
            "url": f"{urls.page(repository)}/commit/{commit.sha}",
            "author": person,
            "committer": person,
            "added": [path for path in changed if path not in tree],
            "removed": [],
            "modified": [path for path in changed if path in tree],
        }
        payload = {
            "ref": f"refs/heads/{branch}",
            "before": before or NOTHING,
            "after": after,
            "pusher": {"name": sender.login, "email": person["email"]},
            "created": not before,
            "deleted": commit is None,
            "forced": False,
            "base_ref": None,
            "compare": f"{urls.page(repository)}/compare/{before[:12]}...{after[:12]}",
            "commits": [head] if head else [],
            "head_commit": head,
        }
        return self._event("push", payload, repository, sender)

    def merge_group(self, action: str, repository: Repository, branch: str, sender: Account) -> Event:
        """checks_requested or destroyed for a branch of the merge queue."""
        sha = repository.branches[branch]
        commit = repository.commits[sha]
        person = {"name": commit.author.login, "email": f"{commit.author.login}@users.noreply.github.com"}
        group = {
            "head_sha": sha,
            "head_ref": f"refs/heads/{branch}",
            "base_sha": commit.parents[0],
            "base_ref": f"refs/heads/{repository.default_branch}",
            "head_commit": {
                "id": sha,
                "tree_id": sha,
                "message": commit.message,
                "timestamp": stamp(commit.date),
                "author": person,
                "committer": person,
            },
        }
        return self._event("merge_group", {"action": action, "merge_group": group}, repository, sender)

    def renamed(self, repository: Repository, before: str) -> Event:
        """repository.renamed; `before` is the old name without its owner."""
        changes = {"repository": {"name": {"from": before}}}
        return self._event("repository", {"action": "renamed", "changes": changes}, repository, repository.owner)

    def _installation_payload(self, action: str, installation: Installation) -> Json:
        urls = self._urls()
        view = installation_view(urls, self._app, installation)
        return {"action": action, "installation": view, "sender": account_view(urls, installation.account)}

    def _pull(self, pull: PullRequest) -> Json:
        view = full_pull_view(self._urls(), self._state, pull)
        for side in ("head", "base"):
            if view[side]["repo"] is not None:
                view[side]["repo"]["custom_properties"] = {}
        return view

    def _event(self, name: str, payload: Json, repository: Repository, sender: Account) -> Event:
        urls = self._urls()
        payload["repository"] = repository_view(urls, repository) | {"custom_properties": {}}
        payload["sender"] = account_view(urls, sender)
        if repository.owner.type == "Organization":
            payload["organization"] = organization_view(urls, repository.owner)
        if (installation := self._state.installation_of(repository)) is not None:
            payload["installation"] = {"id": installation.id, "node_id": node_id("MDIz", installation.id)}
        return Event(name, payload)
