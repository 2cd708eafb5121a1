"""Tokens, their scopes and rights, and who may do what."""

import pytest

from providers.credentials import OAuth
from providers.errors import Forbidden
from providers.gitea import GiteaHost
from providers.interface import CiProvider, Connection
from providers.values import Account, Permission, Repository
from simulators.gitea import BOT_SCOPES
from simulators.gitea.faults import refused
from tests.providers.benches.gitea import URL, GiteaBench

pytestmark = pytest.mark.anyio


def connected(bench: GiteaBench, login: str, *scopes: str) -> CiProvider:
    token = bench.simulator.token(login, scopes or BOT_SCOPES)
    return bench.host.connect(Connection(credential=token, base_url=URL))


@pytest.mark.parametrize(
    ("scopes", "missing"),
    [
        (("all",), ()),
        (("read:user", "write:issue", "read:repository"), ("scope write:repository",)),
        (("read:user", "read:issue", "write:repository"), ("scope write:issue",)),
        (("read:user", "read:repository"), ("scope write:issue", "scope write:repository")),
        (("read:user", "write:issue"), ("scope read:user", "scope read:repository")),
        (("write:issue", "write:repository"), ("scope read:user",)),
    ],
)
async def test_inspect_names_the_scopes_that_are_missing(
    gitea: GiteaBench, scopes: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    found = await connected(gitea, "agnox", *scopes).inspect()
    assert found.missing == missing
    assert gitea.comments() == []


async def test_inspect_tells_where_rights_are_missing_and_the_version(gitea: GiteaBench) -> None:
    whole = await gitea.provider.inspect()
    assert (whole.account.login, whole.notes) == ("agnox", ("version 1.23.8",))
    for name, right in (("a", "write"), ("b", "read"), ("c", "read"), ("d", "read"), ("e", "admin")):
        gitea.simulator.set_right(gitea.simulator.add_repository(f"acme/{name}", private=True), "agnox", right)
    found = await gitea.provider.inspect()
    assert found.missing == ()
    assert found.notes == (
        "acme/a, acme/b, acme/c and 1 more: @agnox is no administrator there, so commands are not obeyed and webhooks "
        "can't be made",
        "acme/b, acme/c, acme/d: @agnox may not write there, so statuses can't be set",
        "version 1.23.8",
    )


async def test_inspect_of_a_token_that_sees_nothing_yet(gitea: GiteaBench) -> None:
    found = await connected(gitea, "newcomer").inspect()
    assert (found.account.login, found.missing) == ("newcomer", ())
    assert "make @newcomer a collaborator" in found.notes[0]


async def test_the_version_may_be_kept_secret(gitea: GiteaBench) -> None:
    gitea.fault(refused(403, "not for you", path="/version$"))
    assert (await gitea.provider.inspect()).notes == ("the host does not tell its version",)


async def test_the_owner_may_do_everything(gitea: GiteaBench) -> None:
    personal = gitea.simulator.add_repository("mona/notes", private=True, organization=False)
    gitea.simulator.set_right(personal, "agnox", "admin")
    where = Repository(str(personal.id), "mona/notes")
    assert await gitea.provider.permission(where, Account("", "mona")) is Permission.ADMIN


async def test_a_name_that_was_given_to_another_account_is_not_believed(gitea: GiteaBench) -> None:
    account = gitea.give("carol", Permission.ADMIN)
    assert await gitea.provider.permission(gitea.repository, account) is Permission.ADMIN
    former = Account("999999", "carol")
    assert await gitea.provider.permission(gitea.repository, former) is Permission.NONE


async def test_permission_is_not_guessed_where_we_are_no_administrator(gitea: GiteaBench) -> None:
    account = gitea.give("carol", Permission.ADMIN)
    gitea.simulator.set_right(gitea.place, "writer", "write")
    with pytest.raises(Forbidden, match="make our user one"):
        await connected(gitea, "writer").permission(gitea.repository, account)


async def test_archived_repositories_are_left_out(gitea: GiteaBench) -> None:
    gitea.place.archived = True
    assert await gitea.provider.repositories() == ()


@pytest.mark.parametrize(
    ("connection", "problem"),
    [
        (Connection(installation="7"), "no installations"),
        (Connection(base_url=URL), "needs a token"),
        (Connection(credential="t"), "needs the address of its instance"),
        (Connection(credential="t", base_url="ftp://git.acme.com"), "not the address of a Gitea"),
        (Connection(credential="t", base_url="https://me:secret@git.acme.com"), "not the address of a Gitea"),
        (Connection(credential="t", base_url="https://[git"), "not the address of a Gitea"),
        (Connection(credential=OAuth("id", "refresh").dump(), base_url=URL), "Gitea takes a token"),
        (Connection(credential="two words", base_url=URL), "no token"),
    ],
)
def test_connect_says_what_is_lacking(connection: Connection, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        GiteaHost({}).connect(connection)


def test_providers_are_kept_for_each_tenant_token_and_instance() -> None:
    host = GiteaHost({"url": "https://git.acme.com/"})
    first = host.connect(Connection(credential="t", tenant="acme"))
    assert host.connect(Connection(credential="t", base_url="https://git.acme.com/api/v1", tenant="acme")) is first
    for other in (
        Connection(credential="t", tenant="globex"),
        Connection(credential="u", tenant="acme"),
        Connection(credential="t", base_url="https://codeberg.org", tenant="acme"),
    ):
        assert host.connect(other) is not first
    assert host.install_url == "https://git.acme.com/user/settings/applications"
    assert GiteaHost({}).install_url == ""


@pytest.mark.parametrize(
    ("named", "path"),
    [
        ("acme/shop", "acme/shop"),
        ("https://acme.com/git/acme/shop.git", "acme/shop"),
        ("https://token@acme.com/git/acme/shop", "acme/shop"),
        ("git@acme.com:acme/shop.git", "acme/shop"),
        ("ssh://git@acme.com:2222/acme/shop.git", "acme/shop"),
    ],
)
def test_repositories_are_known_by_their_addresses(named: str, path: str) -> None:
    assert GiteaHost({}).read_repository(named, "https://acme.com/git") == Repository("", path)
    assert GiteaHost({"url": "https://acme.com/git"}).read_repository(named) == Repository("", path)


def test_knows_its_own_addresses() -> None:
    host = GiteaHost({"url": "https://git.acme.com/"})
    addresses = ("https://git.acme.com/a/b", "git@codeberg.org:a/b.git", "https://github.com/a/b", "a/b")
    assert [host.knows(address) for address in addresses] == [True, True, False, False]
    assert not GiteaHost({}).knows("https://git.acme.com/a/b")
