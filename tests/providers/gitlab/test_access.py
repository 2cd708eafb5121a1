"""Tokens and roles: whose they are, what they lack, and how they are renewed."""

from datetime import UTC, date, datetime

import pytest

from providers.credentials import OAuth
from providers.errors import Unauthenticated
from providers.interface import Connection, Exchange
from providers.values import Account, Permission
from simulators.faults import Fault
from simulators.gitlab import Level
from tests.providers.benches.gitlab import GitlabBench
from tests.providers.weather import JSON

pytestmark = pytest.mark.anyio


async def test_inspect_of_a_projects_token(gitlab: GitlabBench) -> None:
    gitlab.token.expires_at = date(2027, 1, 31)
    found = await gitlab.provider.inspect()
    assert found.account == Account(str(gitlab.token.user.id), gitlab.token.user.username, bot=True)
    assert found.expires_at == datetime(2027, 1, 31, tzinfo=UTC)
    assert (found.missing, len(found.notes)) == ((), 1)
    assert found.notes[0].startswith("GitLab 19.")


async def test_inspect_of_a_persons_weak_token(gitlab: GitlabBench) -> None:
    token = gitlab.simulator.add_personal_token(gitlab.simulator.add_user("mona"), scopes=("read_api",))
    found = await gitlab.host.connect(Connection(credential=token.value, base_url=gitlab.url)).inspect()
    assert (found.account.login, found.account.bot, found.missing, found.expires_at) == (
        "mona",
        False,
        ("scope api",),
        None,
    )
    assert "@mona" in found.notes[0]


@pytest.mark.parametrize(
    ("version", "word"),
    [(b'{"version": "15.11.13-ee"}', "older than 16.0"), (b"{}", "does not tell"), (b'{"version": "x"}', "not tell")],
)
async def test_inspect_tells_of_an_old_version(gitlab: GitlabBench, version: bytes, word: str) -> None:
    gitlab.fault(Fault(path="/metadata$", status=200, headers=JSON, body=version))
    assert word in (await gitlab.provider.inspect()).notes[-1]


async def test_inspect_where_a_token_cannot_be_asked(gitlab: GitlabBench) -> None:
    gitlab.fault(Fault(path="/personal_access_tokens/self$", status=404))
    gitlab.fault(Fault(path="/metadata$", status=404))
    found = await gitlab.provider.inspect()
    assert (found.missing, found.expires_at, len(found.notes)) == ((), None, 1)


@pytest.mark.parametrize("state", [b'{"revoked": true}', b'{"active": false}'])
async def test_inspect_believes_a_token_that_says_it_is_dead(gitlab: GitlabBench, state: bytes) -> None:
    gitlab.fault(Fault(path="/personal_access_tokens/self$", status=200, headers=JSON, body=state))
    with pytest.raises(Unauthenticated):
        await gitlab.provider.inspect()


class Vault:
    """Keeps one credential as the bot does."""

    def __init__(self, kept: str) -> None:
        self.kept = kept
        self.renewals = 0

    async def renew(self, stale: str, exchange: Exchange) -> str:
        if self.kept == stale:
            self.renewals += 1
            self.kept = await exchange(stale)
        return self.kept


async def test_an_oauth_grant_is_renewed_and_kept(gitlab: GitlabBench) -> None:
    simulator = gitlab.simulator
    application = simulator.credentials.add_application()
    owner = simulator.add_member(gitlab.place, "mona", Level.DEVELOPER)
    pair = simulator.credentials.authorize(application, owner, ("api",))
    kept = OAuth(
        client_id=application.client_id,
        client_secret=application.client_secret,
        refresh_token=pair["refresh_token"],
        access_token=pair["access_token"],
        expires_at=gitlab.moment() + 7200,
    ).dump()
    vault = Vault(kept)
    provider = gitlab.host.connect(Connection(credential=kept, base_url=gitlab.url, keeper=vault))
    found = await provider.inspect()
    assert (found.account.login, found.missing, vault.renewals) == ("mona", (), 0)
    gitlab.moment.seconds += 7201
    await provider.get_pull_request(gitlab.repository, 1)
    assert vault.renewals == 1
    assert vault.kept != kept
    await provider.get_pull_request(gitlab.repository, 1)
    assert vault.renewals == 1
    await gitlab.host.aclose()


@pytest.mark.parametrize(
    ("level", "permission"),
    [
        (Level.NONE, Permission.NONE),
        (Level.MINIMAL, Permission.NONE),
        (Level.GUEST, Permission.READ),
        (Level.PLANNER, Permission.READ),
        (Level.REPORTER, Permission.TRIAGE),
        (Level.DEVELOPER, Permission.WRITE),
        (Level.MAINTAINER, Permission.MAINTAIN),
        (Level.OWNER, Permission.ADMIN),
    ],
)
async def test_roles(gitlab: GitlabBench, level: Level, permission: Permission) -> None:
    user = gitlab.simulator.add_member(gitlab.place.namespace, "carol", level)
    for account in (Account(str(user.id), "carol"), Account("", "Carol")):
        assert await gitlab.provider.permission(gitlab.repository, account) is permission
    user.state = "blocked"
    assert await gitlab.provider.permission(gitlab.repository, Account(str(user.id), "carol")) is Permission.NONE


async def test_a_part_of_a_name_is_nobody(gitlab: GitlabBench) -> None:
    gitlab.give("carol", Permission.ADMIN)
    for account in (Account("", "car"), Account("carol", "carol"), Account("", "")):
        assert await gitlab.provider.permission(gitlab.repository, account) is Permission.NONE
