"""From a source's name to its host."""

from importlib.metadata import EntryPoint, EntryPoints

import pytest

from providers import factory
from providers.factory import Registry, UnknownSource
from providers.github import GithubHost

pytestmark = pytest.mark.anyio


async def test_registry_finds_hosts_by_name_and_alias(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("github", "providers.github:GithubHost", factory.GROUP)
    monkeypatch.setattr(factory, "entry_points", lambda group: EntryPoints([entry]))
    registry = Registry.from_entry_points({"github": {"app_slug": "agnox", "app_id": "7"}})
    [host] = registry
    assert isinstance(host, GithubHost)
    assert host.install_url.endswith("/apps/agnox/installations/new")
    assert registry.get(" GitHub-Actions ") is host
    assert (registry.canonical("GHES"), registry.canonical("jenkins")) == ("github", None)
    assert registry.names == ["github"]
    with pytest.raises(UnknownSource, match="'jenkins'; known are github"):
        registry.get("jenkins")
    await registry.aclose()
