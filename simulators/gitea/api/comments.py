"""Comments of issues and pull requests (routers/api/v1/repo/issue_comment.go)."""

from datetime import datetime

from simulators.answers import Answer
from simulators.gitea.answers import GiteaRefusal, NotFound
from simulators.gitea.models import Comment, Right
from simulators.gitea.routes import Call, Route
from simulators.gitea.rules import check_comment
from simulators.gitea.views.pulls import comment_view


def known_comment(call: Call) -> Comment:
    """The comment of the path; one of another repository is 404 without a body."""
    comment = call.state.comments.get(call.number("id"))
    if comment is None:
        raise NotFound(f"comment does not exist [id: {call.number('id')}, issue_id: 0]")
    if comment.issue.repository is not call.repository:
        raise GiteaRefusal(404, "")
    return comment


def _list(call: Call) -> Answer:
    comments = call.state.comments_of(call.issue)
    if since := call.asked.query.get("since"):
        comments = [comment for comment in comments if comment.updated_at >= datetime.fromisoformat(since)]
    if before := call.asked.query.get("before"):
        comments = [comment for comment in comments if comment.updated_at <= datetime.fromisoformat(before)]
    return call.listed(comments, lambda comment: comment_view(call.urls, comment))


def _create(call: Call) -> Answer:
    issue, author = call.issue, call.actor
    check_comment(call.body)
    if issue.locked and call.right < Right.WRITE:
        raise GiteaRefusal(403, "This conversation is locked and limited to collaborators.")
    comment = call.host.world.add_comment(issue, author.login, call.body["body"])
    return Answer(comment_view(call.urls, comment), 201)


def _get(call: Call) -> Answer:
    return Answer(comment_view(call.urls, known_comment(call)))


def _edit(call: Call) -> Answer:
    comment = _changeable(call)
    check_comment(call.body)
    comment.body, comment.updated_at = call.body["body"], call.state.now()
    return Answer(comment_view(call.urls, comment))


def _delete(call: Call) -> Answer:
    del call.state.comments[_changeable(call).id]
    return Answer(status=204)


def _changeable(call: Call) -> Comment:
    comment = known_comment(call)
    if comment.user is not call.actor and call.right < Right.WRITE:
        raise GiteaRefusal(403, "")
    return comment


_ISSUE = "/api/v1/repos/{owner}/{repo}/issues"
ROUTES = (
    Route("issueGetComments", f"GET {_ISSUE}/{{index}}/comments", _list, ("issue",)),
    Route("issueCreateComment", f"POST {_ISSUE}/{{index}}/comments", _create, ("issue",), token=True, archived=False),
    Route("issueGetComment", f"GET {_ISSUE}/comments/{{id}}", _get, ("issue",)),
    Route("issueEditComment", f"PATCH {_ISSUE}/comments/{{id}}", _edit, ("issue",), token=True, archived=False),
    Route("issueDeleteComment", f"DELETE {_ISSUE}/comments/{{id}}", _delete, ("issue",), token=True),
)
