"""Webhook payloads made from the state, in the shape of `modules/structs/hook.go`."""

from collections.abc import Callable

from simulators.gitea.models import Account, Comment, Json, PullRequest, Repository, Right
from simulators.gitea.state import State
from simulators.gitea.views.common import Urls, repository_view, user_view
from simulators.gitea.views.git import pushed_commit_view
from simulators.gitea.views.pulls import comment_view, issue_view, pull_view
from simulators.gitea.webhooks import Event

# The event type of a pull request's action, where it is not "pull_request".
_TYPES = {
    "synchronized": "pull_request_sync",
    "label_updated": "pull_request_label",
    "label_cleared": "pull_request_label",
    "assigned": "pull_request_assign",
    "unassigned": "pull_request_assign",
    "milestoned": "pull_request_milestone",
    "demilestoned": "pull_request_milestone",
    "review_requested": "pull_request_review_request",
    "review_request_removed": "pull_request_review_request",
}


class Events:
    """One method an event; `sender` is who did it."""

    def __init__(self, state: State, urls: Callable[[], Urls]) -> None:
        self._state = state
        self._urls = urls

    def pull_request(
        self, action: str, pull: PullRequest, sender: Account | None = None, changes: Json | None = None
    ) -> Event:
        """opened, synchronized, edited, closed (also when merged), reopened, label_updated and so on.

        Nothing tells the head before a push.
        """
        urls, actor = self._urls(), sender or pull.user
        payload: Json = {
            "action": action,
            "number": pull.number,
            "pull_request": pull_view(urls, self._state, pull, actor),
            "requested_reviewer": None,
            "repository": repository_view(urls, pull.repository, pull.repository.right_of(actor)),
            "sender": user_view(urls, actor),
            "commit_id": "",
            "review": None,
        }
        if changes is not None:
            payload["changes"] = changes
        return Event(_TYPES.get(action, "pull_request"), payload, pull.repository)

    def issue_comment(
        self, action: str, comment: Comment, sender: Account | None = None, was: str | None = None
    ) -> Event:
        """created, edited (`was` is the text before) or deleted; also sent for the comments of bots."""
        urls, actor, issue = self._urls(), sender or comment.user, comment.issue
        payload: Json = {"action": action, "issue": issue_view(urls, self._state, issue)}
        if isinstance(issue, PullRequest):
            payload["pull_request"] = pull_view(urls, self._state, issue, actor)
        payload["comment"] = comment_view(urls, comment)
        if was is not None:
            payload["changes"] = {"body": {"from": was}}
        payload |= {
            "repository": repository_view(urls, issue.repository, issue.repository.right_of(actor)),
            "sender": user_view(urls, actor),
            "is_pull": isinstance(issue, PullRequest),
        }
        kind = "pull_request_comment" if isinstance(issue, PullRequest) else "issue_comment"
        return Event(kind, payload, issue.repository)

    def push(
        self, repository: Repository, branch: str, before: str | None = None, sender: Account | None = None
    ) -> Event:
        """A branch moved from `before` (its parent, if not told) to where it is now."""
        urls, after = self._urls(), repository.branches[branch]
        head = repository.commits[after]
        start = before or (head.parents[0] if head.parents else "0" * 40)
        commits = [pushed_commit_view(urls, repository, head)] if start != after else []
        actor = user_view(urls, sender or head.author)
        payload: Json = {
            "ref": f"refs/heads/{branch}",
            "before": start,
            "after": after,
            "compare_url": f"{urls.page(repository)}/compare/{start}...{after}",
            "commits": commits,
            "total_commits": len(commits),
            "head_commit": pushed_commit_view(urls, repository, head),
            "repository": repository_view(urls, repository, Right.OWNER),
            "pusher": actor,
            "sender": actor,
        }
        return Event("push", payload, repository)
