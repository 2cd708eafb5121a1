"""Which provider an address is on, by what the hosts know and by the instances that an organization uses."""

import pytest

from providers.azure import AzureDevOpsHost
from providers.factory import Registry
from providers.github import GithubHost
from providers.gitlab import GitlabHost
from tests.inbound.conftest import FakeHost


class Neighbour(FakeHost):
    """A host that says nothing of addresses, nor of what its CI builds."""


class Builder(Neighbour):
    builds_elsewhere = True


def registry(api_url: str = "") -> Registry:
    github = GithubHost({"api_url": api_url})
    return Registry([(github, github.aliases), (Neighbour("neighbour"), ()), (Builder("builder"), {"builder-ci"})])


@pytest.mark.parametrize(
    ("address", "provider"),
    [
        ("https://github.com/acme/shop.git", "github"),
        ("https://u:p@GitHub.com/acme/shop", "github"),
        ("git@github.com:acme/shop.git", "github"),
        ("ssh://git@ssh.github.com:443/acme/shop.git", "github"),
        ("https://www.github.com/acme/shop/pull/7", "github"),
        ("https://notgithub.com/acme/shop", None),
        ("https://github.com.evil.test/acme/shop", None),
        ("https://gist.github.com/acme", None),
        ("https://code.test/scm/acme/shop", "builder"),
        ("https://code.test/git/acme/shop", "neighbour"),
        ("https://code.test/other/acme/shop", None),
        ("git@code.test:acme/shop", None),
        ("git@alone.test:acme/shop", "neighbour"),
        ("acme/shop", None),
        ("7", None),
        ("https://[", None),
        ("", None),
    ],
)
def test_an_address_tells_the_provider(address: str, provider: str | None) -> None:
    instances = [
        ("neighbour", "https://code.test/git/"),
        ("builder", "https://CODE.test/scm"),
        ("neighbour", "https://alone.test:8443"),
        ("gone", "https://github.com"),
        ("github", ""),
    ]
    assert registry().knowing(address, instances) == provider


def test_an_enterprise_server_is_known_instead_of_the_public_one() -> None:
    hosts = registry("https://git.acme.test/api/v3")
    assert hosts.knowing("git@git.acme.test:acme/shop") == "github"
    assert hosts.knowing("https://github.com/acme/shop") is None
    assert hosts.knowing("https://github.com/acme/shop", [("github", "https://api.github.com")]) == "github"


def test_instances_come_before_what_hosts_say() -> None:
    assert registry().knowing("https://github.com/acme/shop", [("builder", "https://github.com")]) == "builder"


def test_hosts_need_not_say_what_they_build() -> None:
    found = [registry().builds_elsewhere(name) for name in ("github", "neighbour", "Builder_CI")]
    assert found == [False, False, True]


@pytest.mark.parametrize("name", ["builder-ci", " Builder CI ", "BUILDER_CI", "builder - ci"])
def test_it_does_not_matter_how_words_are_joined(name: str) -> None:
    assert registry().canonical(name) == "builder"


@pytest.mark.parametrize(
    ("address", "provider"),
    [
        ("https://gitlab.com/acme/shop.git", "gitlab"),
        ("git@altssh.gitlab.com:acme/shop.git", "gitlab"),
        ("https://acme@dev.azure.com/acme/Shop/_git/web", "azure"),
        ("git@ssh.dev.azure.com:v3/acme/Shop/web", "azure"),
        ("https://acme.visualstudio.com/Shop/_git/web", "azure"),
        ("https://visualstudio.com.evil.test/Shop/_git/web", None),
        ("https://github.com/acme/shop", "github"),
    ],
)
def test_every_host_knows_its_public_addresses(address: str, provider: str | None) -> None:
    kinds = (GithubHost, GitlabHost, AzureDevOpsHost)
    assert Registry([(kind({}), kind.aliases) for kind in kinds]).knowing(address) == provider
