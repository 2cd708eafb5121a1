"""Threads, comments and likes of pull requests (Azure DevOps REST, Pull Request Threads)."""

from collections.abc import Mapping
from typing import Literal

from simulators.answers import Answer
from simulators.azure.answers import AzureRefusal, bad_request, not_found
from simulators.azure.api.pulls import PULL
from simulators.azure.models import Comment, Json, Thread
from simulators.azure.permissions import PULL_REQUEST_CONTRIBUTE
from simulators.azure.routes import ApiCall, Route, listed
from simulators.azure.rules import check_content, check_place, properties
from simulators.azure.views.common import identity_view
from simulators.azure.views.threads import comment_view, thread_view

THREADS = f"{PULL}/threads"
COMMENTS = f"{THREADS}/{{threadId}}/comments"
LIKES = f"{COMMENTS}/{{commentId}}/likes"
_READ = ("vso.code", "vso.threads_full")
_WRITE = ("vso.threads_full", "vso.code_write")
_KINDS: Mapping[str, Literal["text", "codeChange", "system"]] = {
    "text": "text",
    "codeChange": "codeChange",
    "system": "system",
}


def _list(call: ApiCall) -> Answer:
    return listed([thread_view(call.urls, thread) for thread in call.pull.threads.values()])


def _get(call: ApiCall) -> Answer:
    return Answer(thread_view(call.urls, _thread(call)))


def _create(call: ApiCall) -> Answer:
    body = call.body
    comments = body.get("comments") or []
    if not comments:
        raise bad_request("A thread begins with at least one comment.", "ArgumentNullException")
    context, place = body.get("threadContext"), body.get("pullRequestThreadContext")
    check_place(context, place, call.pull)
    for at, comment in enumerate(comments):
        check_content(comment)
        if not 0 <= (comment.get("parentCommentId") or 0) <= at:
            raise bad_request("A comment answers one that stands before it in the thread.")
    thread = call.world.add_thread(
        call.pull,
        status=body.get("status"),
        context=context,
        pull_request_context=place,
        properties=properties(body.get("properties"), {}),
    )
    for comment in comments:
        _write(call, thread, comment)
    return Answer(thread_view(call.urls, thread))


def _update(call: ApiCall) -> Answer:
    thread, body = _thread(call), call.body
    if "comments" in body:
        raise bad_request("Comments are changed by themselves, not with their thread.")
    thread.status = body.get("status") or thread.status
    thread.properties = properties(body.get("properties"), thread.properties)
    thread.updated = call.state.now()
    return Answer(thread_view(call.urls, thread))


def _comments(call: ApiCall) -> Answer:
    return listed([comment_view(call.urls, comment) for comment in _thread(call).comments])


def _comment(call: ApiCall) -> Answer:
    return Answer(comment_view(call.urls, _known(call)))


def _reply(call: ApiCall) -> Answer:
    thread, body = _thread(call), call.body
    check_content(body)
    if not 0 <= (body.get("parentCommentId") or 0) <= len(thread.comments):
        raise bad_request("The comment that is answered does not exist.")
    return Answer(comment_view(call.urls, _write(call, thread, body)))


def _edit(call: ApiCall) -> Answer:
    comment = _own(call)
    content = check_content(call.body)
    call.world.edit_comment(comment, content)
    call.effects.watch(call.actor, content, call.asked.method, call.asked.path)
    return Answer(comment_view(call.urls, comment))


def _delete(call: ApiCall) -> Answer:
    call.world.delete_comment(_own(call))
    return Answer(None)


def _likes(call: ApiCall) -> Answer:
    return listed([identity_view(call.urls, identity) for identity in _known(call).liked])


def _like(call: ApiCall) -> Answer:
    comment = _known(call)
    if call.actor not in comment.liked:
        comment.liked.append(call.actor)
    return Answer(None)


def _unlike(call: ApiCall) -> Answer:
    comment = _known(call)
    if call.actor in comment.liked:
        comment.liked.remove(call.actor)
    return Answer(None)


def _write(call: ApiCall, thread: Thread, body: Json) -> Comment:
    content = check_content(body)
    kind = body.get("commentType") or "text"
    if kind not in _KINDS:
        raise bad_request(f"{kind} is not a type of comment.")
    call.effects.watch(call.actor, content, call.asked.method, call.asked.path)
    parent = body.get("parentCommentId") or 0
    return call.world.add_comment(call.pull, call.actor, content, thread=thread, parent_id=parent, kind=_KINDS[kind])


def _thread(call: ApiCall) -> Thread:
    thread = call.pull.threads.get(call.number("threadId"))
    if thread is None:
        number = call.asked.arguments["threadId"]
        raise not_found("DiscussionThreadNotFoundException", f"The discussion thread {number} could not be found.")
    return thread


def _known(call: ApiCall) -> Comment:
    comments, number = _thread(call).comments, call.number("commentId")
    if not 1 <= number <= len(comments):
        raise not_found("DiscussionCommentNotFoundException", f"The discussion comment {number} could not be found.")
    return comments[number - 1]


def _own(call: ApiCall) -> Comment:
    """Only its author may change a comment."""
    comment = _known(call)
    if comment.deleted:
        raise not_found("DiscussionCommentNotFoundException", f"The discussion comment {comment.id} was deleted.")
    if comment.author is not call.actor:
        message = "The comment can only be changed by its author."
        raise AzureRefusal(403, "DiscussionCommentUpdateNotAllowedException", message)
    return comment


ROUTES = (
    Route("GET", THREADS, _list, _READ),
    Route("POST", THREADS, _create, _WRITE, PULL_REQUEST_CONTRIBUTE),
    Route("GET", f"{THREADS}/{{threadId}}", _get, _READ),
    Route("PATCH", f"{THREADS}/{{threadId}}", _update, _WRITE, PULL_REQUEST_CONTRIBUTE),
    Route("GET", COMMENTS, _comments, _READ),
    Route("POST", COMMENTS, _reply, _WRITE, PULL_REQUEST_CONTRIBUTE),
    Route("GET", f"{COMMENTS}/{{commentId}}", _comment, _READ),
    Route("PATCH", f"{COMMENTS}/{{commentId}}", _edit, _WRITE, PULL_REQUEST_CONTRIBUTE),
    Route("DELETE", f"{COMMENTS}/{{commentId}}", _delete, _WRITE, PULL_REQUEST_CONTRIBUTE),
    Route("GET", LIKES, _likes, _READ),
    Route("POST", LIKES, _like, _WRITE, PULL_REQUEST_CONTRIBUTE),
    Route("DELETE", LIKES, _unlike, _WRITE, PULL_REQUEST_CONTRIBUTE),
)
