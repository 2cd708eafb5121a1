"""Deliveries of Azure DevOps' service hooks: proven, named and read without a call to anybody."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence

from providers.azure.builds import read_build, read_run, repository_of
from providers.azure.payloads import TEXT, account, body, branch, iso_time, pull_request, repository, untouched
from providers.errors import InvalidSignature, MalformedPayload
from providers.events import (
    CommentAdded,
    Event,
    PullRequestChanged,
    Pushed,
    RepositoriesChanged,
    RepositoryMoved,
    RunChanged,
)
from providers.interface import Identity
from providers.payloads import Json, child, items, number, read_object, word
from providers.values import Account, CommentRef

HEADER = "x-agnox-secret"
"""Carries the secret where Basic can't be used, since Azure DevOps sends that over https only."""
TEST = "00000000-0000-0000-0000-000000000000"
"""The subscription that the Test button sends in the name of."""
RUN_STATE = "ms.vss-pipelines.run-state-changed-event"
PUSH = "git.push"
COMMENT = "ms.vss-code.git-pullrequest-comment-event"

_EVENT = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,99}")
_KEY = re.compile(r"[0-9A-Za-z-]{1,64}")
_THREAD = re.compile(r"/threads/(\d{1,18})(?:/|$)", re.ASCII)


class AzureWebhooks:
    """Deliveries of subscriptions with the consumer "Web Hooks"."""

    kept_headers = frozenset({"content-type", "user-agent", "x-vss-activityid", "x-vss-subscriptionid"})

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> None:
        """Checks the password of Basic authentication (RFC 7617), whoever the user, else the header of ours.

        Azure DevOps signs nothing: who knows the secret may send whatever he likes, so read again what you act on.
        """
        given = (_password(headers.get("authorization", "")), headers.get(HEADER, "").encode(errors="replace"))
        proven = False
        for secret in secrets:
            wanted = hashlib.sha256(secret.encode()).digest()
            for each in given:
                # All are compared, so that the time does not tell which one fits.
                proven |= bool(secret) and hmac.compare_digest(hashlib.sha256(each).digest(), wanted)
        if not proven:
            raise InvalidSignature("the delivery does not carry our secret")

    def identify(self, headers: Mapping[str, str], body: bytes) -> Identity:
        """A retried delivery keeps its `notificationId`, which counts within its subscription."""
        payload = read_object(body)
        event, subscription = word(payload, "eventType"), word(payload, "subscriptionId")
        if not _EVENT.fullmatch(event):
            raise MalformedPayload("`eventType` is missing or malformed")
        # Without a subscription it is a sample from the documentation, which has at least an id.
        keys = (subscription, word(payload, "notificationId")) if subscription else (word(payload, "id"),)
        if not all(_KEY.fullmatch(key) for key in keys):
            raise MalformedPayload("`subscriptionId` or `notificationId` is missing or malformed")
        return Identity(event, ":".join(keys), test=subscription == TEST)

    def parse(self, event: str, headers: Mapping[str, str], body: bytes) -> Sequence[Event]:
        payload = read_object(body)
        if event == PUSH:
            return _pushed(payload)
        read = _READERS.get(event)
        found = read(payload) if read is not None else None
        return () if found is None else (found,)


def _password(authorization: str) -> bytes:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(encoded.strip().encode(errors="replace"), validate=True).partition(b":")[2]
    except binascii.Error:
        return b""


def _opened(payload: Json) -> Event | None:
    return _changed(payload, "opened", account(child(payload, "resource", "createdBy")))


def _updated(payload: Json) -> Event | None:
    """The payload tells neither what changed nor who did it; a push is what makes a difference to us."""
    return _changed(payload, "synchronize")


def _merged(payload: Json) -> Event | None:
    """Attempts to merge are told too; after one that failed the pull request is open as before."""
    return _changed(payload, "edited")


def _changed(payload: Json, action: str, sender: Account | None = None) -> Event | None:
    found = pull_request(child(payload, "resource"), updated_at=iso_time(word(payload, "createdDate")))
    if found is None:
        return None
    return PullRequestChanged("", found, action if found.open else "closed", sender or Account("", ""))


def _commented(payload: Json) -> Event | None:
    """One event tells of new, edited and deleted comments, of likes and of the host's own words."""
    said, pull = child(payload, "resource", "comment"), child(payload, "resource", "pullRequest")
    told = pull_request(pull)
    thread = _thread(said)
    if told is None or not thread or not number(said, "id"):
        return None
    if word(said, "commentType") not in TEXT or said.get("isDeleted") is True or not untouched(said):
        return None
    return CommentAdded(
        installation="",
        comment=CommentRef(told.repository, told.number, f"{thread}/{number(said, 'id')}"),
        author=account(child(said, "author")),
        body=body(word(said, "content")),
        open=told.open,
    )


def _thread(said: Json) -> str:
    """Finds the thread's number in the addresses that are sent along, which are good for nothing else."""
    for name in ("threads", "self"):
        found = _THREAD.search(word(child(said, "_links", name), "href"))
        if found is not None:
            return found[1]
    return ""


def _built(payload: Json) -> Event | None:
    """Version 1.0 of a build tells neither its repository nor its commit."""
    data = child(payload, "resource")
    run = read_build(data)
    return None if run is None else RunChanged("", repository_of(data), run)


def _run_changed(payload: Json) -> Event | None:
    """Tells that a build began, as a run; of its end build.complete tells more."""
    found = read_run(payload)
    return None if found is None else RunChanged("", *found)


def _pushed(payload: Json) -> Sequence[Event]:
    """A push may bring several branches; those that it deletes, and tags, are passed over."""
    resource = child(payload, "resource")
    where, default = repository(child(resource, "repository")), word(child(resource, "repository"), "defaultBranch")
    if not where.id:
        return ()
    return tuple(
        Pushed(
            installation="",
            repository=where,
            branch=branch(word(each, "name")),
            sha=word(each, "newObjectId"),
            default=word(each, "name") == default if default else None,
        )
        for each in items(resource.get("refUpdates"))
        if word(each, "name").startswith("refs/heads/") and word(each, "newObjectId").strip("0")
    )


def _renamed(payload: Json) -> Event | None:
    where = repository(child(payload, "resource", "repository"))
    return RepositoryMoved("", where) if where.id and where.path else None


def _deleted(payload: Json) -> Event | None:
    resource = child(payload, "resource")
    project = child(resource, "project") or child(payload, "resourceContainers", "project")
    told = {"id": resource.get("repositoryId"), "name": resource.get("repositoryName"), "project": project}
    where = repository(told)
    return RepositoriesChanged("", Account("", ""), removed=(where,)) if where.id else None


_READERS: Mapping[str, Callable[[Json], Event | None]] = {
    "git.pullrequest.created": _opened,
    "git.pullrequest.updated": _updated,
    "git.pullrequest.merged": _merged,
    COMMENT: _commented,
    "build.complete": _built,
    RUN_STATE: _run_changed,
    "git.repo.renamed": _renamed,
    "git.repo.deleted": _deleted,
}
