"""The provider in docs/providers.md, installed as a stranger's distribution and found by its entry point."""

import hashlib
import hmac
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from providers.base import BaseProvider
from providers.errors import Forbidden, InvalidSignature, Rejected, Unavailable
from providers.events import CommentAdded
from providers.factory import Registry, host_types
from providers.interface import CiProvider, Connection, Host
from providers.report import Verdict
from providers.values import Account, CommentRef, Reaction, Repository, Revision, Slot
from tests.providers.samples import TIMEOUT, report, suite

pytestmark = pytest.mark.anyio

DOCUMENT = Path(__file__).parents[2] / "docs" / "providers.md"
SHOP = Repository("7", "acme/shop")


def block(language: str) -> str:
    """The one block of code in this language."""
    [found] = re.findall(rf"```{language}\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    return str(found)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Puts module and metadata where an installer would, on a path of its own."""
    project = tomllib.loads(block("toml"))["project"]
    (tmp_path / "agnox_forge.py").write_text(block("python"), encoding="utf-8")
    metadata = tmp_path / f"agnox_forge-{project['version']}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 1.0\n")
    groups = "".join(
        f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in entries.items())
        for group, entries in project["entry-points"].items()
    )
    (metadata / "entry_points.txt").write_text(groups)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("agnox_forge", None)


class Forge:
    """A host with the API that the skeleton speaks."""

    def __init__(self) -> None:
        self.comments: dict[str, str] = {}
        self.statuses: dict[str, str] = {}
        self.hooks: dict[str, str] = {}

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.headers["authorization"] != "Bearer secret":
            return httpx2.Response(403, json={"message": "not for you"})
        body = json.loads(request.content) if request.content else {}
        path = request.url.raw_path.decode().removeprefix("/forge/api/").removeprefix("acme%2Fshop/")
        place, _, rest = path.replace("%2F", "_").partition("/")
        return httpx2.Response(200, json=getattr(self, f"{request.method.lower()}_{place}")(rest, body))

    def get_user(self, path: str, body: Any) -> Any:
        return {"id": 5, "login": "agnox"}

    def get_acme_shop(self, path: str, body: Any) -> Any:
        return {"id": 7, "full_name": "acme/shop"}

    def get_hooks(self, path: str, body: Any) -> Any:
        return [{"id": url, "url": url} for url in self.hooks]

    def put_hooks(self, path: str, body: Any) -> Any:
        self.hooks[body["url"]] = body["secret"]

    def delete_hooks(self, path: str, body: Any) -> Any:
        self.hooks.clear()

    def get_pulls(self, path: str, body: Any) -> Any:
        if not path.endswith("/comments"):
            return {"number": int(path), "head": {"sha": "abc"}, "state": "open"}
        return [{"id": key, "body": text, "own": True} for key, text in self.comments.items()]

    def post_pulls(self, path: str, body: Any) -> Any:
        self.comments[key := str(len(self.comments) + 1)] = body["body"]
        return {"id": key, "url": f"https://forge.example/{key}"}

    def patch_pulls(self, path: str, body: Any) -> Any:
        self.comments[key := path.rpartition("/")[2]] = body["body"]
        return {"id": key, "url": f"https://forge.example/{key}"}

    def put_statuses(self, sha: str, body: Any) -> Any:
        self.statuses[sha] = f"{body['name']} {body['state']}"
        return {"id": sha}


def connected(forge: Any, credential: str = "secret") -> tuple[Host, CiProvider]:
    [kind] = [kind for kind in host_types() if kind.name == "forge"]
    host: Host = kind({"url": "https://acme.com/forge/api"}, transport=httpx2.MockTransport(forge))  # type: ignore[call-arg]
    return host, host.connect(Connection(credential=credential))


@pytest.mark.usefixtures("installed")
async def test_a_stranger_s_provider_is_found_by_its_entry_point() -> None:
    registry = Registry.from_entry_points({"forge": {"url": "https://acme.com/forge"}})
    assert {"forge", "gitea", "github", "gitlab", "azure"} <= set(registry.names)
    assert registry.canonical("Forge CI") == "forge"
    host = registry.get("forge")
    assert host.read_repository("https://acme.com/forge/acme/shop.git") == Repository("", "acme/shop")
    await registry.aclose()


