"""Calls under weather: limits, faults, tokens, redirects and strange answers; and what the host makes of settings."""

from dataclasses import replace

import pytest

from providers.errors import NotFound, ProviderError, RateLimited, Rejected, Unauthenticated, Unavailable
from providers.interface import Connection
from providers.values import Account, Permission, Reaction, Repository
from simulators.faults import Fault, cut_off, html_page
from simulators.gitlab import Level, throttled
from tests.providers.benches.gitlab import GitlabBench
from tests.providers.weather import JSON, PULL, read

pytestmark = pytest.mark.anyio


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


async def test_put_on_a_place_that_is_a_way_up_is_refused(gitlab: GitlabBench) -> None:
    for repository in (Repository("", ""), Repository("..", ""), Repository("", ".")):
        with pytest.raises((NotFound, Rejected)):
            await gitlab.provider.get_pull_request(repository, 1)
    assert gitlab.calls() == (0, 0)
