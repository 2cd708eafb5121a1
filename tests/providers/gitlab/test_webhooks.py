"""The inbound half: proof, name and meaning of deliveries."""

import base64
import hashlib
import hmac
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.errors import InvalidSignature, MalformedPayload
from providers.events import CommentAdded, Event, PipelineStarted, PullRequestChanged
from providers.gitlab.webhooks import WINDOW, GitlabWebhooks
from providers.values import Account, CommentKind, CommentRef, Repository

DATA = Path(__file__).parents[2] / "data" / "gitlab"
PAYLOADS = sorted(path.name for path in DATA.glob("*.json"))
BODY = b'{"test": 2432232314}'
SENT = 1_614_265_330
HOOKS = GitlabWebhooks(lambda: SENT)
SIGNING = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
# The example of the specification's own libraries (Standard Webhooks, Signature scheme).
EXAMPLE = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": str(SENT),
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def signed(body: bytes, secret: str, *, at: int = SENT, delivery: str = "7f1c") -> dict[str, str]:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{delivery}.{at}.".encode() + body, hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(digest).decode()
    return {"webhook-id": delivery, "webhook-timestamp": str(at), "webhook-signature": signature}


def fresh_secret(byte: int) -> str:
    return "whsec_" + base64.b64encode(bytes([byte]) * 32).decode()


def load(name: str) -> Any:
    return json.loads((DATA / name).read_bytes())


def parse(event: str, payload: object) -> list[Event]:
    return list(HOOKS.parse(event, {}, json.dumps(payload).encode()))


def comment(payload: object) -> CommentAdded:
    [event] = parse("note", payload)
    assert isinstance(event, CommentAdded)
    return event


def change(payload: object) -> PullRequestChanged:
    [event] = parse("merge_request", payload)
    assert isinstance(event, PullRequestChanged)
    return event


def test_verify_takes_any_of_our_tokens() -> None:
    for secret in ("new", "old", "sécret"):
        HOOKS.verify({"x-gitlab-token": secret}, BODY, ["new", "old", "sécret"])


def test_a_token_is_enough_though_every_delivery_has_an_id_since_19() -> None:
    headers = {"x-gitlab-token": "s", "webhook-id": "7f1c", "webhook-timestamp": "1"}
    HOOKS.verify(headers, BODY, ["s"])
    HOOKS.verify({**headers, "webhook-signature": "v1,AAAA"}, BODY, ["s"])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-gitlab-token": ""},
        {"x-gitlab-token": "other"},
        {"x-gitlab-token": "s "},
        {"x-gitlab-token": "é"},
        {"x-gitlab-token": "\ud800"},
        {"authorization": "s"},
        signed(BODY, fresh_secret(1)),
    ],
)
def test_verify_refuses_without_our_token(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidSignature):
        HOOKS.verify(headers, BODY, ["s"])


@pytest.mark.parametrize("secrets", [[], [""]])
def test_verify_refuses_without_a_secret(secrets: list[str]) -> None:
    with pytest.raises(InvalidSignature):
        HOOKS.verify({"x-gitlab-token": ""}, BODY, secrets)


def test_verify_knows_the_specifications_own_example() -> None:
    HOOKS.verify(EXAMPLE, BODY, [SIGNING])


def test_verify_takes_any_signature_of_any_signing_token() -> None:
    old, new = fresh_secret(1), fresh_secret(2)
    for secret in (old, new):
        headers = signed(BODY, secret)
        headers["webhook-signature"] = f"v1a,AAAA v1,AAAA v1, {headers['webhook-signature']} v2,x"
        HOOKS.verify(headers, BODY, [new, old])