@pytest.mark.usefixtures("installed")
async def test_its_events_are_proven_and_read() -> None:
    host, _ = connected(Forge())
    payload = {
        "repository": {"id": 7, "full_name": "acme/shop"},
        "number": 3,
        "comment": {"id": 9, "body": "/agnox rerun"},
        "user": {"id": 1, "login": "mona"},
    }
    body = json.dumps(payload).encode()
    headers = {"x-forge-event": "comment", "x-forge-signature": hmac.new(b"s", body, hashlib.sha256).hexdigest()}
    host.webhooks.verify(headers, body, ["s"])
    with pytest.raises(InvalidSignature):
        host.webhooks.verify(headers, body, ["other"])
    event = host.webhooks.identify(headers, body).event
    assert host.webhooks.parse(event, {}, body) == (
        CommentAdded("", CommentRef(SHOP, 3, "9"), Account("1", "mona"), "/agnox rerun"),
    )
    assert host.webhooks.parse("push", {}, body) == ()
    await host.aclose()


@pytest.mark.usefixtures("installed")
async def test_it_says_what_the_bot_has_to_say() -> None:
    forge = Forge()
    host, provider = connected(forge)
    each = report(suite(Verdict.FAILED, TIMEOUT))
    body = provider.render_comment(each)
    first = await provider.put_comment(SHOP, 3, "words", Slot())
    for slot in (Slot(first.id), Slot(unsure=True)):
        assert (await provider.put_comment(SHOP, 3, body, slot)).id == first.id
    assert forge.comments == {"1": body}
    await provider.put_status(Revision(SHOP, "abc"), provider.render_check(each.suites[0], each), Slot())
    assert forge.statuses == {"abc": "Agnox failed"}
    assert (await provider.get_pull_request(await provider.get_repository(Repository("", "acme/shop")), 3)).head_sha
    with pytest.raises(Rejected, match="forge has no checks"):
        await provider.put_check(Revision(SHOP, "abc"), provider.render_check(each.suites[0], each), "1", Slot())
    await host.aclose()


@pytest.mark.usefixtures("installed")
async def test_it_is_let_in_and_has_its_webhooks_made() -> None:
    forge = Forge()
    host, provider = connected(forge)
    assert (await provider.inspect()).account == Account("5", "agnox")
    for secret in ("one", "two"):
        [hook] = await provider.ensure_hooks("acme/shop", "https://bot.example/key", secret)
    assert (hook.url, hook.active, list(forge.hooks.values())) == ("https://bot.example/key", True, ["two"])
    await provider.remove_hooks("acme/shop", hook.url)
    assert forge.hooks == {}
    await host.aclose()


@pytest.mark.usefixtures("installed")
async def test_its_failures_are_those_of_the_contract() -> None:
    host, stranger = connected(Forge(), "stolen")
    with pytest.raises(Forbidden, match="Forge answered 403: not for you"):
        await stranger.put_comment(SHOP, 3, "words", Slot())
    await host.aclose()
    host, provider = connected(lambda request: httpx2.Response(200, text="<html>"))
    with pytest.raises(Unavailable):
        await provider.put_comment(SHOP, 3, "words", Slot())
    await host.aclose()


async def test_the_base_of_a_provider_has_every_verb_and_can_nothing() -> None:
    provider: CiProvider = BaseProvider()
    ref = CommentRef(SHOP, 3, "9")
    await provider.react(ref, Reaction.SEEN)
    await provider.remove_hooks("acme/shop", "https://bot.example")
    assert await provider.permission(SHOP, Account("1", "mona")) == 0
    assert (await provider.hooks("acme/shop", ""), await provider.find_pull_requests(SHOP, "abc")) == ((), ())
    for call in (
        lambda: provider.get_comment(ref),
        lambda: provider.get_pull_request(SHOP, 3),
        lambda: provider.get_commit(SHOP, "abc"),
        lambda: provider.changed_files(SHOP, 3),
        lambda: provider.get_repository(SHOP),
        lambda: provider.put_remarks(Revision(SHOP, "abc"), (), Slot()),
        lambda: provider.ensure_hooks("acme/shop", "", ""),
        provider.repositories,
        provider.inspect,
    ):
        with pytest.raises(Rejected, match="unnamed has no"):
            await call()
