"""Webhook deliveries of Gitea and Forgejo: proven, named and read without a call to anybody (Gitea Docs, Webhooks)."""

import hashlib
import re
from collections.abc import Mapping, Sequence

from providers.errors import InvalidSignature, MalformedPayload
from providers.events import CommentAdded, Event, PullRequestChanged
from providers.gitea.payloads import account, pull_request
from providers.interface import Identity
from providers.payloads import Json, child, number, read_object, unwrapped, word
from providers.shapes import repository
from providers.signatures import signed
from providers.values import CommentRef

_EVENT = re.compile(r"[a-z][a-z0-9_]{0,63}")
_ACTIONS = {
    "opened": "opened",
    "synchronized": "synchronize",
    "reopened": "reopened",
    "closed": "closed",
    "edited": "edited",
}


class GiteaWebhooks:
    """Deliveries to the webhooks of repositories; Forgejo sends the headers of Gitea too."""

    kept_headers = frozenset(
        {
            "content-type",
            "user-agent",
            "x-gitea-delivery",
            "x-gitea-event",
            "x-gitea-event-type",
            "x-forgejo-delivery",
            "x-forgejo-event",
            "x-forgejo-event-type",
        }
    )

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> None:
        """Checks `X-Gitea-Signature`, which is there but empty when the hook has no secret.

        What is signed is the JSON, also when it comes as a form.
        """
        try:
            content = unwrapped(headers.get("content-type", ""), body)
        except MalformedPayload as error:
            raise InvalidSignature(str(error)) from error
        if not signed(content, _header(headers, "signature"), secrets):
            raise InvalidSignature("the delivery is not signed with our secret")

    def identify(self, headers: Mapping[str, str], body: bytes) -> Identity:
        """Takes the content for the key, since a delivery that is replayed has a new `X-Gitea-Delivery`."""
        event = _header(headers, "event")
        if not _EVENT.fullmatch(event):
            raise MalformedPayload("X-Gitea-Event is missing or malformed")
        content = unwrapped(headers.get("content-type", ""), body)
        return Identity(event, hashlib.sha256(f"{event}\n".encode() + content).hexdigest())

    def parse(self, event: str, headers: Mapping[str, str], body: bytes) -> Sequence[Event]:
        """Reads what happened; comments in a review come without an id (`reviewed`) and are of no use."""
        payload = read_object(unwrapped(headers.get("content-type", ""), body))
        match event:
            case "issue_comment":
                found = _comment(payload)
            case "pull_request":
                found = _pull_request(payload)
            case _:
                found = None
        return () if found is None else (found,)


def _comment(payload: Json) -> Event | None:
    """A comment that was just written on a pull request; old versions have no `is_pull`."""
    comment, issue, where = child(payload, "comment"), child(payload, "issue"), repository(child(payload, "repository"))
    on_pull = payload.get("is_pull") is True or bool(child(issue, "pull_request"))
    usable = where.id and number(issue, "number") and word(comment, "id")
    if word(payload, "action") != "created" or not on_pull or not usable:
        return None
    return CommentAdded(
        installation="",
        comment=CommentRef(where, number(issue, "number"), word(comment, "id")),
        author=account(child(comment, "user")),
        body=word(comment, "body"),
        open=word(issue, "state") == "open",
    )


def _pull_request(payload: Json) -> Event | None:
    action = _ACTIONS.get(word(payload, "action"))
    found = pull_request(child(payload, "pull_request"), repository(child(payload, "repository")))
    if action is None or found is None or not found.repository.id:
        return None
    return PullRequestChanged(
        installation="", pull_request=found, action=action, sender=account(child(payload, "sender"))
    )


def _header(headers: Mapping[str, str], name: str) -> str:
    return headers.get(f"x-gitea-{name}") or headers.get(f"x-forgejo-{name}", "")