@pytest.mark.parametrize("off", [-WINDOW, WINDOW])
def test_verify_forgives_a_clock_that_is_a_little_wrong(off: int) -> None:
    HOOKS.verify(signed(BODY, SIGNING, at=SENT + off), BODY, [SIGNING])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {**EXAMPLE, "webhook-signature": ""},
        {**EXAMPLE, "webhook-signature": "v1,é"},
        {**EXAMPLE, "webhook-signature": "v1,\ud800"},
        {**EXAMPLE, "webhook-signature": EXAMPLE["webhook-signature"].removeprefix("v1,")},
        {**EXAMPLE, "webhook-signature": EXAMPLE["webhook-signature"].replace("v1,", "v1a,")},
        {**EXAMPLE, "webhook-id": "msg_other"},
        {**EXAMPLE, "webhook-timestamp": str(SENT + 1)},
        {**EXAMPLE, "webhook-timestamp": ""},
        {**EXAMPLE, "webhook-timestamp": "٣"},
        signed(BODY, SIGNING, at=SENT - WINDOW - 1),
        signed(BODY, SIGNING, at=SENT + WINDOW + 1),
        signed(BODY + b" ", SIGNING),
        signed(BODY, fresh_secret(9)),
    ],
)
def test_verify_refuses_without_our_signature(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidSignature):
        HOOKS.verify(headers, BODY, [SIGNING])


@pytest.mark.parametrize("at", ["soon", "-1", "1e9", "9" * 30, "\ud800"])
def test_a_signed_time_that_is_none_is_refused(at: str) -> None:
    key = base64.b64decode(SIGNING.removeprefix("whsec_"))
    message = b"7f1c." + at.encode(errors="replace") + b"." + BODY
    signature = "v1," + base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()
    headers = {"webhook-id": "7f1c", "webhook-timestamp": at, "webhook-signature": signature}
    with pytest.raises(InvalidSignature):
        HOOKS.verify(headers, BODY, [SIGNING])


def test_a_token_never_stands_in_for_a_signature() -> None:
    for secrets in ([SIGNING, "s"], ["s", SIGNING]):
        for headers in ({"x-gitlab-token": "s"}, {"x-gitlab-token": SIGNING}, {**EXAMPLE, "webhook-signature": ""}):
            with pytest.raises(InvalidSignature):
                HOOKS.verify({"x-gitlab-token": "s", **headers}, BODY, secrets)
        HOOKS.verify(EXAMPLE, BODY, secrets)


@pytest.mark.parametrize("secret", ["whsec_", "whsec_é", "whsec_*", "whsec_A"])
def test_a_signing_token_without_a_key_proves_nothing(secret: str) -> None:
    digest = hmac.new(b"", f"7f1c.{SENT}.".encode() + BODY, hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(digest).decode()
    headers = {"webhook-id": "7f1c", "webhook-timestamp": str(SENT), "webhook-signature": signature}
    with pytest.raises(InvalidSignature):
        HOOKS.verify(headers, BODY, [secret])


def test_identify() -> None:
    uuid, other = "a5461c4d-9c7f-4af9-add6-cddebe3c426f", "6d4f9fa0-0cb5-4f3e-8b8d-3a5a1b1f2c11"
    headers = {"x-gitlab-event": "Merge Request Hook", "idempotency-key": uuid, "webhook-id": other}
    found = HOOKS.identify(headers, BODY)
    assert (found.event, found.dedupe_key, found.test) == ("merge_request", other, False)
    assert HOOKS.identify({**headers, "webhook-id": "\n"}, BODY).dedupe_key == uuid
    older = {"x-gitlab-event": "Note Hook", "x-gitlab-event-uuid": uuid}
    assert HOOKS.identify(older, BODY) == HOOKS.identify({"x-gitlab-event": "Note Hook"}, BODY)
    assert HOOKS.identify(older, BODY).event == "note"
    assert HOOKS.identify(older, BODY).dedupe_key != HOOKS.identify(older, BODY + b" ").dedupe_key
    assert len(HOOKS.identify(older, BODY).dedupe_key) == 64


@pytest.mark.parametrize("event", ["", "é", "\ud800", "Note Hook\n", "A" * 99 + " 7", "Note  Hook"])
def test_what_names_no_event_is_malformed(event: str) -> None:
    with pytest.raises(MalformedPayload):
        HOOKS.identify({"x-gitlab-event": event}, BODY)


@pytest.mark.parametrize("name", PAYLOADS)
def test_every_sample_is_read(name: str) -> None:
    event, payload = name.partition(".")[0], load(name)
    found = parse(event, payload)
    edited = name == "note.merge_request.command-update.json"
    assert len(found) == (name.startswith(("note.merge_request.", "merge_request.")) and not edited)
    assert all(each.installation == "" for each in found if isinstance(each, CommentAdded | PullRequestChanged))


def test_comment() -> None:
    payload = load("note.merge_request.command.json")
    where = Repository("4861503", "gitlab-org/hello-world")
    assert comment(payload) == CommentAdded(
        installation="",
        comment=CommentRef(where, 1, "50772616"),
        author=Account("51764", "sytses"),
        body="/agnox rerun",
    )
    payload["object_attributes"]["type"] = "DiffNote"
    assert comment(payload).comment.kind is CommentKind.REVIEW
    payload["merge_request"]["state"] = "merged"
    assert not comment(payload).open


def test_comment_of_a_token_is_a_bots() -> None:
    assert comment(load("note.merge_request.own-bot.json")).author.bot
    payload = load("note.merge_request.command.json")
    for login, bot in (
        ("project_7_bot", True),
        ("group_7_bot_3f1", True),
        ("service_account_9c", True),
        ("project_manager", False),
        ("my_project_7_bot", False),
        ("project_٣_bot", False),
    ):
        payload["user"]["username"] = login
        assert comment(payload).author.bot is bot, login


def test_comment_of_an_old_version_has_its_author() -> None:
    payload = load("note.merge_request.2.json")
    assert "id" not in payload["user"]
    assert comment(payload).author == Account("51764", "sytses")
    payload["object_attributes"]["updated_at"] = "2017-12-10 17:15:14 UTC"
    assert parse("note", payload) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"system": True},
        {"internal": True},
        {"confidential": True},
        {"action": "update"},
        {"action": "delete"},
        {"noteable_type": "Issue"},
        {"noteable_type": "Commit"},
        {"id": None},
    ],
)
def test_what_is_no_new_public_comment_on_a_merge_request(changed: dict[str, object]) -> None:
    payload = load("note.merge_request.command.json")
    payload["object_attributes"] |= changed
    assert parse("note", payload) == []


