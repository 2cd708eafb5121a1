"""Webhook deliveries of GitLab: proven, named and read without a call to anybody."""

import base64
import binascii
import hashlib
import hmac
import re
import time
from collections.abc import Callable, Mapping, Sequence

from providers.errors import InvalidSignature, MalformedPayload
from providers.events import (
    CommentAdded,
    Event,
    JobEnded,
    PipelineStarted,
    PullRequestChanged,
    Pushed,
    RepositoryMoved,
    RunChanged,
)
from providers.gitlab.ci import NOT_READ, ci_run
from providers.gitlab.payloads import account, repository, told_merge_request
from providers.interface import Identity
from providers.payloads import Json, child, items, number, read_object, word
from providers.values import Account, CommentKind, CommentRef, Repository

SIGNING = "whsec_"
"""Begins a signing token, as against the secret token that GitLab sends in the clear."""
WINDOW = 300
"""Seconds that a signed delivery may be old, or our clock wrong (Standard Webhooks, Verifying webhook authenticity)."""

_EVENT = re.compile(r"[A-Za-z]+(?: [A-Za-z]+){0,5}")
_DELIVERY = re.compile(r"[0-9A-Za-z_-]{1,100}")
_ACTIONS = {
    "open": "opened",
    "reopen": "reopened",
    "close": "closed",
    "merge": "closed",
    "update": "edited",
    # The page of the hook sends samples without an action.
    "": "edited",
}
_BEGINNING = frozenset({"created", "pending", "running"})
_OVER = frozenset({"success", "failed", "canceled"})
_MOVES = frozenset({"project_rename", "project_transfer"})


