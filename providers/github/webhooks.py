"""Webhook deliveries of GitHub: proven, named and read without a call to anybody."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from providers.errors import InvalidSignature, MalformedPayload
from providers.events import (
    CommentAdded,
    Event,
    InstallationAction,
    InstallationChanged,
    PullRequestChanged,
    RepositoriesChanged,
    RerunRequested,
)
from providers.github import ci_events
from providers.github.ci_events import installation_id
from providers.github.payloads import account
from providers.interface import Identity
from providers.payloads import Json, child, number, read_object, unwrapped, word
from providers.shapes import pull_request, repositories, repository
from providers.signatures import signed
from providers.values import CommentKind, CommentRef

_EVENT = re.compile(r"[a-z][a-z0-9_]{0,63}")
_DELIVERY = re.compile(r"[0-9A-Za-z-]{1,100}")
_KEPT = frozenset(
    {
        "content-type",
        "user-agent",
        "x-github-event",
        "x-github-delivery",
        "x-github-hook-id",
        "x-github-hook-installation-target-id",
        "x-github-hook-installation-target-type",
        "x-github-enterprise-host",
        "x-github-enterprise-version",
    }
)
_INSTALLATION_ACTIONS = {
    "created": InstallationAction.CREATED,
    "deleted": InstallationAction.DELETED,
    "suspend": InstallationAction.SUSPENDED,
    "unsuspend": InstallationAction.UNSUSPENDED,
    "new_permissions_accepted": InstallationAction.PERMISSIONS_ACCEPTED,
}


class GithubWebhooks:
    """Deliveries to a GitHub App; `app_id` tells our check runs from those of other apps."""

    def __init__(self, app_id: str = "") -> None:
        self._app_id = app_id

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> None:
        """Checks `X-Hub-Signature-256` and never the one with SHA-1 (GitHub Docs, Validating webhook deliveries)."""
        algorithm, _, signature = headers.get("x-hub-signature-256", "").partition("=")
        if algorithm != "sha256" or not signed(body, signature, secrets):
            raise InvalidSignature("the delivery is not signed with our secret")

    def identify(self, headers: Mapping[str, str], body: bytes) -> Identity:
        """A redelivery keeps its GUID, so that is the key."""
        event, delivery = headers.get("x-github-event", ""), headers.get("x-github-delivery", "")
        if not _EVENT.fullmatch(event) or not _DELIVERY.fullmatch(delivery):
            raise MalformedPayload("X-GitHub-Event or X-GitHub-Delivery is missing or malformed")
        return Identity(event, delivery)

    @property
    def kept_headers(self) -> frozenset[str]:
        return _KEPT

    def parse(self, event: str, headers: Mapping[str, str], body: bytes) -> Sequence[Event]:
        payload = read_object(unwrapped(headers.get("content-type", ""), body))
        match event:
            case "installation":
                found = _installation(payload)
            case "installation_repositories":
                found = _repositories(payload)
            case "pull_request":
                found = _pull_request(payload)
            case "check_run":
                found = self._check_run(payload)
            case "check_suite":
                found = ci_events.suite_changed(payload, self._app_id)
            case "workflow_run":
                found = ci_events.run_changed(payload)
            case "push":
                found = ci_events.pushed(payload)
            case "merge_group":
                found = ci_events.merge_group(payload)
            case "repository":
                found = ci_events.repository_moved(payload)
            case "installation_target":
                found = _renamed(payload)
            case "issue_comment":
                found = _comment(payload, child(payload, "issue"), CommentKind.CONVERSATION)
            case "pull_request_review_comment":
                found = _comment(payload, child(payload, "pull_request"), CommentKind.REVIEW)
            case _:
                found = None
        return () if found is None else (found,)

    def _check_run(self, payload: Json) -> Event | None:
        run = child(payload, "check_run")
        asked = word(payload, "action") in ("rerequested", "requested_action")
        ours = bool(self._app_id) and word(child(run, "app"), "id") == self._app_id
        where = repository(child(payload, "repository"))
        if not asked or not ours or not where.id:
            return None
        return RerunRequested(
            installation=installation_id(payload),
            repository=where,
            head_sha=word(run, "head_sha"),
            key=word(run, "external_id"),
            sender=account(child(payload, "sender")),
            action=word(child(payload, "requested_action"), "identifier"),
        )


def _comment(payload: Json, subject: Json, kind: CommentKind) -> Event | None:
    """An issue has `pull_request` only if it is one (GitHub Docs, Webhook events, issue_comment)."""
    comment, where = child(payload, "comment"), repository(child(payload, "repository"))
    on_pull = kind is CommentKind.REVIEW or bool(child(subject, "pull_request"))
    if word(payload, "action") != "created" or not on_pull or not where.id or not word(comment, "id"):
        return None
    author = account(child(comment, "user"))
    by_app = bool(child(comment, "performed_via_github_app"))
    return CommentAdded(
        installation=installation_id(payload),
        comment=CommentRef(where, number(subject, "number"), word(comment, "id"), kind),
        author=replace(author, bot=author.bot or by_app),
        body=word(comment, "body"),
        open=word(subject, "state") == "open",
    )


def _installation(payload: Json) -> Event | None:
    action = _INSTALLATION_ACTIONS.get(word(payload, "action"))
    granted = child(payload, "installation")
    if action is None or not word(granted, "id"):
        return None
    permissions = child(granted, "permissions")
    listed = "repositories" in payload
    return InstallationChanged(
        action=action,
        installation=word(granted, "id"),
        account=account(child(granted, "account")),
        account_type=word(child(granted, "account"), "type"),
        permissions=tuple(sorted((name, word(permissions, name)) for name in permissions)),
        repositories=repositories(payload["repositories"]) if listed else None,
    )


def _repositories(payload: Json) -> Event | None:
    granted = child(payload, "installation")
    if not word(granted, "id"):
        return None
    return RepositoriesChanged(
        installation=word(granted, "id"),
        account=account(child(granted, "account")),
        added=repositories(payload.get("repositories_added")),
        removed=repositories(payload.get("repositories_removed")),
    )


def _renamed(payload: Json) -> Event | None:
    """Of `installation_target`: the account has another name, and with it the paths of all its repositories."""
    owner = account(child(payload, "account"))
    if word(payload, "action") != "renamed" or not installation_id(payload) or not owner.login:
        return None
    return RepositoriesChanged(installation=installation_id(payload), account=owner)


def _pull_request(payload: Json) -> Event | None:
    data = child(payload, "pull_request")
    found = pull_request(data, repository(child(payload, "repository")))
    if found is None or not found.repository.id:
        return None
    return PullRequestChanged(
        installation=installation_id(payload),
        pull_request=found,
        action=word(payload, "action"),
        sender=account(child(payload, "sender")),
    )
