"""Deliveries in, events out: the samples, and what is not one."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.azure.webhooks import TEST, AzureWebhooks
from providers.errors import InvalidSignature, MalformedPayload
from providers.events import CommentAdded, Event, PullRequestChanged
from providers.values import Account, CommentRef, Repository

DATA = Path(__file__).parents[2] / "data" / "azure"
PROJECT, PLACE = "6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c", "4bc14d40-c903-45e2-872e-0462c7748079"
FABRIKAM = Repository(f"{PROJECT}/{PLACE}", "Fabrikam/Fabrikam")
JAMAL = Account("54d125f7-69f7-4191-904f-c5b96b6261c8", "fabrikamfiber4@hotmail.com")
COMMENT = "ms.vss-code.git-pullrequest-comment-event"
HOOKS = AzureWebhooks()


def sample(name: str) -> bytes:
    return (DATA / f"{name}.json").read_bytes()


def changed(name: str, change: Callable[[Any], object]) -> bytes:
    payload = json.loads(sample(name))
    change(payload)
    return json.dumps(payload).encode()


def parse(body: bytes) -> list[Event]:
    return list(HOOKS.parse(HOOKS.identify({}, body).event, {}, body))


def basic(user: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


@pytest.mark.parametrize(
    "headers",
    [
        basic("agnox", "new"),
        basic("", "old"),
        {**basic("anybody", "new"), "authorization": basic("x", "new")["authorization"].replace("Basic", "bAsIc")},
        {"x-agnox-secret": "new"},
        {**basic("x", "wrong"), "x-agnox-secret": "old"},
    ],
)
def test_one_of_the_secrets_is_enough(headers: dict[str, str]) -> None:
    HOOKS.verify(headers, b"{}", ["new", "old"])


def test_a_password_may_hold_colons_and_letters_of_any_script() -> None:
    HOOKS.verify(basic("agnox", "a:b:ü"), b"", ["a:b:ü"])


@pytest.mark.parametrize(
    ("headers", "secrets"),
    [
        ({}, ["secret"]),
        ({}, []),
        ({}, [""]),
        (basic("agnox", ""), [""]),
        ({"x-agnox-secret": ""}, [""]),
        (basic("agnox", "secret"), []),
        (basic("secret", "agnox"), ["secret"]),
        (basic("agnox", "Secret"), ["secret"]),
        (basic("agnox", "secret "), ["secret"]),
        ({"authorization": "Basic secret"}, ["secret"]),
        ({"authorization": "Basic ÿ"}, ["secret"]),
        ({"authorization": "Bearer secret"}, ["secret"]),
        ({"x-agnox-secret": "ßecret\udc80"}, ["secret"]),
    ],
)
def test_everything_else_is_no_proof(headers: dict[str, str], secrets: list[str]) -> None:
    with pytest.raises(InvalidSignature):
        HOOKS.verify(headers, b"{}", secrets)


def test_a_delivery_is_known_by_its_subscription_and_notification() -> None:
    identity = HOOKS.identify({}, sample("pr-comment.created.command"))
    assert (identity.event, identity.dedupe_key) == (COMMENT, "5c1c7f9e-7f0a-4c39-9f25-0e3c2b6a1d11:11")
    assert not identity.test


def test_the_test_button_is_told_from_real_deliveries() -> None:
    assert HOOKS.identify({}, sample("pr-comment.created.1")).test
    assert not HOOKS.identify({}, sample("git.push.1")).test


def test_samples_without_subscription_are_known_by_their_id() -> None:
    assert HOOKS.identify({}, sample("git.push.1")).dedupe_key == json.loads(sample("git.push.1"))["id"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"\xef\xbb\xbf" + sample("git.push.1"),
        sample("git.push.1")[:-20],
        sample("git.push.1").replace(b'"git.push"', b'"git.push\r\n"'),
        b'{"eventType": "git.push"}',
        b'{"eventType": "git.push", "subscriptionId": "1", "notificationId": null}',
        b'{"eventType": "git push", "id": "1"}',
        b'{"eventType": 7, "id": "1"}',
        b'{"eventType": "git.push", "id": "1/../2"}',
        b'{"eventType": "git.push", "id": "' + b"1" * 65 + b'"}',
    ],
)
def test_what_cant_be_identified_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedPayload):
        HOOKS.identify({}, body)


def test_lines_may_end_as_on_windows() -> None:
    body = sample("git.pullrequest.updated.push").replace(b"\n", b"\r\n")
    assert parse(body) == parse(sample("git.pullrequest.updated.push"))


@pytest.mark.parametrize(
    ("name", "action", "opened", "sender"),
    [
        ("git.pullrequest.created.1", "opened", True, JAMAL),
        ("git.pullrequest.updated.push", "synchronize", True, Account("", "")),
        ("git.pullrequest.updated.1", "closed", False, Account("", "")),
        ("git.pullrequest.merged.1", "closed", False, Account("", "")),
    ],
)
def test_pull_requests(name: str, action: str, opened: bool, sender: Account) -> None:
    [event] = parse(sample(name))
    assert isinstance(event, PullRequestChanged)
    pull = event.pull_request
    assert (event.installation, event.action, event.sender, pull.open) == ("", action, sender, opened)
    assert (pull.repository, pull.number, pull.title) == (FABRIKAM, 1, "my first pull request")
    assert (pull.head_ref, pull.base_ref) == ("mytopic", "master")
    assert pull.head_sha == "53d54ac915144006c2c9e90d2c7d3880920db49c"
    assert pull.base_sha == "a511f535b1ea495ee0c903badb68fbc83772c882"
    assert pull.merge_sha == "eef717f69257a6333f221566c1c987dc94cc0d72"
    assert (pull.from_fork, pull.draft, pull.author) == (False, False, "fabrikamfiber4@hotmail.com")
    assert pull.url.endswith("/DefaultCollection/_git/Fabrikam/pullrequest/1")
    assert pull.updated_at.startswith("2016-09-19T13:03:27.")
    assert len(pull.updated_at) == len("2016-09-19T13:03:27.281382Z")


def test_an_attempt_to_merge_leaves_the_pull_request_open() -> None:
    [event] = parse(changed("git.pullrequest.merged.1", lambda told: told["resource"].update(status="active")))
    assert isinstance(event, PullRequestChanged)
    assert (event.action, event.pull_request.open) == ("edited", True)


def test_a_fork_and_a_draft_are_seen() -> None:
    def change(told: Any) -> None:
        told["resource"]["isDraft"] = True
        told["resource"]["forkSource"] = {"name": "refs/heads/mytopic", "repository": {"id": "x"}}

    [event] = parse(changed("git.pullrequest.created.1", change))
    assert isinstance(event, PullRequestChanged)
    assert (event.pull_request.from_fork, event.pull_request.draft) == (True, True)


def test_an_address_that_is_shown_holds_no_user_name() -> None:
    def change(told: Any) -> None:
        told["resource"]["repository"].update(
            remoteUrl="https://fabrikam@dev.azure.com/fabrikam/Fabrikam/_git/Fabrikam"
        )

    [event] = parse(changed("git.pullrequest.created.1", change))
    assert isinstance(event, PullRequestChanged)
    assert event.pull_request.url == "https://dev.azure.com/fabrikam/Fabrikam/_git/Fabrikam/pullrequest/1"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("pr-comment.created.command", "/agnox rerun"),
        ("pr-comment.created.mention", "please look\n\n/agnox rerun"),
    ],
)
def test_new_comments(name: str, body: str) -> None:
    [event] = parse(sample(name))
    assert isinstance(event, CommentAdded)
    assert (event.installation, event.author, event.open) == ("", JAMAL, True)
    assert event.comment == CommentRef(FABRIKAM, 1, "5/2")
    assert event.body.strip() == body


def _comment(**fields: object) -> Callable[[Any], object]:
    return lambda told: told["resource"]["comment"].update(fields)


def test_a_comment_is_new_within_two_seconds() -> None:
    [event] = parse(changed("pr-comment.created.command", _comment(lastContentUpdatedDate="2026-01-02T03:04:07.6Z")))
    assert isinstance(event, CommentAdded)


def test_a_comment_on_a_closed_pull_request_says_so() -> None:
    def change(told: Any) -> None:
        told["resource"]["pullRequest"]["status"] = "abandoned"

    [event] = parse(changed("pr-comment.created.command", change))
    assert isinstance(event, CommentAdded)
    assert not event.open


@pytest.mark.parametrize(
    "author",
    [
        {"id": "A", "uniqueName": "Build\\1234", "displayName": "Fabrikam Build Service"},
        {"id": "A", "uniqueName": "x@y", "descriptor": "svc.MDAw"},
        {"id": "A", "uniqueName": "x@y", "descriptor": "aadsp.MDAw"},
        {"id": "A", "uniqueName": "tenant\\00000002-0000-8888-8000-000000000000"},
    ],
)
def test_machines_are_told_from_people(author: dict[str, str]) -> None:
    [event] = parse(changed("pr-comment.created.command", _comment(author=author)))
    assert isinstance(event, CommentAdded)
    assert (event.author.id, event.author.bot) == ("a", True)


def test_a_display_name_is_nobodys_login() -> None:
    author = {"id": "A7", "displayName": "boss@acme.example"}
    [event] = parse(changed("pr-comment.created.command", _comment(author=author)))
    assert isinstance(event, CommentAdded)
    assert (event.author.id, event.author.login) == ("a7", "a7")


@pytest.mark.parametrize(
    "body",
    [
        sample("pr-comment.created.1"),
        sample("pr-comment.edited.1"),
        sample("pr-comment.deleted.1"),
        changed("pr-comment.created.command", _comment(lastContentUpdatedDate="2026-01-02T03:04:08Z")),
        changed("pr-comment.created.command", _comment(isDeleted=True)),
        changed("pr-comment.created.command", _comment(commentType="system")),
        changed("pr-comment.created.command", _comment(commentType="codeChange")),
        changed("pr-comment.created.command", _comment(_links={"threads": {"href": "https://x/threads/5e"}})),
        changed("pr-comment.created.command", _comment(_links=None)),
        changed("pr-comment.created.command", _comment(id=None)),
        changed("pr-comment.created.command", lambda told: told["resource"]["pullRequest"].pop("repository")),
        changed("git.pullrequest.created.1", lambda told: told["resource"].pop("lastMergeSourceCommit")),
        sample("build.complete.1"),
        b'{"eventType": "workitem.commented", "id": "1"}',
    ],
)
def test_everything_else_is_nothing_to_us(body: bytes) -> None:
    assert parse(body) == []


def test_a_truncated_body_is_malformed() -> None:
    with pytest.raises(MalformedPayload):
        HOOKS.parse(COMMENT, {}, sample("pr-comment.created.command")[:-5])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(
    path=st.lists(st.integers(0, 100), min_size=1, max_size=6),
    value=json_values,
    name=st.sampled_from(
        ["pr-comment.created.command", "git.pullrequest.updated.push", "build.complete.pull-request", "git.push.1"]
    ),
)
def test_any_field_may_hold_anything(path: list[int], value: object, name: str) -> None:
    payload = json.loads(sample(name))
    at = payload
    for step in path:
        key = sorted(at)[step % len(at)]
        if not isinstance(at[key], dict) or not at[key]:
            break
        at, key = at[key], sorted(at[key])[step % len(at[key])]
    at[key] = value
    try:
        events = parse(json.dumps(payload).encode())
    except MalformedPayload:
        return
    assert len(events) <= 1


def test_the_zero_subscription_is_the_documented_one() -> None:
    assert set(TEST) == {"0", "-"}
    assert len(TEST) == 36
