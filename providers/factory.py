"""Source name -> git host; third parties add theirs by the entry point group `agnox.providers`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Protocol

from providers.interface import Host

GROUP = "agnox.providers"


@dataclass(frozen=True, slots=True)
class Option:
    """A setting of a host: the variable `AGNOX_<HOST>_<NAME>`; `also` are other names of it.

    `pem` says that it is PEM text or the path of a file that holds it.
    """

    name: str
    description: str
    default: str = ""
    secret: bool = False
    pem: bool = False
    also: tuple[str, ...] = ()


class HostType(Protocol):
    """What an entry point names: a class that makes a host from its settings.

    It is called with the settings by the name of their option, such as `app_id`, defaults filled in; it raises
    ValueError when one of them is wrong.
    """

    name: str
    aliases: frozenset[str]
    options: Sequence[Option]

    def __call__(self, options: Mapping[str, str]) -> Host: ...


def host_types() -> list[HostType]:
    """Loads the installed kinds of hosts, by name."""
    found: list[HostType] = [entry.load() for entry in entry_points(group=GROUP)]
    return sorted(found, key=lambda host_type: host_type.name)


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
        """Makes every installed host; `options` are keyed by the host's name."""
        return cls((kind(options.get(kind.name, {})), kind.aliases) for kind in host_types())

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
