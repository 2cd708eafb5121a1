"""Our errors travel unchanged through both SDKs, which neither retry nor sleep nor look elsewhere."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import gitlab
import pytest
from azure.devops.v7_1.git.git_client import GitClient  # type: ignore[import-untyped]

from providers.azure.isolation import Isolation
from providers.errors import (
    Forbidden,
    NotFound,
    ProviderError,
    RateLimited,
    Rejected,
    Unauthenticated,
    Unavailable,
)
from providers.sdk.session import GuardedSession
from providers.sdk.threads import Lane, Threads
from tests.providers.sdk.fakes import Asked, FakeHost, Moment, Reply
from tests.providers.sdk.guards import guard
from tests.providers.sdk.organizations import REPOSITORIES, discovery

pytestmark = pytest.mark.anyio

JSON = {"content-type": "application/json; charset=utf-8"}
REFUSALS = [
    (302, Unavailable),
    (400, Rejected),
    (401, Unauthenticated),
    (403, Forbidden),
    (404, NotFound),
    (409, Rejected),
    (429, RateLimited),
    (500, Unavailable),
    (502, Unavailable),
    (503, Unavailable),
]


def gitlab_verbs(session: GuardedSession, url: str) -> dict[str, Callable[[], Any]]:
    """With python-gitlab's retries switched on, which is worse than what we use."""
    api = gitlab.Gitlab(f"{url}/git", session=session, retry_transient_errors=True)
    project = api.projects.get(7, lazy=True)
    return {
        "GET": lambda: project.mergerequests.get(3),
        "POST": lambda: project.commits.get("abc", lazy=True).statuses.create({"state": "failed"}),
        "PUT": lambda: api.http_put("/projects/7/merge_requests/3/notes/1", post_data={"body": "é"}),
        "DELETE": lambda: project.hooks.delete(5),
        "LIST": lambda: project.mergerequests.list(get_all=True),
    }


def azure_verbs(session: GuardedSession, url: str) -> dict[str, Callable[[], Any]]:
    client: Any = Isolation().client(GitClient, f"{url}/acme", session)
    return {
        "GET": lambda: client.get_repository("r1", "p1"),
        "POST": lambda: client.create_repository({"name": "new"}, "p1"),
        "PATCH": lambda: client.update_repository({"name": "é"}, "r1", "p1"),
        "DELETE": lambda: client.delete_repository("r1", "p1"),
        "LIST": lambda: client.get_repositories("p1"),
    }


SDKS = {"gitlab": gitlab_verbs, "azure": azure_verbs}
VERBS = [("gitlab", verb) for verb in ("GET", "POST", "PUT", "DELETE", "LIST")] + [
    ("azure", verb) for verb in ("GET", "POST", "PATCH", "DELETE", "LIST")
]


@pytest.fixture
def session(host: FakeHost, moment: Moment) -> Iterator[GuardedSession]:
    with GuardedSession(guard(host.url, moment)) as made:
        yield made


def refusing(reply: Reply) -> Callable[[Asked], Reply]:
    return lambda asked: discovery("acme") if asked.method == "OPTIONS" else reply


@pytest.mark.parametrize(("status", "kind"), REFUSALS)
@pytest.mark.parametrize(("sdk", "verb"), VERBS)
async def test_refusals(
    host: FakeHost,
    session: GuardedSession,
    threads: Threads,
    sdk: str,
    verb: str,
    status: int,
    kind: type[ProviderError],
) -> None:
    body = json.dumps({"message": "no", "typeKey": "SomeException"}).encode()
    host.answer = refusing(Reply(status, body, {**JSON, "location": f"{host.url}/elsewhere"}))
    call = SDKS[sdk](session, host.url)[verb]
    with pytest.raises(ProviderError, match=f"Acme answered {status}: no") as raised:
        await threads.run(Lane(), call)
    assert type(raised.value) is kind
    assert [asked.method for asked in host.asked if asked.method != "OPTIONS"] == [verb.replace("LIST", "GET")]


@pytest.mark.parametrize(("sdk", "verb"), VERBS)
async def test_an_answer_that_breaks_off(
    host: FakeHost, session: GuardedSession, threads: Threads, sdk: str, verb: str
) -> None:
    host.answer = refusing(Reply(200, b"{", JSON, length=99))
    with pytest.raises(Unavailable, match="Acme broke off its answer"):
        await threads.run(Lane(), SDKS[sdk](session, host.url)[verb])
    assert len([asked for asked in host.asked if asked.method != "OPTIONS"]) == 1


async def test_gitlab_pages_that_lead_elsewhere(host: FakeHost, session: GuardedSession, threads: Threads) -> None:
    following = '<http://evil.example/api/v4/projects/7/merge_requests?page=2>; rel="next"'
    host.reply(Reply(200, b'[{"iid": 1}]', {**JSON, "link": following}))
    with (
        pytest.warns(UserWarning, match="base URL in the server response differs"),
        pytest.raises(Rejected, match=r"evil\.example.* leads elsewhere"),
    ):
        await threads.run(Lane(), gitlab_verbs(session, host.url)["LIST"])
    assert len(host.asked) == 1


async def test_gitlab_reads_what_is_good(host: FakeHost, session: GuardedSession, threads: Threads) -> None:
    host.reply(Reply(200, '{"iid": 3, "title": "é"}'.encode(), {**JSON, "x-total": "1"}))
    found = await threads.run(Lane(), gitlab_verbs(session, host.url)["GET"])
    assert (found.iid, found.title) == (3, "é")
    assert host.asked[0].path == "/git/api/v4/projects/7/merge_requests/3"
    assert host.asked[0].headers["user-agent"] == "agnox-bot"
    assert session.last is not None
    assert session.last.headers["X-Total"] == "1"


async def test_azure_reads_and_writes(host: FakeHost, session: GuardedSession, threads: Threads) -> None:
    host.answer = refusing(Reply(200, b'{"id": "r1", "name": "shop \xc3\xa9"}', JSON))
    verbs = azure_verbs(session, host.url)
    found = await threads.run(Lane(), verbs["GET"])
    assert found.name == "shop é"
    await threads.run(Lane(), verbs["PATCH"])
    discovered, read, written = host.asked
    assert (discovered.method, discovered.path) == ("OPTIONS", "/acme/_apis")
    assert read.path == "/acme/p1/_apis/git/repositories/r1"
    assert read.headers["accept"] == "application/json;api-version=7.1-preview.1"
    assert json.loads(written.body) == {"name": "é"}
    assert written.headers["content-type"] == "application/json; charset=utf-8"
    assert {asked.headers["authorization"] for asked in host.asked} == {"Bearer t0ken"}
    assert {asked.headers["user-agent"] for asked in host.asked} == {"agnox-bot"}
    assert len({asked.peer for asked in host.asked}) == 1


async def test_azure_locations_that_lead_elsewhere(host: FakeHost, session: GuardedSession, threads: Threads) -> None:
    host.reply(discovery("acme", {REPOSITORIES: "http://evil.example/_apis/git/repositories"}))
    with pytest.raises(Rejected, match=r"evil\.example.* leads elsewhere"):
        await threads.run(Lane(), azure_verbs(session, host.url)["GET"])
