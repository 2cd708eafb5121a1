"""The door of hooks that carry a key: each is proven by its own secret, and nothing of that is kept."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2
import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from bot.inbound.calls import Calls
from bot.inbound.envelope import exception_handlers
from bot.inbound.routes import routes
from bot.store.inbox import Inbox
from bot.store.models import Delivery, Installation, Integration
from bot.store.sealed import HOOK_SECRET
from bot.usecases import hook_secrets
from bot.usecases.errors import Invalid
from bot.usecases.hook_secrets import HookSecrets
from bot.usecases.hooks import add_hook, remove_hook
from bot.usecases.integrations import remove_integration
from simulators.azure.stage import AzureStage
from simulators.faults import Fault, answer_lost
from simulators.gitlab import Level
from simulators.gitlab.hooks import signature
from simulators.gitlab.stage import GitlabStage
from simulators.stage import Post
from tests.inbound.conftest import client_of, failed
from tests.usecases.conftest import Desk, desk, host, options
from tests.usecases.hosts import WHERE, on, once_on

__all__ = ["desk", "host", "options"]

pytestmark = pytest.mark.anyio


@dataclass
class Seconds:
    """The time of the memory for secrets."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Door:
    """The door of an organization with a hook, and who knocks there."""

    desk: Desk
    http: httpx2.AsyncClient
    seconds: Seconds

    async def knock(self, post: Post, path: str = "", **headers: str) -> httpx2.Response:
        """Posts a webhook as the host does, or changed by somebody else."""
        sent = {name.lower(): value for name, value in post.headers.items()} | headers
        return await self.http.post(path or post.path, content=post.body, headers=sent)

    def post(self) -> Post:
        """News of a pull request, signed for our hook."""
        (post, *_) = self.desk.stage.opened(self.desk.stage.open_pull())
        return post

    async def hook(self) -> Installation:
        async with self.desk.database.read() as session:
            return (await session.scalars(select(Installation).where(Installation.deleted_at.is_(None)))).one()

    async def secret(self) -> str:
        return HOOK_SECRET.open(self.desk.services.vault, await self.hook()) or ""

    async def deliveries(self) -> list[Delivery]:
        async with self.desk.database.read() as session:
            return list((await session.scalars(select(Delivery).order_by(Delivery.id))).all())


@pytest.fixture
async def door(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Door]:
    seconds = Seconds()
    secrets = HookSecrets(desk.services, timer=seconds)
    async with Inbox(desk.database, wake=lambda ids: None) as inbox:
        app = Starlette(
            routes=routes(
                registry=desk.services.registry,
                put=inbox.put,
                calls=Calls.of(desk.services),
                upload_limit=1000,
                checks={},
                find_secrets=secrets.find,
            ),
            exception_handlers=exception_handlers(),
        )
        async with client_of(app) as http:
            yield Door(desk, http, seconds)


PROOF = {"azure": "authorization", "gitea": "x-gitea-signature", "gitlab": "webhook-signature"}
"""The header that proves a delivery."""


@on(WHERE["hooks"])
async def test_the_right_secret_opens_and_nothing_secret_is_kept(door: Door) -> None:
    post, hook, secret = door.post(), await door.hook(), await door.secret()
    assert post.path == f"/webhooks/{door.desk.stage.name}/{hook.hook_key}"
    answer = await door.knock(post, **{"cookie": "session=1", "x-custom": "kept by nobody"})
    assert answer.status_code == 202
    (row,) = await door.deliveries()
    assert (row.id, row.hook_key) == (answer.json()["data"]["deliveryId"], hook.hook_key)
    assert row.headers.keys() <= door.desk.host.webhooks.kept_headers
    proof = {name.lower(): value for name, value in post.headers.items()}[PROOF[door.desk.stage.name]]
    for each in (secret, proof, "session=1", "kept by nobody"):
        assert each and each not in json.dumps(dict(row.headers))


@once_on(WHERE["hooks"])
async def test_what_is_not_proven_stays_outside(door: Door) -> None:
    post, name = door.post(), PROOF[door.desk.stage.name]
    bare = {each: value for each, value in post.headers.items() if each.lower() != name}
    failed(await door.knock(Post(post.path, bare, post.body)), 401)
    for proof in ("", "v1,c3BvaWx0", "Basic YWdub3g6c3BvaWx0", "0" * 64):
        failed(await door.knock(Post(post.path, {**bare, name: proof}, post.body)), 401)
    assert await door.deliveries() == []


@once_on(WHERE["hooks"])
async def test_without_a_key_nothing_comes_in(door: Door) -> None:
    failed(await door.knock(door.post(), f"/webhooks/{door.desk.stage.name}"), 401)
    assert await door.deliveries() == []


@once_on(WHERE["hooks"])
async def test_a_hook_that_is_not_there(door: Door) -> None:
    post = door.post()
    for key in ("x", "A" * 32, "..%2f" * 8, "é" * 20, "A" * 5000):
        failed(await door.knock(post, f"/webhooks/{door.desk.stage.name}/{key}"), 404)
    assert await door.deliveries() == []


@once_on({"gitlab"})
async def test_the_key_of_one_host_is_none_of_another(door: Door) -> None:
    hook = await door.hook()
    assert (await door.knock(door.post(), f"/webhooks/github/{hook.hook_key}")).status_code == 404


