"""How organizations and repositories of Azure DevOps are named: addresses of people, of CIs and of git."""

import re
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from providers.addresses import Address, read_address
from providers.azure.payloads import GUID
from providers.errors import NotFound
from providers.values import Repository

SERVICES = "dev.azure.com"
_LEGACY = ".visualstudio.com"
_SSH = frozenset({"ssh.dev.azure.com", "vs-ssh.visualstudio.com"})
# `_ssh` is how old organizations wrote it; the other two are ways to clone.
# What names of projects and repositories may hold at most (Azure DevOps, Naming restrictions and conventions).
_NAME = re.compile(r"[^\\/:*?\"<>|#\x00-\x1f\x7f]{1,255}")
_GIT = ("_git", "_ssh")
_WAYS = ("_full", "_optimized")
ORGANIZATIONS = (
    "https://dev.azure.com/ORGANIZATION, https://ORGANIZATION.visualstudio.com"
    " or a server's collection such as https://HOST/tfs/DefaultCollection"
)
REPOSITORIES = (
    "send PROJECT/REPOSITORY, PROJECT/_git/REPOSITORY, a repository's GUID, PROJECT-GUID/REPOSITORY-GUID,"
    " or an address that git clones from"
)


class Organization(NamedTuple):
    """An organization of Azure DevOps Services, or a collection of a server."""

    base_url: str
    """Where people look at it, without a slash at its end."""
    name: str
    """Of an organization, in lower case; empty for a collection."""

    @property
    def services(self) -> bool:
        return bool(self.name)

    @property
    def origins(self) -> tuple[str, ...]:
        """The addresses whose hosts may be called; identities live on another one (Azure DevOps, Allowed domains)."""
        if not self.services:
            return (self.base_url,)
        hosts = (SERVICES, f"vssps.{SERVICES}", f"{self.name}{_LEGACY}", f"{self.name}.vssps{_LEGACY}")
        return (self.base_url, *(f"https://{host}" for host in hosts))


class Place(NamedTuple):
    """A repository as the REST API takes it: names or GUIDs; a repository's GUID needs no project."""

    project: str | None
    repository: str


def read_organization(base_url: str) -> Organization:
    """Reads the address of an organization or collection. Raises ValueError that says what would be accepted."""
    base_url = base_url.strip().rstrip("/")
    try:
        parts = urlsplit(base_url)
        host, path = (parts.hostname or "").lower(), unquote(parts.path).strip("/").split("/")
        well_formed = bool(host) and parts.port != 0 and parts.scheme in ("http", "https")
    except ValueError:
        parts, host, path, well_formed = urlsplit(""), "", [], False
    well_formed = well_formed and not (parts.query or parts.fragment or parts.username)
    if well_formed and host == SERVICES and len(path) == 1 and path[0]:
        return Organization(base_url, path[0].lower())
    if well_formed and host.endswith(_LEGACY) and path in ([""], ["DefaultCollection"]):
        return Organization(f"{parts.scheme}://{parts.netloc}", host.removesuffix(_LEGACY))
    if well_formed and host != SERVICES and not host.endswith(_LEGACY) and path != [""]:
        return Organization(base_url, "")
    raise ValueError(f"{base_url!r} is no organization of Azure DevOps: expected {ORGANIZATIONS}")


def knows(address: str) -> bool:
    """Whether git clones an address from Azure DevOps Services; a server's is known by its integration only."""
    found = read_address(address)
    return found is not None and (found.host in (SERVICES, *_SSH) or found.host.endswith(_LEGACY))


def place(repository: Repository) -> Place:
    """Gives the parts of an address. Raises NotFound for what can't be a repository here."""
    ids = repository.id.split("/")
    if len(ids) <= 2 and all(GUID.fullmatch(part) for part in ids):
        return Place(ids[0] if len(ids) > 1 else None, ids[-1])
    project, _, name = repository.path.partition("/")
    # A dot segment would make it another address.
    if "/" in name or {project, name} & {"", ".", ".."}:
        known = repository.path or repository.id
        raise NotFound(f"{known!r} is not a repository of Azure DevOps: expected Project/repository")
    return Place(project, name)


