"""Calls under weather: limits, faults, tokens, redirects and strange answers; and what the host makes of settings."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from providers.credentials import OAuth, ServicePrincipal
from providers.errors import NotFound, ProviderError, RateLimited, Rejected, Unauthenticated, Unavailable
from providers.factory import Registry
from providers.gitlab import GitlabHost
from providers.interface import Connection, Exchange
from providers.values import Account, Permission, Reaction, Repository
from simulators.faults import Fault, cut_off, html_page
from simulators.gitlab import ChangedFile, Level, throttled
from tests.providers.benches.gitlab import GitlabBench

pytestmark = pytest.mark.anyio

PULL = "/merge_requests/1$"
JSON = {"content-type": "application/json"}


async def read(bench: GitlabBench) -> None:
    await bench.provider.get_pull_request(bench.repository, 1)


@pytest.mark.parametrize("retry_after", [None, 90])
async def test_a_limit_is_kept_without_asking_again(gitlab: GitlabBench, retry_after: int | None) -> None:
    now = int(gitlab.moment())
    gitlab.fault(throttled(now + 60, retry_after, path=PULL))
    with pytest.raises(RateLimited, match="GitLab answered 429: Retry later") as limited:
        await read(gitlab)
    wait = limited.value.retry_at.timestamp() - now
    assert wait == (retry_after or 61)
    gitlab.calls()
    with pytest.raises(RateLimited):
        await gitlab.provider.repositories()
    assert gitlab.calls() == (0, 0)
    gitlab.moment.seconds += wait + 1
    await read(gitlab)


async def test_a_limit_holds_back_its_own_connection_only(gitlab: GitlabBench) -> None:
    other = gitlab.host.connect(replace(gitlab.connection, tenant="umbrella"))
    assert other is not gitlab.provider
    gitlab.fault(throttled(int(gitlab.moment()) + 60, path=PULL))
    with pytest.raises(RateLimited):
        await read(gitlab)
    await other.get_pull_request(gitlab.repository, 1)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_broken_host_is_asked_once_and_its_page_not_quoted(gitlab: GitlabBench, status: int) -> None:
    fault = gitlab.fault(html_page(status, times=None, path=PULL))
    with pytest.raises(Unavailable) as broken:
        await read(gitlab)
    assert str(broken.value) == f"GitLab answered {status}: HTTP {status}"
    assert fault.hits == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault(path=PULL, status=200, headers={"content-type": "text/html"}, body=b"<html>Sign in</html>"),
        Fault(path=PULL, status=200, headers=JSON, body=b"{"),
        Fault(path=PULL, status=200, headers=JSON, body=b"[" * 100_000),
        cut_off(path=PULL),
    ],
)
async def test_an_answer_that_cannot_be_read_is_unavailable(gitlab: GitlabBench, fault: Fault) -> None:
    gitlab.fault(fault)
    with pytest.raises(Unavailable):
        await read(gitlab)
    await read(gitlab)


@pytest.mark.parametrize("body", [b"[]", b"{}", b"7", b"null", b'{"iid": "1", "sha": []}', b'[{"a": 1}, 2]'])
async def test_an_answer_of_another_shape_is_a_provider_error_or_nothing(gitlab: GitlabBench, body: bytes) -> None:
    gitlab.fault(Fault(method="GET", times=None, status=200, headers=JSON, body=body))
    where, provider = gitlab.repository, gitlab.provider
    for call in (
        lambda: provider.get_pull_request(where, 1),
        lambda: provider.get_commit(where, "a" * 40),
        lambda: provider.get_repository(where),
        provider.inspect,
    ):
        with pytest.raises(ProviderError):
            await call()
    assert await provider.permission(where, Account("7", "carol")) is Permission.NONE
    for listing in (
        lambda: provider.find_pull_requests(where, "a" * 40),
        provider.repositories,
        lambda: provider.hooks("acme/shop", "https://agnox.example"),
    ):
        try:
            assert not await listing()
        except Unavailable:
            continue


async def test_a_page_that_cannot_be_called_is_unavailable(gitlab: GitlabBench) -> None:
    provider = gitlab.host.connect(Connection(credential="glpat-x", base_url="http://127.0.0.1:9"))
    with pytest.raises(Unavailable, match="can't be reached"):
        await provider.inspect()


async def test_links_to_the_next_page_stay_at_our_address(gitlab: GitlabBench) -> None:
    for index in range(150):
        gitlab.simulator.add_project(f"acme/shop-{index}")
    gitlab.simulator.add_member(gitlab.place.namespace, gitlab.token.user.username, Level.DEVELOPER)
    assert len({repository.id for repository in await gitlab.provider.repositories()}) == 151


async def test_a_link_to_the_instances_other_name_is_asked_for_at_ours(gitlab: GitlabBench) -> None:
    link = '<https://inside.example.com/api/v4/projects?membership=true&page=1&per_page=100>; rel="next"'
    first = b'[{"id": 7, "path_with_namespace": "acme/first"}]'
    gitlab.fault(Fault(path="/projects$", status=200, headers={**JSON, "link": link}, body=first))
    assert list(await gitlab.provider.repositories()) == [Repository("7", "acme/first"), gitlab.repository]


async def test_an_old_path_leads_to_the_new_name_for_reads(gitlab: GitlabBench) -> None:
    gitlab.rename("acme/store")
    old = Repository("", "acme/shop")
    assert await gitlab.provider.get_repository(old) == Repository(gitlab.repository.id, "acme/store")
    assert (await gitlab.provider.get_pull_request(old, 1)).repository.id == gitlab.repository.id
    files = await gitlab.provider.changed_files(gitlab.repository, 1)
    assert len(files) == 2


@pytest.mark.parametrize(
    ("location", "error"),
    [
        ("https://evil.example/api/v4/projects/1", None),
        ("https://evil.example/", NotFound),
        ("/users/sign_in", Unauthenticated),
        ("/api/v4/projects/../../user", NotFound),
        ("/api/v4/projects/%2e%2e/%2E%2E/user", NotFound),
        ("", NotFound),
    ],
)
async def test_a_redirect_leads_nowhere_else(
    gitlab: GitlabBench, location: str, error: type[ProviderError] | None
) -> None:
    target = location.replace("/projects/1", f"/projects/{gitlab.place.id}")
    gitlab.fault(
        Fault(
            method="GET", path=r"/projects/acme%2Fshop$|/projects/acme/shop$", status=302, headers={"location": target}
        )
    )
    if error is None:
        # Only the path counts, and it is asked for at our own host.
        assert await gitlab.provider.get_repository(Repository("", "acme/shop")) == gitlab.repository
        return
    with pytest.raises(error):
        await gitlab.provider.get_repository(Repository("", "acme/shop"))


async def test_a_write_is_never_sent_on(gitlab: GitlabBench) -> None:
    comment = gitlab.stranger_says("hello")
    gitlab.fault(Fault(method="POST", status=301, headers={"location": f"{gitlab.url}/api/v4/user"}))
    with pytest.raises(NotFound):
        await gitlab.provider.react(comment, Reaction.SEEN)


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


async def test_changed_files_of_every_kind(gitlab: GitlabBench) -> None:
    patch = "@@ -1 +1 @@\n-a\n+b"
    files = [
        ChangedFile("a", patch, "added"),
        ChangedFile("b", patch, "removed"),
        ChangedFile("c", patch, "renamed", "d"),
        ChangedFile("e", patch),
    ]
    gitlab.simulator.push(gitlab.request, [*files, *(ChangedFile(f"f{number}", patch) for number in range(200))])
    found = await gitlab.provider.changed_files(gitlab.repository, 1)
    assert [(file.path, file.status, file.previous_path) for file in found[:4]] == [
        ("a", "added", ""),
        ("b", "deleted", ""),
        ("c", "renamed", "d"),
        ("e", "modified", ""),
    ]
    assert len(found) == 204


async def test_a_patch_that_gitlab_left_out_is_empty(gitlab: GitlabBench) -> None:
    body = (
        b'[{"new_path": "a", "old_path": "a", "diff": "@@", "collapsed": true}, {"new_path": "b", "too_large": true}]'
    )
    gitlab.fault(Fault(path="/diffs$", status=200, headers=JSON, body=body))
    assert [file.patch for file in await gitlab.provider.changed_files(gitlab.repository, 1)] == ["", ""]


async def test_the_commit_that_ci_tests_is_told(gitlab: GitlabBench) -> None:
    assert (await gitlab.provider.get_pull_request(gitlab.repository, 1)).merge_sha == ""
    gitlab.push()
    merged = gitlab.simulator.add_merge_request_pipeline(gitlab.request, merged_results=True)
    assert (await gitlab.provider.get_pull_request(gitlab.repository, 1)).merge_sha == merged.sha


NAMED = [
    ("70000001", Repository("70000001", "")),
    ("acme/shop", Repository("", "acme/shop")),
    (" /acme/tools/Shop.js/ ", Repository("", "acme/tools/Shop.js")),
    ("acme%2Fshop", Repository("", "acme/shop")),
    ("acme/.gitlab", Repository("", "acme/.gitlab")),
    ("https://git.acme.com/gitlab/acme/shop.git", Repository("", "acme/shop")),
    ("https://gitlab-ci-token:glcbt-1@git.acme.com/gitlab/acme/tools/shop.git", Repository("", "acme/tools/shop")),
    ("https://git.acme.com/gitlab/acme/shop/-/merge_requests/7", Repository("", "acme/shop")),
    ("git@git.acme.com:acme/shop.git", Repository("", "acme/shop")),
    ("ssh://git@git.acme.com:2222/acme/tools/shop.git", Repository("", "acme/tools/shop")),
]


@pytest.mark.parametrize(("named", "repository"), NAMED)
def test_names_of_projects(named: str, repository: Repository) -> None:
    assert GitlabHost({}).read_repository(named, "https://git.acme.com/gitlab") == repository


@pytest.mark.parametrize(
    "named", ["", "shop", "acme/", "acme//shop", "a/./b", "a b/c", "ftp://x/a/b", "-a/b", "a" * 2000]
)
def test_what_names_no_project(named: str) -> None:
    with pytest.raises(ValueError, match="send GROUP/PROJECT"):
        GitlabHost({}).read_repository(named)


def test_connections_are_kept_apart_and_reused() -> None:
    host = GitlabHost({})
    first = Connection(credential="glpat-one", tenant="acme")
    assert host.connect(first) is host.connect(replace(first, base_url="https://gitlab.com/api/v4/"))
    others = [
        replace(first, credential="glpat-two"),
        replace(first, tenant="umbrella"),
        replace(first, base_url="https://git.acme.com"),
    ]
    assert len({id(host.connect(each)) for each in (first, *others)}) == 4


@pytest.mark.parametrize(
    "connection",
    [
        Connection(),
        Connection(installation="7"),
        Connection(credential="two words"),
        Connection(credential="{"),
        Connection(credential=ServicePrincipal("t", "c", "s").dump()),
        Connection(credential="glpat-x", base_url="git.acme.com"),
        Connection(credential="glpat-x", base_url="https://me:secret@git.acme.com"),
        Connection(credential="glpat-x", base_url="https://git.acme.com?x=1"),
        Connection(credential="glpat-x", base_url="file:///etc"),
        Connection(credential="glpat-x", base_url="https://["),
        Connection(credential="glpat-x", base_url="https://git.acme.com:port"),
    ],
)
def test_a_connection_that_lacks_something_is_told_so(connection: Connection) -> None:
    with pytest.raises(ValueError, match=r"\w") as refused:
        GitlabHost({}).connect(connection)
    assert not isinstance(refused.value, UnicodeError)


def test_settings() -> None:
    assert GitlabHost({"url": "https://git.acme.com/"}).install_url.startswith("https://git.acme.com/-/")
    assert GitlabHost({"comment": " Discussion "}).connect(Connection(credential="x")).capabilities.resolves
    assert not GitlabHost({}).connect(Connection(credential="x")).capabilities.resolves
    assert GitlabHost({}).hook_secrets is None
    for wrong in ({"comment": "thread"}, {"url": "git.acme.com"}):
        with pytest.raises(ValueError, match="GitLab"):
            GitlabHost(wrong)


async def test_closing_ends_all_calls() -> None:
    host = GitlabHost({})
    await host.aclose()
    provider = host.connect(Connection(credential="glpat-x", base_url="http://127.0.0.1:9"))
    await host.aclose()
    with pytest.raises(Unavailable):
        await provider.inspect()


def test_the_registry_knows_the_host() -> None:
    registry = Registry([(GitlabHost({}), GitlabHost.aliases)])
    assert {registry.canonical(name) for name in ("GitLab", "gitlab-ci", "gitlab.com", "gitlab-ee")} == {"gitlab"}


async def test_put_on_a_place_that_is_a_way_up_is_refused(gitlab: GitlabBench) -> None:
    for repository in (Repository("", ""), Repository("..", ""), Repository("", ".")):
        with pytest.raises((NotFound, Rejected)):
            await gitlab.provider.get_pull_request(repository, 1)
    assert gitlab.calls() == (0, 0)