def test_confidential_comments_are_none() -> None:
    payload = load("note.merge_request.command.json")
    assert parse("confidential_note", payload) == []
    assert parse("note", {**payload, "event_type": "confidential_note"}) == []


def test_merge_request() -> None:
    payload = load("merge_request.open.1.json")
    found, raw = change(payload), payload["object_attributes"]
    pull = found.pull_request
    assert (pull.number, pull.head_sha, pull.base_sha) == (raw["iid"], raw["last_commit"]["id"], "")
    assert (pull.head_ref, pull.base_ref, pull.title) == (raw["source_branch"], raw["target_branch"], raw["title"])
    assert pull.repository == Repository(str(payload["project"]["id"]), payload["project"]["path_with_namespace"])
    assert (pull.from_fork, pull.open, pull.draft, found.action) == (False, True, False, "opened")
    assert (pull.updated_at, pull.url) == ("2013-12-03T17:23:34Z", raw["url"])
    assert found.sender == Account("1", "root")
    raw["author_id"] = 1
    assert change(payload).pull_request.author == "root"


@pytest.mark.parametrize("source", [None, 99])
def test_merge_request_of_a_fork(source: int | None) -> None:
    payload = load("merge_request.open.1.json")
    payload["object_attributes"]["source_project_id"] = source
    assert change(payload).pull_request.from_fork


@pytest.mark.parametrize(
    ("name", "action", "opened"),
    [
        ("merge_request.open.2.json", "opened", True),
        ("merge_request.update.json", "edited", True),
        ("merge_request.update.new-commits.json", "synchronize", True),
        ("merge_request.close.json", "closed", False),
        ("merge_request.merge.json", "closed", False),
    ],
)
def test_actions(name: str, action: str, opened: bool) -> None:
    found = change(load(name))
    assert (found.action, found.pull_request.open) == (action, opened)
    assert found.pull_request.draft is ("update" in name)


def test_more_actions() -> None:
    payload = load("merge_request.open.1.json")
    payload["object_attributes"]["action"] = "reopen"
    assert change(payload).action == "reopened"
    del payload["object_attributes"]["action"]
    assert change(payload).action == "edited"
    for action in ("approved", "unapproval", "unheard of"):
        payload["object_attributes"]["action"] = action
        assert parse("merge_request", payload) == []