def page(base_url: str, repository: Repository, number: int) -> str:
    """Builds the address of a pull request's page, which takes GUIDs as well as names."""
    project, _, name = (repository.path or repository.id).partition("/")
    return f"{base_url}/{quote(project)}/_git/{quote(name)}/pullrequest/{number}"


def read_repository(named: str, base_url: str = "") -> Repository:
    """Reads the forms in which CIs name a repository. Raises ValueError that says what would be accepted."""
    ours = read_organization(base_url) if base_url else None
    named = named.strip()
    address = read_address(named)
    parts = _of_address(address, ours) if address is not None else _of_path(unquote(named).strip("/"), ours)
    found = _repository(parts)
    if found is None:
        raise ValueError(f"{named[:100]!r} is no repository of Azure DevOps: {REPOSITORIES}")
    return found


def _repository(parts: list[str]) -> Repository | None:
    if not parts or {".", ".."} & set(parts) or not all(_NAME.fullmatch(part) for part in parts):
        return None
    if all(GUID.fullmatch(part) for part in parts) and len(parts) <= 2:
        return Repository("/".join(parts).lower(), "")
    # A mere name is what pipelines know of a repository beside their own; its project is found by asking.
    return Repository("", "/".join(parts)) if len(parts) <= 2 else None


def _of_path(path: str, ours: Organization | None) -> list[str]:
    parts = path.split("/")
    if not set(_GIT) & set(parts):
        return parts
    before, after = _around_git(parts)
    if len(before) == 2 and ours is not None:
        _same(before[0].lower(), ours, path)
    return [(before or after)[-1], *after]


def _of_address(address: Address, ours: Organization | None) -> list[str]:
    if address.host in _SSH:
        # v3/organization/project/repository (Azure Repos, SSH URLs)
        parts = address.path.split("/")
        if len(parts) != 4 or parts[0] != "v3":
            return []
        _same(parts[1].lower(), ours, address.path)
        return parts[2:]
    if address.host == SERVICES or address.host.endswith(_LEGACY):
        return _of_services(address, ours)
    return _of_server(address, ours)


def _of_services(address: Address, ours: Organization | None) -> list[str]:
    before, after = _around_git(address.path.split("/"))
    if address.host == SERVICES:
        name, before = (before[0] if before else ""), before[1:]
    else:
        name = address.host.removesuffix(_LEGACY)
    _same(name.lower(), ours, f"{address.host}/{address.path}")
    before = before[1:] if before[:1] == ["DefaultCollection"] else before
    # A repository with the name of its project is addressed without it.
    return [(before or after)[-1], *after] if after and len(before) <= 1 else []


def _of_server(address: Address, ours: Organization | None) -> list[str]:
    path = address.path
    if ours is not None:
        root = urlsplit(ours.base_url)
        inside = path.lower().startswith(unquote(root.path).strip("/").lower() + "/")
        if ours.services or (root.hostname or "").lower() != address.host or not inside:
            raise ValueError(
                f"{address.host}/{path[:200]} is not in {ours.base_url}: send the address of a repository there"
            )
        path = path[len(unquote(root.path).strip("/")) + 1 :]
    before, after = _around_git(path.split("/"))
    if not after or (ours is not None and len(before) > 1):
        return []
    return [(before or after)[-1], *after]


def _around_git(parts: list[str]) -> tuple[list[str], list[str]]:
    """Splits at `_git`; what follows the repository's name is a page of it."""
    at = next((index for index, part in enumerate(parts) if part in _GIT), None)
    if at is None:
        return parts, []
    after = [part for part in parts[at + 1 :] if part not in _WAYS]
    return parts[:at], after[:1]


def _same(name: str, ours: Organization | None, told: str) -> None:
    if ours is not None and name != ours.name:
        raise ValueError(f"{told[:200]} is not in {ours.base_url}: send the address of a repository there")
