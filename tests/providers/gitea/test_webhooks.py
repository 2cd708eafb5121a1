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
from providers.events import CommentAdded, Event, PullRequestChanged
from providers.gitea.webhooks import GiteaWebhooks
from providers.values import Account, CommentRef, PullRequest, Repository
from simulators.gitea import GiteaSimulator

DATA = Path(__file__).parents[2] / "data" / "gitea"
PAYLOADS = sorted(path.name for path in DATA.glob("*.json"))
BODY = b'{"action": "created"}'
HOOKS = GiteaWebhooks()
FORM = {"content-type": "application/x-www-form-urlencoded"}


def signature(body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def load(name: str) -> Any:
    return json.loads((DATA / name).read_bytes())


def parse(event: str, payload: object) -> list[Event]:
    return list(HOOKS.parse(event, {}, json.dumps(payload).encode()))


def comment(payload: object) -> CommentAdded:
    [event] = parse("issue_comment", payload)
    assert isinstance(event, CommentAdded)
    return event


def change(payload: object) -> PullRequestChanged:
    [event] = parse("pull_request", payload)
    assert isinstance(event, PullRequestChanged)
    return event


@pytest.mark.parametrize("header", ["x-gitea-signature", "x-forgejo-signature"])
def test_verify_takes_any_of_our_secrets(header: str) -> None:
    for secret in ("new", "old", "sécret"):
        HOOKS.verify({header: signature(BODY, secret)}, BODY, ["new", "old", "sécret"])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-gitea-signature": ""},
        {"x-gitea-signature": signature(BODY, "other")},
        {"x-gitea-signature": signature(BODY + b" ", "s")},
        {"x-gitea-signature": "sha256=" + signature(BODY, "s")},
        {"x-gitea-signature": "é"},
        {"x-gitea-signature": "\ud800"},
        {"x-hub-signature": "sha1=" + hmac.new(b"s", BODY, hashlib.sha1).hexdigest()},
        {**FORM, "x-gitea-signature": signature(BODY, "s")},
    ],
)
def test_verify_refuses_without_our_signature(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidSignature):
        HOOKS.verify(headers, BODY, ["s"])


@pytest.mark.parametrize("secrets", [[], [""]])
def test_verify_refuses_without_a_secret(secrets: list[str]) -> None:
    for given_signature in ("", signature(BODY, "")):
        with pytest.raises(InvalidSignature):
            HOOKS.verify({"x-gitea-signature": given_signature}, BODY, secrets)


def test_a_form_is_proven_by_the_json_in_it() -> None:
    payload = (DATA / "issue_comment.created.on-pr.json").read_bytes()
    body = urlencode({"payload": payload}).encode()
    headers = {**FORM, "x-gitea-signature": signature(payload, "s"), "x-gitea-event": "issue_comment"}
    HOOKS.verify(headers, body, ["s"])
    [event] = HOOKS.parse("issue_comment", headers, body)
    assert isinstance(event, CommentAdded)
    plain = {"x-gitea-event": "issue_comment", "content-type": "application/json"}
    assert HOOKS.identify(headers, body) == HOOKS.identify(plain, payload)


@pytest.mark.parametrize("flavour", ["gitea", "forgejo"])
@pytest.mark.parametrize("content_type", ["json", "form"])
def test_what_the_simulated_host_sends_is_proven_and_read(flavour: Any, content_type: str) -> None:
    simulator = GiteaSimulator(flavour=flavour)
    repository = simulator.add_repository("acme/shop")
    pull = simulator.add_pull_request(repository)
    simulator.add_hook(repository, "https://bot.example", secret="s", content_type=content_type)
    written = simulator.add_comment(pull, "mona", "/agnox rerun")
    for event, kind in (
        (simulator.events.issue_comment("created", written), CommentAdded),
        (simulator.events.pull_request("synchronized", pull), PullRequestChanged),
    ):
        [sent] = simulator.sign(event)
        headers = {name.lower(): value for name, value in sent.headers.items()}
        HOOKS.verify(headers, sent.body, ["s"])
        kept = {name: value for name, value in headers.items() if name in HOOKS.kept_headers}
        [found] = HOOKS.parse(HOOKS.identify(headers, sent.body).event, kept, sent.body)
        assert type(found) is kind
        assert not [name for name in kept if "signature" in name or name == "authorization"]


def test_a_delivery_is_known_again_by_its_content() -> None:
    first = HOOKS.identify({"x-gitea-event": "issue_comment", "x-gitea-delivery": "1"}, BODY)
    assert first == HOOKS.identify({"x-forgejo-event": "issue_comment", "x-gitea-delivery": "2"}, BODY)
    assert (first.event, first.test) == ("issue_comment", False)
    others = [({"x-gitea-event": "push"}, BODY), ({"x-gitea-event": "issue_comment"}, BODY + b" ")]
    assert first.dedupe_key not in [HOOKS.identify(headers, body).dedupe_key for headers, body in others]