@on(WHERE["hooks"])
async def test_a_removed_hook_is_not_there_half_a_minute_later(door: Door) -> None:
    post, hook = door.post(), await door.hook()
    assert (await door.knock(post)).status_code == 202
    assert (await remove_hook(door.desk.services, hook.id, actor="test")).hooks == ()
    door.seconds.now += hook_secrets.KEPT_SECONDS + 1
    failed(await door.knock(post), 404)
    async with door.desk.database.read() as session:
        assert (await session.get_one(Installation, hook.id)).hook_secret is None
    assert door.desk.stage.opened(door.desk.stage.open_pull("other")) == []


@once_on(WHERE["hooks"])
async def test_the_hooks_of_a_removed_integration_are_not_there(door: Door) -> None:
    post = door.post()
    async with door.desk.database.read() as session:
        integration = (await session.scalars(select(Integration.id))).one()
    await remove_integration(door.desk.database, integration, actor="test")
    failed(await door.knock(post), 404)


@on(WHERE["hooks"])
async def test_a_repeated_delivery_is_known_by_its_hook(door: Door) -> None:
    post = door.post()
    answers = [(await door.knock(post)).json()["data"] for _ in range(2)]
    assert [answer["duplicate"] for answer in answers] == [False, True]
    assert len({answer["deliveryId"] for answer in answers}) == len(await door.deliveries()) == 1


@once_on({"azure", "gitlab"})
async def test_another_hook_may_use_the_same_id(door: Door) -> None:
    """Whoever owns a hook chooses the ids of its deliveries, so they must not hide those of others."""
    stage = door.desk.stage
    if isinstance(stage, GitlabStage):
        other = stage.simulator.add_project("acme/tools/other")
        other.members.update(stage.project.members)
        bot = stage.token.user
        assert stage.project.members[bot.id].level == Level.MAINTAINER
        place = other.full_path
    else:
        assert isinstance(stage, AzureStage)
        place = stage.project.name
    first = door.post()
    assert not (await door.knock(first)).json()["data"]["duplicate"]
    hook = (await add_hook(door.desk.services, "acme", stage.name, place, actor="test")).installation
    secret = HOOK_SECRET.open(door.desk.services.vault, hook)
    assert secret
    again = forged(stage.name, first, f"/webhooks/{stage.name}/{hook.hook_key}", secret)
    answer = await door.knock(again)
    assert answer.status_code == 202, answer.text
    assert not answer.json()["data"]["duplicate"]
    assert len({row.dedupe_key for row in await door.deliveries()}) == 2


def forged(name: str, post: Post, path: str, secret: str) -> Post:
    """The same delivery, proven by another hook's secret."""
    headers = {key.lower(): value for key, value in post.headers.items()}
    proof = f"Basic {base64.b64encode(f'agnox:{secret}'.encode()).decode()}"
    if name == "gitlab":
        proof = signature(secret, headers["webhook-id"], headers["webhook-timestamp"], post.body)
    return Post(path, {**headers, PROOF[name]: proof}, post.body)


@once_on({"gitea"})
async def test_a_hook_that_could_not_be_mended_goes_on_as_before(door: Door) -> None:
    services, stage, before = door.desk.services, door.desk.stage, await door.secret()
    credential, _, place = stage.integration or ("", "", "")
    assert credential
    hook = await door.hook()
    stage.faults.add(Fault(method="PATCH|PUT|POST", path="/hooks", status=403, body=b"{}", times=None))
    with pytest.raises(Invalid, match="takes no hook"):
        await add_hook(services, "acme", stage.name, place, actor="test")
    assert (await door.hook()).id == hook.id
    assert await door.secret() == before
    assert (await door.knock(door.post())).status_code == 202


@once_on({"gitea"})
async def test_while_nobody_knows_which_secret_the_host_has_each_opens(door: Door) -> None:
    services, stage = door.desk.services, door.desk.stage
    old = door.post()
    _, _, place = stage.integration or ("", "", "")
    stage.faults.add(answer_lost(method="PATCH|PUT|POST", path="/hooks"))
    with pytest.raises(Invalid, match="takes no hook"):
        await add_hook(services, "acme", stage.name, place, actor="test")
    (new, *_) = stage.opened(stage.open_pull("other"))
    assert new.path == old.path
    assert [(await door.knock(post)).status_code for post in (old, new)] == [202, 202]
    await add_hook(services, "acme", stage.name, place, actor="test")
    door.seconds.now += hook_secrets.KEPT_SECONDS + 1
    failed(await door.knock(old), 401)
    assert (await door.knock(stage.opened(stage.open_pull("third"))[0])).status_code == 202


@once_on({"azure"})
async def test_the_test_button_is_answered_and_stored_nowhere(door: Door) -> None:
    post = door.post()
    payload = json.loads(post.body) | {"subscriptionId": "00000000-0000-0000-0000-000000000000"}
    answer = await door.knock(Post(post.path, post.headers, json.dumps(payload).encode()))
    assert (answer.status_code, answer.json()["data"]) == (202, {"deliveryId": None, "duplicate": False})
    assert await door.deliveries() == []
    bare = Post(post.path, {"content-type": "application/json"}, json.dumps(payload).encode())
    failed(await door.knock(bare), 401)
