"""Whose token it is and what it may do (Gitea API, userGetCurrent; Gitea Docs, Scoped tokens)."""

import re
from collections.abc import Sequence

from providers.errors import Forbidden, NotFound, ProviderError, RateLimited, Unauthenticated, Unavailable
from providers.gitea.client import Client, place
from providers.gitea.payloads import account
from providers.payloads import Json, child, word
from providers.values import Access, Account

_REQUIRED = re.compile(r"required=\[([^\]]*)\]")
_SHOWN = 3
_LOOKED_AT = 10
"""Pages of repositories."""


class Me:
    """The user behind the token, asked once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._found: Account | None = None

    async def account(self) -> Account:
        if self._found is None:
            self._found = await _ask(self._client)
        return self._found

    async def wrote(self, comment: Json) -> bool:
        """Whoever migrates a repository is named as the user of foreign comments, beside their original author."""
        migrated = word(comment, "original_author") != ""
        return not migrated and word(child(comment, "user"), "id") == (await self.account()).id


async def inspect(client: Client) -> Access:
    """Asks afresh. A token does not tell its scopes, so each is tried with a call that changes nothing."""
    missing: list[str] = []
    try:
        found = await _ask(client)
        listed = [item async for item in client.pages("/user/repos", most=_LOOKED_AT)]
    except Forbidden as refused:
        # `read:user` is needed for the one, `read:repository` too for the other.
        missing += _scopes(refused)
        found, listed = Account("", ""), []
    missing += await _lacking(client, listed)
    return Access(found, tuple(dict.fromkeys(missing)), notes=(*_rights(found, listed), await _version(client)))


async def _ask(client: Client) -> Account:
    found = account(child(await client.get("/user")))
    if not found.id:
        raise Unavailable("Gitea did not tell whose token this is")
    return found


async def _lacking(client: Client, listed: Sequence[Json]) -> list[str]:
    """Edits a comment and a webhook that there can't be: 404 when the scopes are there."""
    path = next((word(item, "full_name") for item in listed if "/" in word(item, "full_name")), "")
    if not path:
        return []
    owner, _, name = path.partition("/")
    tries: tuple[tuple[str, dict[str, str]], ...] = (
        (place("repos", owner, name, "issues", "comments", 0), {"body": "nothing"}),
        (place("repos", owner, name, "hooks", 0), {}),
    )
    found = []
    for target, body in tries:
        try:
            await client.write("PATCH", target, body)
        except Forbidden as refused:
            found += _scopes(refused) if _REQUIRED.search(str(refused)) else []
        except (RateLimited, Unavailable, Unauthenticated):
            raise
        except ProviderError:
            continue
    return found


def _scopes(refused: Forbidden) -> list[str]:
    """Reads which scopes a refusal names; when it names none its words must do."""
    named = _REQUIRED.search(str(refused))
    return [f"scope {scope}" for scope in named[1].split()] if named else [str(refused)]


def _rights(found: Account, listed: Sequence[Json]) -> list[str]:
    """Tells what can't be done where; the scopes may be there and the rights not."""
    if not listed:
        return [f"no repository can be seen with this token: make {_name(found)} a collaborator where it is to work"]
    notes = []
    for right, loss in (
        ("admin", "is no administrator there, so commands are not obeyed and webhooks can't be made"),
        ("push", "may not write there, so statuses can't be set"),
    ):
        without = [word(item, "full_name") for item in listed if child(item, "permissions").get(right) is not True]
        if without:
            shown = ", ".join(without[:_SHOWN]) + (f" and {len(without) - _SHOWN} more" if without[_SHOWN:] else "")
            notes.append(f"{shown}: {_name(found)} {loss}")
    return notes


def _name(found: Account) -> str:
    return f"@{found.login}" if found.login else "its user"


async def _version(client: Client) -> str:
    try:
        version = word(child(await client.get("/version")), "version")
    except (NotFound, Forbidden):
        version = ""
    return f"version {version[:40]}" if version else "the host does not tell its version"
