"""Source name -> git host; third parties add theirs by the entry point group `agnox.providers`."""

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import entry_points
from typing import Protocol

from providers.interface import Host

GROUP = "agnox.providers"


class HostType(Protocol):
    """What an entry point names: a class that makes a host from its settings.

    `options` are the settings `AGNOX_<NAME>_*` in lower case without their prefix, such as `app_id`.
    """

    name: str
    aliases: frozenset[str]

    def __call__(self, options: Mapping[str, str]) -> Host: ...


class UnknownSource(LookupError):
    """No provider has that name; the message lists those there are."""


class Registry:
    """The hosts of this process, by name and alias (case-insensitive)."""

    def __init__(self, hosts: Iterable[tuple[Host, Iterable[str]]]) -> None:
        self._hosts: dict[str, Host] = {}
        self._names: dict[str, str] = {}
        for host, aliases in hosts:
            self._hosts[host.name] = host
            for alias in (host.name, *aliases):
                self._names[alias.lower()] = host.name

    @classmethod
    def from_entry_points(cls, options: Mapping[str, Mapping[str, str]]) -> "Registry":
        """Loads every installed provider; `options` are keyed by provider name."""
        found = []
        for entry in entry_points(group=GROUP):
            host_type: HostType = entry.load()
            found.append((host_type(options.get(host_type.name, {})), host_type.aliases))
        return cls(found)

    def __iter__(self) -> Iterator[Host]:
        return iter(self._hosts.values())

    @property
    def names(self) -> list[str]:
        return sorted(self._hosts)

    def canonical(self, source: str) -> str | None:
        """Gives the provider's name for a source or alias, None for a runner such as `jenkins`."""
        return self._names.get(source.strip().lower())

    def get(self, source: str) -> Host:
        """Gives the host of a source. Raises UnknownSource."""
        name = self.canonical(source)
        if name is None:
            raise UnknownSource(f"unknown source {source!r}; known are {', '.join(self.names)}")
        return self._hosts[name]

    async def aclose(self) -> None:
        for host in self:
            await host.aclose()
