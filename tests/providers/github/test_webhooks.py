"""The inbound half: proof, name and meaning of deliveries."""

import hashlib
import hmac
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from providers.github.webhooks import GithubWebhooks
from providers.values import Account, CommentRef, Repository

DATA = Path(__file__).parents[2] / "data" / "github"
PAYLOADS = sorted(path.name for path in DATA.glob("*.json"))
HOOKS = GithubWebhooks("29310")
READ = (
    "check_suite.rerequested",
    "installation.",
    "installation_repositories",
    "installation_target",
    "issue_comment.created.on-pr",
    "merge_group.checks_requested",
    "pull_request.",
    "pull_request_review_comment.created",
    "push.5",
    "repository",
    "workflow_run",
)
BODY = b'{"zen":"Keep it logically awesome."}'


def signed(body: bytes, secret: str) -> dict[str, str]:
    return {"x-hub-signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def load(name: str) -> Any:
    return json.loads((DATA / name).read_bytes())


def parse(event: str, payload: object, hooks: GithubWebhooks = HOOKS) -> list[Event]:
    return list(hooks.parse(event, {"content-type": "application/json"}, json.dumps(payload).encode()))


def test_verify_takes_any_of_our_secrets() -> None:
    for secret in ("new", "old", "sécret"):
        HOOKS.verify(signed(BODY, secret), BODY, ["new", "old", "sécret"])


def test_verify_knows_githubs_own_example() -> None:
    given = {"x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"}
    HOOKS.verify(given, b"Hello, World!", ["It's a Secret to Everybody"])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-hub-signature-256": ""},
        {"x-hub-signature-256": "sha256="},
        {"x-hub-signature-256": "sha256=é"},
        {"x-hub-signature-256": "sha256=\ud800"},
        {"x-hub-signature-256": signed(BODY, "s")["x-hub-signature-256"].upper()},
        {"x-hub-signature-256": signed(BODY, "s")["x-hub-signature-256"].removeprefix("sha256=")},
        {"x-hub-signature": "sha1=" + hmac.new(b"s", BODY, hashlib.sha1).hexdigest()},
        signed(BODY, "other"),
        signed(BODY + b" ", "s"),
    ],
)
def test_verify_refuses(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidSignature):
        HOOKS.verify(headers, BODY, ["s"])


@pytest.mark.parametrize("secrets", [[], [""]])
def test_verify_refuses_without_a_secret(secrets: list[str]) -> None:
    with pytest.raises(InvalidSignature):
        HOOKS.verify(signed(BODY, ""), BODY, secrets)


def test_identify() -> None:
    guid = "72d3162e-cc78-11e3-81ab-4c9367dc0958"
    found = HOOKS.identify({"x-github-event": "check_run", "x-github-delivery": guid}, b"")
    assert (found.event, found.dedupe_key) == ("check_run", guid)
    for headers in (
        {},
        {"x-github-event": "ping"},
        {"x-github-delivery": guid},
        {"x-github-event": "a b", "x-github-delivery": guid},
        {"x-github-event": "ping", "x-github-delivery": "\n"},
    ):
        with pytest.raises(MalformedPayload):
            HOOKS.identify(headers, b"")


@pytest.mark.parametrize("name", PAYLOADS)
def test_every_sample_is_read(name: str) -> None:
    event = name.partition(".")[0]
    body = (DATA / name).read_bytes()
    found = HOOKS.parse(event, {"content-type": "application/json"}, body)
    form = urlencode({"payload": body.decode()}).encode()
    assert HOOKS.parse(event, {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}, form) == found
    assert len(found) == name.startswith(READ)


def test_pull_request() -> None:
    payload = load("pull_request.opened.fork.json")
    [event] = parse("pull_request", payload)
    assert isinstance(event, PullRequestChanged)
    pull, raw = event.pull_request, payload["pull_request"]
    assert (pull.number, pull.head_sha, pull.base_sha) == (raw["number"], raw["head"]["sha"], raw["base"]["sha"])
    assert (pull.head_ref, pull.base_ref, pull.title) == (raw["head"]["ref"], raw["base"]["ref"], raw["title"])
    assert pull.repository == Repository(str(payload["repository"]["id"]), payload["repository"]["full_name"])
    assert (pull.from_fork, pull.open, pull.draft, event.action) == (True, True, False, "opened")
    assert event.sender == Account(str(payload["sender"]["id"]), payload["sender"]["login"])
    assert event.pull_request.updated_at == raw["updated_at"]

    raw["head"]["repo"] = None
    [gone] = parse("pull_request", payload)
    assert isinstance(gone, PullRequestChanged)
    assert gone.pull_request.from_fork

    [closed] = parse("pull_request", load("pull_request.closed.1.json"))
    assert isinstance(closed, PullRequestChanged)
    assert not closed.pull_request.open


