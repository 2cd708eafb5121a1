"""Who may do what (Azure DevOps REST, Identities; Access Control Lists).

The host answers such questions for the caller only, so membership of the project's groups has to stand for the right.
Who is in one of them through others only is known if the host expands them (`queryMembership=expandedUp`); where an
instance does not, they are let do nothing, and `allow` may name them.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from cachetools import TTLCache

from providers.azure.client import Client
from providers.azure.payloads import GUID, properties
from providers.azure.pulls import get_repository
from providers.errors import NotFound
from providers.payloads import Json, child, items, number, word
from providers.values import Account, Permission, Repository

GIT = "2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87"
"""The security namespace "Git Repositories" (Azure DevOps, Security namespaces)."""
ADMINISTER, READ, CONTRIBUTE, PULL_REQUEST_CONTRIBUTE = 1, 2, 4, 16_384
SECONDS, REFUSED_SECONDS = 300.0, 30.0
"""How long an answer is believed; a right that was just given should not be waited for."""
GROUPS_AT_ONCE = 10
"""Descriptors in an address, which servers bound."""
KNOWN = 4096

_GROUPS = {
    "project administrators": Permission.ADMIN,
    "contributors": Permission.WRITE,
    "readers": Permission.READ,
}
_SCOPE = "vstfs:///classification/teamproject/"


class Mode(StrEnum):
    """What a permission is read from."""

    MEMBERSHIP = "membership"
    ACL = "acl"
    ALLOWLIST = "allowlist"


@dataclass(frozen=True, slots=True)
class Rules:
    """How permissions are found; `allow` are users and groups in lower case who may write whatever else is said."""

    mode: Mode = Mode.MEMBERSHIP
    allow: frozenset[str] = frozenset()


class AccessControl:
    """Answers with NONE whatever it can't find out."""

    def __init__(self, client: Client, rules: Rules, now: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._rules = rules
        self._granted: TTLCache[tuple[str, str, str], Permission] = TTLCache(KNOWN, SECONDS, now)
        self._refused: TTLCache[tuple[str, str, str], Permission] = TTLCache(KNOWN, REFUSED_SECONDS, now)

    async def permission(self, repository: Repository, account: Account) -> Permission:
        key = (repository.id or repository.path, account.id, account.login)
        for kept in (self._granted, self._refused):
            if (known := kept.get(key)) is not None:
                return known
        found = await self._ask(repository, account)
        (self._granted if found >= Permission.WRITE else self._refused)[key] = found
        return found

    async def _ask(self, repository: Repository, account: Account) -> Permission:
        person = await self._person(account)
        if person is None:
            return Permission.NONE
        listed = Permission.WRITE if self._rules.allow & _names(person) else Permission.NONE
        try:
            where = await get_repository(self._client, repository)
        except NotFound:
            return Permission.NONE
        ask = self._by_lists if self._rules.mode is Mode.ACL else self._by_groups
        return max(listed, await ask(where, person))

    async def _person(self, account: Account) -> Json | None:
        """Finds one living person by the id, else by a name that fits one person only."""
        if GUID.fullmatch(account.id):
            answer = await self._client(
                lambda sdk: sdk.identity.read_identities(identity_ids=account.id, query_membership="expandedUp")
            )
        elif account.login:
            answer = await self._client(
                lambda sdk: sdk.identity.read_identities(
                    search_filter="General", filter_value=account.login, query_membership="expandedUp"
                )
            )
        else:
            return None
        wanted = (account.id if GUID.fullmatch(account.id) else account.login).lower()
        fitting = [each for each in items(answer) if wanted in _names(each) and each.get("isActive") is not False]
        person = fitting[0] if len(fitting) == 1 else None
        return None if person is None or person.get("isContainer") is True else person

    async def _by_groups(self, where: Repository, person: Json) -> Permission:
        project_id, project = where.id.partition("/")[0], where.path.partition("/")[0].lower()
        found = Permission.NONE
        for group in await self._groups(person):
            name = word(group, "providerDisplayName").lower()
            if self._rules.allow & {name, word(group, "id").lower()}:
                found = max(found, Permission.WRITE)
            scope, _, short = name.removeprefix("[").partition("]\\")
            if self._rules.mode is Mode.MEMBERSHIP and scope == project and _in_project(group, project_id):
                found = max(found, _GROUPS.get(short, Permission.NONE))
        return found

    async def _groups(self, person: Json) -> list[Json]:
        """Reads all groups that hold a person, directly or through others."""
        listed = person.get("memberOf")
        descriptors = [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
        found: list[Json] = []
        for start in range(0, len(descriptors), GROUPS_AT_ONCE):
            found += await self._identities(",".join(descriptors[start : start + GROUPS_AT_ONCE]))
        return found

    async def _identities(self, descriptors: str) -> list[Json]:
        return items(await self._client(lambda sdk: sdk.identity.read_identities(descriptors=descriptors)))

    async def _by_lists(self, where: Repository, person: Json) -> Permission:
        """Asks for the repository's list, then for the project's where that one says nothing of the person."""
        descriptor = word(person, "descriptor")
        project, _, repository = where.id.partition("/")
        for token in (f"repoV2/{project}/{repository}", f"repoV2/{project}"):
            allowed = _allowed(await self._lists(token, descriptor), token, descriptor)
            if allowed is not None:
                return _permission(allowed)
        return Permission.NONE

    async def _lists(self, token: str, descriptor: str) -> list[Json]:
        answer = await self._client(
            lambda sdk: sdk.security.query_access_control_lists(
                GIT, token=token, descriptors=descriptor, include_extended_info=True
            )
        )
        return items(answer)


def _names(person: Json) -> set[str]:
    """Gives all that may be meant by a name in lower case: id, account name and mail address."""
    known = properties(person)
    found = {word(person, "id"), known.get("Account", ""), known.get("Mail", "")}
    return {name.lower() for name in found if name}


def _in_project(group: Json, project_id: str) -> bool:
    """A group of the organization, or of a project with an old name of this one, may have the same name.

    Where the host tells no scope, the name has to do.
    """
    told = properties(group)
    scopes = [value.lower() for value in (told.get("Domain", ""), told.get("Account", ""))]
    named = [scope.removeprefix(_SCOPE) for scope in scopes if scope.startswith("vstfs:")]
    return all(scope.startswith(project_id) for scope in named)


def _allowed(lists: Iterable[Json], token: str, descriptor: str) -> int | None:
    for listed in lists:
        if word(listed, "token").lower() != token.lower():
            continue
        for name, entry in child(listed, "acesDictionary").items():
            if name.lower() == descriptor.lower() and isinstance(entry, dict):
                told = child(entry, "extendedInfo")
                return number(told, "effectiveAllow") & ~number(told, "effectiveDeny") if told else None
    return None


def _permission(bits: int) -> Permission:
    levels = ((ADMINISTER, Permission.ADMIN), (CONTRIBUTE, Permission.WRITE), (READ, Permission.READ))
    return next((level for bit, level in levels if bits & bit), Permission.NONE)
