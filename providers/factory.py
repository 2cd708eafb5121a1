"""Source name -> git host; third parties add theirs by the entry point group `agnox.providers`."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Protocol, runtime_checkable
from urllib.parse import urlsplit

from anyio import to_thread

from providers.addresses import Address, read_address
from providers.interface import Host

GROUP = "agnox.providers"

_JOINTS = re.compile(r"[\s_-]+")


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


@runtime_checkable
class Addressed(Protocol):
    """What a host may offer besides `Host`: it knows the addresses that are its own."""

    def knows(self, address: str) -> bool:
        """Whether a repository's address (https, ssh) is on this host's own instance. Pure."""
        ...


@runtime_checkable
class BuildsElsewhere(Protocol):
    """What a host may say besides: its CI also tests repositories of other hosts, under its own name."""

    builds_elsewhere: bool


@runtime_checkable
class Loads(Protocol):
    """What a host may offer besides: it imports what calls need, which takes a second."""

    def load(self) -> None: ...


def host_types() -> list[HostType]:
    """Loads the installed kinds of hosts, by name."""
    found: list[HostType] = [entry.load() for entry in entry_points(group=GROUP)]
    return sorted(found, key=lambda host_type: host_type.name)


class UnknownSource(LookupError):
    """No provider has that name; the message lists those there are."""


class Registry:
    """The hosts of this process, by name and alias; case, and how words are joined, do not matter."""

    def __init__(self, hosts: Iterable[tuple[Host, Iterable[str]]]) -> None:
        self._hosts: dict[str, Host] = {}
        self._names: dict[str, str] = {}
        self._ready: set[str] = set()
        for host, aliases in hosts:
            self._hosts[host.name] = host
            for alias in (host.name, *aliases):
                self._names[_key(alias)] = host.name

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
        return self._names.get(_key(source))

    def get(self, source: str) -> Host:
        """Gives the host of a source. Raises UnknownSource."""
        name = self.canonical(source)
        if name is None:
            raise UnknownSource(f"unknown source {source!r}; known are {', '.join(self.names)}")
        return self._hosts[name]

    async def ready(self, source: str) -> Host:
        """Gives the host of a source, with what its calls need loaded apart from the loop. Raises UnknownSource."""
        host = self.get(source)
        if host.name not in self._ready:
            if isinstance(host, Loads):
                await to_thread.run_sync(host.load)
            self._ready.add(host.name)
        return host

    def knowing(self, address: str, instances: Iterable[tuple[str, str]] = ()) -> str | None:
        """Gives the provider that a repository's address is on, None when nobody knows it or it is no address.

        `instances` are providers with the base URL of an instance of theirs; they come before what hosts say.
        """
        found = read_address(address)
        if found is None:
            return None
        fits = [(_fit(found, base_url), name) for name, base_url in instances if name in self._hosts and base_url]
        best = max((fit for fit, _ in fits), default=-1)
        names = {name for fit, name in fits if fit == best >= 0}
        names = names or {host.name for host in self if isinstance(host, Addressed) and host.knows(address)}
        return names.pop() if len(names) == 1 else None

    def builds_elsewhere(self, name: str) -> bool:
        """Whether the CI of a provider also tests repositories of other hosts."""
        host = self.get(name)
        return isinstance(host, BuildsElsewhere) and host.builds_elsewhere

    async def aclose(self) -> None:
        for host in self:
            await host.aclose()


def _key(name: str) -> str:
    return _JOINTS.sub("-", name.strip().lower())


def _fit(address: Address, base_url: str) -> int:
    """Tells how much of an instance's root an address shares; -1 when it is on another machine."""
    root = urlsplit(base_url)
    path = root.path.strip("/").lower()
    if (root.hostname or "").removeprefix("api.") != address.host:
        return -1
    return len(path) if address.path.lower().startswith(f"{path}/") else 0