def test_times_of_both_forms_compare_as_text() -> None:
    payload, seen = load("merge_request.open.1.json"), []
    for time in (
        "2013-12-03 17:15:43 UTC",
        "2013-12-03T17:15:44Z",
        "2013-12-03T18:15:45.123+01:00",
        "2013-12-03 18:15:46 +0100",
        "soon",
    ):
        payload["object_attributes"]["updated_at"] = time
        seen.append(change(payload).pull_request.updated_at)
    assert seen == [f"2013-12-03T17:15:4{second}Z" for second in (3, 4, 5, 6)] + [""]


def test_a_signed_delivery_is_replayed_under_no_other_name() -> None:
    headers = {**EXAMPLE, "x-gitlab-event": "Note Hook"}
    keys = set()
    for forged in ("", "one", "two"):
        HOOKS.verify({**headers, "idempotency-key": forged}, BODY, [SIGNING])
        keys.add(HOOKS.identify({**headers, "idempotency-key": forged}, BODY).dedupe_key)
    assert keys == {EXAMPLE["webhook-id"]}


def test_a_merge_requests_own_pipeline_is_told_when_it_begins() -> None:
    payload = load("pipeline.1.json")
    assert parse("pipeline", payload) == []
    sha, where = payload["object_attributes"]["sha"], Repository("1", "gitlab-org/gitlab-test")
    for status in ("created", "pending", "running"):
        payload["object_attributes"]["status"] = status
        assert parse("pipeline", payload) == [PipelineStarted("", where, 1, sha)]
    for status in ("success", "failed", "canceled", "skipped", ""):
        payload["object_attributes"]["status"] = status
        assert parse("pipeline", payload) == []


@pytest.mark.parametrize("source", ["push", "external", "parent_pipeline", "web", "schedule", "", None])
def test_pipelines_that_no_merge_request_waits_for_tell_nothing(source: str | None) -> None:
    payload = load("pipeline.1.json")
    payload["object_attributes"] |= {"status": "running", "source": source}
    assert parse("pipeline", payload) == []


@pytest.mark.parametrize(
    "lacking",
    [{"merge_request": None}, {"merge_request": {}}, {"merge_request": {"iid": "1"}}, {"object_kind": "build"}],
)
def test_a_pipeline_without_what_identifies_its_merge_request_tells_nothing(lacking: dict[str, object]) -> None:
    payload = load("pipeline.1.json") | lacking
    payload["object_attributes"]["status"] = "running"
    assert parse("pipeline", payload) == []


def test_a_forks_pipeline_belongs_to_the_merge_request_of_its_target() -> None:
    payload = load("pipeline.2.json")
    payload["object_attributes"]["status"] = "running"
    [found] = parse("pipeline", payload)
    assert isinstance(found, PipelineStarted)
    assert (found.repository, found.number) == (Repository("27743392", ""), 15)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
def test_what_cannot_be_read_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedPayload):
        HOOKS.parse("note", {}, body)


FIELDS = st.sampled_from(
    [
        "object_kind",
        "object_attributes",
        "project",
        "merge_request",
        "user",
        "id",
        "iid",
        "action",
        "noteable_type",
        "last_commit",
        "username",
        "updated_at",
    ]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.text(max_size=5)
    | st.sampled_from(["note", "merge_request", "MergeRequest", "create", "open", "merge_request_event", "running"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=6),
    max_leaves=20,
)


@given(st.sampled_from(["note", "merge_request", "pipeline", "push"]), st.dictionaries(FIELDS, JSON))
def test_missing_and_odd_fields_do_no_harm(event: str, payload: dict[str, object]) -> None:
    assert len(parse(event, payload)) <= 1


def test_the_door_loads_no_sdk() -> None:
    code = (
        "import sys, providers.gitlab; providers.gitlab.GitlabHost({}).webhooks; "
        "print([m for m in ('gitlab', 'requests', 'httpx2', 'cachetools', 'asyncio') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
