"""Reactions to comments (routers/api/v1/repo/issue_reaction.go)."""

from simulators.answers import Answer
from simulators.gitea.answers import GiteaRefusal
from simulators.gitea.api.comments import known_comment
from simulators.gitea.models import Comment, Reaction, Right
from simulators.gitea.routes import Call, Route
from simulators.gitea.rules import check_reaction
from simulators.gitea.views.pulls import reaction_view


def _list(call: Call) -> Answer:
    shown = [reaction_view(call.urls, reaction) for reaction in known_comment(call).reactions]
    # No reactions are null, not an empty list. A body of its own, since no content would mean no body at all.
    return Answer(shown) if shown else Answer(b"null\n", headers={"content-type": "application/json;charset=utf-8"})


def _add(call: Call) -> Answer:
    comment, content = _open(call), str(call.body.get("content", ""))
    check_reaction(content)
    for reaction in comment.reactions:
        if (reaction.content, reaction.user) == (content, call.actor):
            return Answer(reaction_view(call.urls, reaction), 200)
    reaction = Reaction(content, call.actor, call.state.now())
    comment.reactions.append(reaction)
    return Answer(reaction_view(call.urls, reaction), 201)


def _remove(call: Call) -> Answer:
    comment, content = _open(call), call.body.get("content")
    comment.reactions[:] = [r for r in comment.reactions if (r.content, r.user) != (content, call.actor)]
    return Answer(status=200)


def _open(call: Call) -> Comment:
    comment = known_comment(call)
    if comment.issue.locked and call.right < Right.WRITE:
        raise GiteaRefusal(403, "no permission to change reaction")
    return comment


_PLACE = "/api/v1/repos/{owner}/{repo}/issues/comments/{id}/reactions"
ROUTES = (
    Route("issueGetCommentReactions", f"GET {_PLACE}", _list, ("issue",)),
    Route("issuePostCommentReaction", f"POST {_PLACE}", _add, ("issue",), token=True),
    Route("issueDeleteCommentReaction", f"DELETE {_PLACE}", _remove, ("issue",), token=True),
)
