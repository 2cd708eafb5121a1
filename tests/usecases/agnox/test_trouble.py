"""An Agnox server that refuses us, is in trouble, or answers what must not be believed."""

import socket
from datetime import timedelta

import pytest

from bot.node import agnox_http
from bot.node.agnox import AgnoxClient
from bot.node.agnox_http import Connection
from bot.store.base import now
from bot.usecases.administer import create_organization, create_project
from bot.usecases.agnox.servers import AddedServer, add_server, check_server, replace_key
from bot.usecases.errors import Invalid
from providers.errors import ProviderError, RateLimited, Rejected, TooLarge, Unauthenticated, Unavailable
from simulators.faults import Fault, cut_off, html_page, json_fault, slow
from tests.usecases.agnox.conftest import Bench
from tests.usecases.hosts import on, once_on

pytestmark = pytest.mark.anyio


@on({"gitlab"})
async def test_a_revoked_key_marks_the_server_and_a_new_one_mends_it(bench: Bench) -> None:
    await bench.join()
    run = bench.run(bench.desk.stage.open_pull())
    bench.account.revoked = True
    await bench.tell(run)
    await bench.desk.drain()
    server, delivery = await bench.server(), await bench.delivery()
    assert "401" in server.broken and "agnox integration server replace" in server.broken
    assert (delivery.state, delivery.note) == ("failed", server.broken)
    assert await bench.executions() == []
    with pytest.raises(Invalid, match="nothing was stored"):
        await replace_key(bench.desk.services, "acme", bench.account.key, actor="test")
    bench.account.revoked = False
    await replace_key(bench.desk.services, "acme", bench.account.key, actor="test")
    assert (await bench.server()).broken == ""
    await bench.again()
    assert [each.state for each in await bench.executions()] == ["FAILED"]


@once_on({"gitlab"})
async def test_a_check_finds_a_revoked_key_and_that_it_works_again(bench: Bench) -> None:
    await bench.join()
    bench.account.revoked = True
    assert "401" in (await check_server(bench.desk.services, "acme")).broken
    bench.account.revoked = False
    assert (await check_server(bench.desk.services, "acme")).broken == ""


async def _rival(bench: Bench) -> AddedServer:
    """Another organization with the same server, by a key of its own."""
    await create_organization(bench.desk.database, "rival", actor="test")
    await create_project(bench.desk.database, "rival", "other", actor="test")
    account = bench.remote.add_account()
    return await add_server(bench.desk.services, "rival", bench.url, account.key, actor="test")


@on({"gitlab"})
async def test_nobody_learns_of_the_runs_of_others(bench: Bench) -> None:
    await bench.join()
    run = bench.run(bench.desk.stage.open_pull())
    rival = await _rival(bench)
    # Signed with their secret for our hook, and ours for theirs: not proven.
    assert (await bench.tell(run, secret=rival.hook_secret)).status_code == 401
    assert (await bench.tell(run, key=rival.server.hook_key)).status_code == 401
    # Well signed for their own hook: their key does not show our run.
    assert (await bench.tell(run, secret=rival.hook_secret, key=rival.server.hook_key)).status_code == 202
    with pytest.raises(Unavailable, match="does not show the end"):
        await bench.desk.drain()
    assert await bench.executions() == []


@once_on({"gitlab"})
async def test_an_unknown_hook_is_not_there(bench: Bench) -> None:
    await bench.join()
    run = bench.run(bench.desk.stage.open_pull())
    for key in ("x" * 32, "short", "%2e%2e"):
        assert (await bench.tell(run, key=key)).status_code == 404
    assert (await bench.post(b"{}", {}, bench.added.server.hook_key)).status_code == 401


FAULTS = [
    (html_page(502), Unavailable),
    (html_page(200), Unavailable),
    (cut_off(), Unavailable),
    (json_fault(200, ["no object"]), Unavailable),
    (json_fault(200, {"success": False, "error": "said no"}), Rejected),
    (json_fault(429, {"success": False}, {"retry-after": "7"}), RateLimited),
    (json_fault(401, {"success": False}), Unauthenticated),
    (Fault(status=200, body=b"[" * 100_000), Unavailable),
    (Fault(status=200, body=b"x" * (agnox_http.ENOUGH + 1)), TooLarge),
    (Fault(status=200, body=b"x", headers={"content-encoding": "gzip"}), Unavailable),
    (Fault(status=302, headers={"location": "http://169.254.169.254/latest"}), Rejected),
    (slow(2.0), Unavailable),
]


@once_on({"gitlab"})
@pytest.mark.parametrize(("fault", "kind"), FAULTS)
async def test_what_a_server_answers_is_bounded_and_named(
    bench: Bench, fault: Fault, kind: type[ProviderError]
) -> None:
    await bench.join()
    fault.times = 1
    bench.remote.faults.add(fault)
    asked = len(bench.remote.calls)
    client = AgnoxClient(Connection(bench.url, bench.account.key, now, whole=1.0 if fault.delay else 30.0), 1000)
    with pytest.raises(kind) as caught:
        await client.check()
    assert type(caught.value) is kind
    assert len(bench.remote.calls) == asked + 1
    if isinstance(caught.value, RateLimited):
        assert timedelta(seconds=5) < caught.value.retry_at - now() <= timedelta(seconds=7)


@once_on({"gitlab"})
@pytest.mark.parametrize("key", ["two words", "", "é" * 20, "x" * 5000])
async def test_what_is_no_key_is_refused(bench: Bench, key: str) -> None:
    with pytest.raises(Invalid, match="no key"):
        await add_server(bench.desk.services, "acme", bench.url, key, actor="test")


@once_on({"gitlab"})
@pytest.mark.parametrize(
    "url", ["http://agnox.acme.test", "https://169.254.169.254", "https://a:b@agnox.test", "file:///etc/passwd", "x"]
)
async def test_the_address_is_one_that_requests_may_go_to(bench: Bench, url: str) -> None:
    with pytest.raises(Invalid):
        await add_server(bench.desk.services, "acme", url, "a-key", check=False, actor="test")


async def test_a_name_that_leads_to_the_machines_own_network_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(None, None, None, "", ("169.254.169.254", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    client = AgnoxClient(Connection("https://agnox.acme.test", "key", now), 1000)
    with pytest.raises(Rejected, match="own network"):
        await client.check()
