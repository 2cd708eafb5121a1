"""What the host makes of names, settings and connections."""

from dataclasses import replace

import pytest

from providers.credentials import ServicePrincipal
from providers.errors import Unavailable
from providers.factory import Registry
from providers.gitlab import GitlabHost
from providers.interface import Connection
from providers.values import Repository

pytestmark = pytest.mark.anyio


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