class GitlabWebhooks:
    """Deliveries to project and group hooks; `now` is our time in seconds since 1970."""

    kept_headers = frozenset({"content-type", "user-agent", "x-gitlab-event", "x-gitlab-webhook-uuid"})

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> None:
        """Checks `webhook-signature` where a secret is a signing token, else `X-Gitlab-Token` (GitLab Docs, Webhooks).

        A secret that signs is never satisfied by a token: whoever can leave out the signature would choose the proof.
        """
        keys = [secret for secret in secrets if secret.startswith(SIGNING)]
        if keys:
            self._verify_signature(headers, body, keys)
            return
        given = _bytes(headers.get("x-gitlab-token", ""))
        proven = False
        for secret in secrets:
            # All secrets are tried, so that the time does not tell which one fits.
            proven |= bool(secret) and hmac.compare_digest(_digest(secret.encode()), _digest(given))
        if not proven:
            raise InvalidSignature("the delivery does not carry our secret token")

    def identify(self, headers: Mapping[str, str], body: bytes) -> Identity:
        """A resent delivery keeps its `webhook-id` (19) or `Idempotency-Key` (17.4); before, its body must do.

        Of the two, which are equal, only the first is signed.
        """
        event = headers.get("x-gitlab-event", "")
        if not _EVENT.fullmatch(event):
            raise MalformedPayload("X-Gitlab-Event is missing or malformed")
        name = event.lower().removesuffix(" hook").replace(" ", "_")
        told = (headers.get("webhook-id", ""), headers.get("idempotency-key", ""))
        key = next((each for each in told if _DELIVERY.fullmatch(each)), "")
        return Identity(name, key or hashlib.sha256(f"{name}\n".encode() + body).hexdigest())

    def parse(self, event: str, headers: Mapping[str, str], body: bytes) -> Sequence[Event]:
        payload = read_object(body)
        return tuple(each for read in _READERS.get(event, ()) if (each := read(payload)) is not None)

    def _verify_signature(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> None:
        delivery, sent = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        given = [entry[3:] for entry in headers.get("webhook-signature", "")[:4096].split(" ") if entry[:3] == "v1,"]
        message = b".".join((_bytes(delivery), _bytes(sent), body))
        proven = False
        for secret in secrets:
            key = _key(secret)
            digest = base64.b64encode(hmac.new(key, message, hashlib.sha256).digest())
            for signature in given:
                proven |= bool(key) and hmac.compare_digest(digest, _bytes(signature))
        if not proven:
            raise InvalidSignature("the delivery is not signed with our signing token")
        if not re.fullmatch(r"[0-9]{1,15}", sent) or abs(self._now() - int(sent)) > WINDOW:
            raise InvalidSignature("the delivery was not signed just now; or the clocks differ")


def _note(payload: Json) -> Event | None:
    """A comment that was just written on a merge request, for all to see."""
    note, where = child(payload, "object_attributes"), _project(payload)
    subject = child(payload, "merge_request")
    hidden = any(note.get(name) is True for name in ("system", "internal", "confidential"))
    public = word(payload, "object_kind") == "note" and word(payload, "event_type") in ("", "note") and not hidden
    usable = where.id and number(subject, "iid") and word(note, "id")
    if not public or not usable or word(note, "noteable_type") != "MergeRequest" or not _is_new(note):
        return None
    kind = CommentKind.REVIEW if word(note, "type") == "DiffNote" else CommentKind.CONVERSATION
    return CommentAdded(
        installation="",
        comment=CommentRef(where, number(subject, "iid"), word(note, "id"), kind),
        author=_sender(payload, note),
        body=word(note, "note"),
        open=word(subject, "state") not in ("closed", "merged"),
    )


def _is_new(note: Json) -> bool:
    """Before 16.11 there was no `action`, and an edit showed only by its time."""
    action = word(note, "action")
    return action == "create" if action else word(note, "created_at") == word(note, "updated_at")


def _merge_request(payload: Json) -> Event | None:
    data = child(payload, "object_attributes")
    sender, action = _sender(payload, {}), _ACTIONS.get(word(data, "action"))
    found = told_merge_request(data, _project(payload), sender)
    if found is None or action is None or word(payload, "object_kind") != "merge_request":
        return None
    # `oldrev` is there only when the update brought commits.
    pushed = word(data, "action") == "update" and word(data, "oldrev")
    return PullRequestChanged(
        installation="",
        pull_request=found,
        action="synchronize" if pushed else action,
        sender=sender,
    )


def _pipeline(payload: Json) -> Event | None:
    """A merge request's own pipeline that began; those of branches and of statuses such as ours do not count.

    Nothing tells the head where it runs on a merge of head and target: then `head_sha` is the merge.
    """
    data, request = child(payload, "object_attributes"), child(payload, "merge_request")
    began = word(data, "source") == "merge_request_event" and word(data, "status") in _BEGINNING
    where, target = _project(payload), word(request, "target_project_id")
    if target and target != where.id:
        # A fork's pipeline runs in the fork.
        where = Repository(target, "")
    usable = where.id and number(request, "iid") and word(data, "sha")
    if not began or not usable or word(payload, "object_kind") != "pipeline":
        return None
    return PipelineStarted("", where, number(request, "iid"), word(data, "sha"))


def _run(payload: Json) -> Event | None:
    """Any pipeline, but those of statuses alone and those that another one reads as its own."""
    data, request = child(payload, "object_attributes"), child(payload, "merge_request")
    built, target = _project(payload), word(request, "target_project_id")
    where = built if target in ("", built.id) else Repository(target, "")
    if word(payload, "object_kind") != "pipeline" or word(data, "source") in NOT_READ or not built.id:
        return None
    builds, default = items(payload.get("builds")), word(child(payload, "project"), "default_branch")
    run = ci_run(data, builds, None, where, request, built_in=built, default_branch=default)
    return None if run is None else RunChanged("", where, run)


def _job(payload: Json) -> Event | None:
    """Our hooks do not ask for jobs, of which there are many; who switches them on hears of ends sooner."""
    where, pipeline = _project(payload), word(payload, "pipeline_id")
    ended = word(payload, "object_kind") == "build" and word(payload, "build_status") in _OVER
    return JobEnded("", where, pipeline) if ended and where.id and pipeline else None


def _push(payload: Json) -> Event | None:
    """A branch's new head; at most 20 commits are told of, each with the files that it changed."""
    where, sha, ref = _project(payload), word(payload, "after"), word(payload, "ref")
    branch = ref.removeprefix("refs/heads/")
    if word(payload, "object_kind") != "push" or not where.id or branch in ("", ref) or not sha.strip("0"):
        return None
    default = word(child(payload, "project"), "default_branch")
    files = (
        path
        for commit in items(payload.get("commits"))
        for change in ("added", "modified", "removed")
        for path in _texts(commit.get(change))
    )
    return Pushed("", where, branch, sha, branch == default if default else None, tuple(dict.fromkeys(files)))


def _moved(payload: Json) -> Event | None:
    """What hooks of the instance, and of groups where they tell of projects, say (GitLab Docs, System hooks)."""
    where = Repository(word(payload, "project_id"), word(payload, "path_with_namespace"))
    if word(payload, "event_name") not in _MOVES or not where.id or not where.path:
        return None
    return RepositoryMoved("", where)


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


_READERS: Mapping[str, tuple[Callable[[Json], Event | None], ...]] = {
    "note": (_note,),
    "merge_request": (_merge_request,),
    "pipeline": (_pipeline, _run),
    "job": (_job,),
    "push": (_push,),
    "system": (_moved,),
    "project": (_moved,),
}


def _project(payload: Json) -> Repository:
    """Old versions of notes name the project's id beside it."""
    found = repository(child(payload, "project"))
    return found if found.id else Repository(word(payload, "project_id"), found.path)


def _sender(payload: Json, data: Json) -> Account:
    """Old versions leave out the user's id, but a note has its author's."""
    user = child(payload, "user")
    return account(user if word(user, "id") else {**user, "id": word(data, "author_id")})


def _bytes(header: str) -> bytes:
    return header.encode(errors="replace")


def _digest(value: bytes) -> bytes:
    """Makes secrets equally long, since comparing tells when lengths differ."""
    return hashlib.sha256(value).digest()


def _key(secret: str) -> bytes:
    """Decodes a signing token's key; empty when it is no base64."""
    try:
        return base64.b64decode(secret.removeprefix(SIGNING).encode(), validate=True)
    except (binascii.Error, ValueError):
        return b""
