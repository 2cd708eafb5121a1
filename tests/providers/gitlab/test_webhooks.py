"""The inbound half: proof, name and meaning of deliveries."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.errors import MalformedPayload
from providers.events import CommentAdded, PullRequestChanged
from providers.values import Account, CommentKind, CommentRef, Repository
from tests.providers.gitlab.deliveries import BODY, EXAMPLE, HOOKS, PAYLOADS, SIGNING, change, comment, load, parse


@pytest.mark.parametrize("event", ["", "é", "\ud800", "Note Hook\n", "A" * 99 + " 7", "Note  Hook"])
def test_what_names_no_event_is_malformed(event: str) -> None:
    with pytest.raises(MalformedPayload):
        HOOKS.identify({"x-gitlab-event": event}, BODY)


@pytest.mark.parametrize("name", PAYLOADS)
def test_every_sample_is_read(name: str) -> None:
    event, payload = name.partition(".")[0], load(name)
    found = parse(event, payload)
    edited = name == "note.merge_request.command-update.json"
    told = ("note.merge_request.", "merge_request.", "pipeline.", "push.1", "push.2")
    assert len(found) == (name.startswith(told) and not edited)
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
        "builds",
        "status",
        "source",
        "sha",
        "ref",
        "stages",
        "commits",
        "added",
    ]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.text(max_size=5)
    | st.sampled_from(
        ["note", "merge_request", "MergeRequest", "create", "open", "merge_request_event", "running", "pipeline"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=6),
    max_leaves=20,
)


@given(st.sampled_from(["note", "merge_request", "pipeline", "push", "system"]), st.dictionaries(FIELDS, JSON))
def test_missing_and_odd_fields_do_no_harm(event: str, payload: dict[str, object]) -> None:
    assert len(parse(event, payload)) <= 2


def test_the_door_loads_no_sdk() -> None:
    code = (
        "import sys, providers.gitlab; providers.gitlab.GitlabHost({}).webhooks; "
        "print([m for m in ('gitlab', 'requests', 'httpx2', 'cachetools', 'asyncio') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
