"""Comments of issues and pull requests, and reactions to them (GitHub REST, Issue comments and Reactions)."""

from simulators.answers import Answer
from simulators.github.answers import Refusal, not_accessible, not_found
from simulators.github.credentials import InstallationCaller
from simulators.github.models import Comment, Issue, PullRequest, Reaction
from simulators.github.routes import ApiCall, Route
from simulators.github.rules import check_comment
from simulators.github.views.common import stamp
from simulators.github.views.pulls import comment_view, reaction_view


def _list(call: ApiCall) -> Answer:
    comments = call.state.comments_of(_reachable(call, call.issue, "read"))
    if "since" in call.query:
        comments = [comment for comment in comments if stamp(comment.updated_at) >= call.query["since"]]
    return call.paged(comments, lambda comment: comment_view(call.urls, comment))


def _create(call: ApiCall) -> Answer:
    issue = _reachable(call, call.issue, "write")
    check_comment(call.body)
    now = call.state.now()
    app = call.caller.app if isinstance(call.caller, InstallationCaller) else None
    comment = Comment(call.state.new_id(4_000_000_000), issue, call.actor, call.body["body"], now, now, app)
    call.state.comments[comment.id] = comment
    return Answer(comment_view(call.urls, comment), 201)


def _get(call: ApiCall) -> Answer:
    return Answer(comment_view(call.urls, _known(call, "read")))


def _update(call: ApiCall) -> Answer:
    comment = _own(call)
    check_comment(call.body)
    comment.body, comment.updated_at = call.body["body"], call.state.now()
    return Answer(comment_view(call.urls, comment))


def _delete(call: ApiCall) -> Answer:
    del call.state.comments[_own(call).id]
    return Answer(status=204)


def _reactions(call: ApiCall) -> Answer:
    found = [r for r in _known(call, "read").reactions if call.query.get("content", r.content) == r.content]
    return call.paged(found, lambda reaction: reaction_view(call.urls, reaction))


def _react(call: ApiCall) -> Answer:
    return _add_reaction(call, _known(call, "write"))


def _react_to_review(call: ApiCall) -> Answer:
    return _add_reaction(call, _reviewed(call))


def _get_review(call: ApiCall) -> Answer:
    view = comment_view(call.urls, _reviewed(call))
    # A review comment names no app (GitHub REST, Pull request review comments).
    del view["performed_via_github_app"]
    return Answer(view)


def _reviewed(call: ApiCall) -> Comment:
    comment = call.state.review_comments.get(call.number("comment_id"))
    if comment is None or comment.issue.repository is not call.repository:
        raise not_found()
    return comment


def _add_reaction(call: ApiCall, comment: Comment) -> Answer:
    for reaction in comment.reactions:
        if (reaction.content, reaction.user) == (call.body["content"], call.actor):
            return Answer(reaction_view(call.urls, reaction), 200)
    reaction = Reaction(call.state.new_id(300_000_000), call.body["content"], call.actor, call.state.now())
    comment.reactions.append(reaction)
    return Answer(reaction_view(call.urls, reaction), 201)


def _unreact(call: ApiCall) -> Answer:
    comment = _known(call, "write")
    for reaction in comment.reactions:
        if reaction.id == call.number("reaction_id"):
            if reaction.user is not call.actor:
                raise not_accessible()
            comment.reactions.remove(reaction)
            return Answer(status=204)
    raise not_found()


def _reachable(call: ApiCall, issue: Issue, level: str) -> Issue:
    """`pull_requests` opens the conversation of pull requests only; `issues` opens all."""
    caller = call.caller
    plain = not isinstance(issue, PullRequest)
    if plain and isinstance(caller, InstallationCaller) and not caller.may("issues", level):
        raise not_accessible()
    return issue


def _known(call: ApiCall, level: str) -> Comment:
    comment = call.state.comments.get(call.number("comment_id"))
    if comment is None or comment.issue.repository is not call.repository:
        raise not_found()
    _reachable(call, comment.issue, level)
    return comment


def _own(call: ApiCall) -> Comment:
    comment = _known(call, "write")
    if comment.user is not call.actor and call.repository.role_of(call.actor).permission not in ("admin", "write"):
        raise Refusal(403, "Must have admin rights to Repository.")
    return comment


_CONVERSATION = ("issues", "pull_requests")
ROUTES = (
    Route("issues/list-comments", _list, _CONVERSATION, person="read"),
    Route("issues/create-comment", _create, _CONVERSATION, "write", person="read"),
    Route("issues/get-comment", _get, _CONVERSATION, person="read"),
    Route("issues/update-comment", _update, _CONVERSATION, "write", person="read"),
    Route("issues/delete-comment", _delete, _CONVERSATION, "write", person="read"),
    Route("reactions/list-for-issue-comment", _reactions, _CONVERSATION, person="read"),
    Route("reactions/create-for-issue-comment", _react, _CONVERSATION, "write", person="read"),
    Route("reactions/create-for-pull-request-review-comment", _react_to_review, ("pull_requests",), "write", "read"),
    Route("pulls/get-review-comment", _get_review, ("pull_requests",), person="read"),
    Route("reactions/delete-for-issue-comment", _unreact, _CONVERSATION, "write", person="read"),
)