@pytest.mark.parametrize("event", ["", "Issue", "é", "a" * 65, "../x"])
def test_identify_refuses_what_is_no_event(event: str) -> None:
    with pytest.raises(MalformedPayload):
        HOOKS.identify({"x-gitea-event": event}, BODY)


def test_a_comment_on_a_pull_request() -> None:
    assert comment(load("issue_comment.created.on-pr.json")) == CommentAdded(
        installation="",
        comment=CommentRef(Repository("1", "example/example"), 2, "6"),
        author=Account("1", "example"),
        body="example",
        open=True,
    )
    assert comment(load("issue_comment.created.on-pr.old.json")).comment.number == 2


def test_the_hosts_own_accounts_are_bots() -> None:
    payload = load("issue_comment.created.on-pr.json")
    payload["comment"]["user"] |= {"id": -2, "login": "gitea-actions"}
    payload["issue"]["state"] = "closed"
    found = comment(payload)
    assert (found.author, found.open) == (Account("-2", "gitea-actions", bot=True), False)


@pytest.mark.parametrize(
    "name",
    [
        "issue_comment.created.on-issue.json",
        "issue_comment.created.on-issue.old.json",
        "issue_comment.edited.on-pr.old.json",
        "issue_comment.deleted.on-pr.old.json",
        "pull_request.label_updated.json",
        "pull_request_comment.reviewed.json",
        "push.json",
    ],
)
def test_of_no_use_to_us(name: str) -> None:
    assert parse(name.partition(".")[0], load(name)) == []


@pytest.mark.parametrize("event", ["issue_comment", "pull_request"])
def test_an_edited_comment_says_nothing(event: str) -> None:
    payload = load("issue_comment.created.on-pr.json") | {"action": "edited"}
    assert parse(event, payload) == []


def test_a_pull_request_of_a_fork() -> None:
    found = change(load("pull_request.opened.json"))
    assert found == PullRequestChanged(
        installation="",
        pull_request=PullRequest(
            repository=Repository("1", "example/example"),
            number=2,
            head_sha="48e773f892a831faa47c0a160d1b7f0cd369ae2a",
            head_ref="master",
            base_ref="master",
            base_sha="67b56589a45103f891bdee7c0546e5d40bc02001",
            from_fork=True,
            author="example2",
            title="update",
            url="http://localhost:3000/example/example/pulls/2",
            updated_at="2022-03-09T07:31:06Z",
        ),
        action="opened",
        sender=Account("2", "example2"),
    )


@pytest.mark.parametrize(
    ("name", "action", "is_open"),
    [
        ("pull_request.synchronized.old.json", "synchronize", True),
        ("pull_request.reopened.old.json", "reopened", True),
        ("pull_request.edited.old.json", "edited", True),
        ("pull_request.closed.old.json", "closed", False),
        ("pull_request.closed.merged.old.json", "closed", False),
    ],
)
def test_actions_have_the_words_of_all_hosts(name: str, action: str, is_open: bool) -> None:
    found = change(load(name))
    assert (found.action, found.pull_request.open) == (action, is_open)
    assert (found.pull_request.from_fork, found.pull_request.merge_sha) == (False, "")


def test_a_deleted_fork_is_a_fork() -> None:
    payload = load("pull_request.opened.json")
    payload["pull_request"]["head"]["repo"] = None
    assert change(payload).pull_request.from_fork


@pytest.mark.parametrize("name", PAYLOADS)
def test_every_sample_is_read(name: str) -> None:
    assert len(parse(name.partition(".")[0], load(name))) <= 1


@pytest.mark.parametrize("body", [b"", b"[]", b"nul", b"\xff", b'{"a": 1'])
def test_a_body_that_is_no_object_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedPayload):
        HOOKS.parse("pull_request", {}, body)


FIELDS = st.sampled_from(
    [
        *(
            "action",
            "is_pull",
            "issue",
            "comment",
            "pull_request",
            "repository",
            "repo",
            "sender",
            "user",
            "head",
            "base",
        ),
        *("id", "number", "login", "full_name", "state", "sha", "ref", "body", "updated_at"),
    ]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.text(max_size=5)
    | st.sampled_from(["created", "opened", "open", "2022-03-09T16:31:06+09:00", "0001-01-01T00:00:00+14:00"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=6),
    max_leaves=20,
)


@given(st.sampled_from(["issue_comment", "pull_request", "push"]), st.dictionaries(FIELDS, JSON))
def test_missing_and_odd_fields_do_no_harm(event: str, payload: dict[str, object]) -> None:
    assert len(parse(event, payload)) <= 1


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "soon", ""])
def test_a_time_that_is_none_is_left_out(time: str) -> None:
    payload = load("pull_request.opened.json")
    payload["pull_request"]["updated_at"] = time
    assert change(payload).pull_request.updated_at == ""


def test_the_door_loads_no_client() -> None:
    code = (
        "import sys, providers.gitea; providers.gitea.GiteaHost({}).webhooks; "
        "print([m for m in ('httpx2', 'cachetools', 'asyncio', 'providers.gitea.client') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