def test_installation() -> None:
    payload = load("installation.created.1.json")
    [event] = parse("installation", payload)
    assert isinstance(event, InstallationChanged)
    assert (event.action, event.installation) == (InstallationAction.CREATED, "957387")
    assert (event.account.login, event.account_type) == ("Codertocat", "User")
    assert dict(event.permissions)["checks"] == "write"
    assert event.repositories == (Repository("186853002", "Codertocat/Hello-World"),)
    del payload["repositories"]
    [event] = parse("installation", payload)
    assert isinstance(event, InstallationChanged)
    assert event.repositories is None
    actions = [parse("installation", {**payload, "action": name}) for name in ("suspend", "unsuspend", "unheard_of")]
    assert [len(found) for found in actions] == [1, 1, 0]


def test_installation_repositories() -> None:
    [event] = parse("installation_repositories", load("installation_repositories.removed.1.json"))
    assert isinstance(event, RepositoriesChanged)
    assert not event.added
    assert event.removed


@pytest.mark.parametrize(
    ("name", "action"),
    [("check_run.requested_action.agnox.json", "agnox_rerun_failed"), ("check_run.rerequested.1.json", "")],
)
def test_check_run_of_ours_only(name: str, action: str) -> None:
    payload = load(name)
    run = payload["check_run"]
    ours = GithubWebhooks(str(run["app"]["id"]))
    [event] = parse("check_run", payload, ours)
    assert isinstance(event, RerunRequested)
    expected = payload.get("requested_action", {}).get("identifier", "")
    assert (event.head_sha, event.key, event.action) == (run["head_sha"], run["external_id"], expected)
    assert event.sender.login == payload["sender"]["login"]
    assert parse("check_run", payload) == []
    assert parse("check_run", payload, GithubWebhooks()) == []
    assert parse("check_run", {**payload, "action": "completed"}, ours) == []


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b""),
        ("application/json", b"{"),
        ("application/json", b"[]"),
        ("application/json", b"\xff"),
        ("application/json", b"[" * 100_000),
        ("application/x-www-form-urlencoded", b"x=1"),
        ("application/x-www-form-urlencoded", b"payload=%7B"),
        ("application/x-www-form-urlencoded", b"\xff"),
        ("application/x-www-form-urlencoded", b"a&" * 100),
    ],
)
def test_what_cannot_be_read_is_malformed(content_type: str, body: bytes) -> None:
    with pytest.raises(MalformedPayload):
        HOOKS.parse("ping", {"content-type": content_type}, body)


EVENTS = [
    "check_run",
    "check_suite",
    "installation",
    "installation_repositories",
    "installation_target",
    "merge_group",
    "pull_request",
    "push",
    "repository",
    "workflow_run",
]
FIELDS = st.sampled_from(
    [
        "action",
        "installation",
        "id",
        "account",
        "pull_request",
        "head",
        "base",
        "repo",
        "sha",
        "number",
        "check_run",
        "check_suite",
        "workflow_run",
        "merge_group",
        "app",
        "head_sha",
        "head_ref",
        "commits",
        "added",
        "ref",
        "after",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=5) | st.just(29310),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=5),
    max_leaves=20,
)


@given(
    st.sampled_from(EVENTS),
    st.dictionaries(FIELDS, JSON),
)
def test_missing_and_odd_fields_do_no_harm(event: str, payload: dict[str, object]) -> None:
    assert len(parse(event, payload)) <= 1


def test_the_door_loads_neither_client_nor_keys() -> None:
    code = (
        "import sys, providers.github; providers.github.GithubHost({'app_id': '1'}).webhooks; "
        "print([m for m in ('gidgethub', 'httpx2', 'jwt', 'cryptography', 'asyncio') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_comments() -> None:
    payload = load("issue_comment.created.on-pr.command.json")
    [event] = parse("issue_comment", payload)
    assert isinstance(event, CommentAdded)
    raw, where = payload["comment"], payload["repository"]
    ref = CommentRef(Repository(str(where["id"]), where["full_name"]), payload["issue"]["number"], str(raw["id"]))
    assert (event.comment, event.body, event.open) == (ref, raw["body"], True)
    assert event.author == Account(str(raw["user"]["id"]), raw["user"]["login"])
    [ours] = parse("issue_comment", load("issue_comment.created.on-pr.own-bot.json"))
    assert isinstance(ours, CommentAdded)
    assert ours.author.bot
    payload["comment"]["performed_via_github_app"] = {"id": 7}
    [by_app] = parse("issue_comment", payload)
    assert isinstance(by_app, CommentAdded)
    assert by_app.author.bot
    for action in ("edited", "deleted"):
        assert not parse("issue_comment", {**payload, "action": action})
    del payload["issue"]["pull_request"]
    assert not parse("issue_comment", payload)
