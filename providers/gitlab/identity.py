"""Whose credential it is (GitLab REST, Users; Personal access tokens; Metadata)."""

import re
from datetime import UTC, datetime

from providers.errors import Forbidden, NotFound, Unauthenticated, Unavailable
from providers.gitlab.client import Client
from providers.gitlab.payloads import account
from providers.payloads import Json, child, word
from providers.values import Access, Account

SCOPE = "api"
"""`read_api` reads but can't comment, and no narrower scope lets us set a status."""
OLDEST = (16, 0)
"""The oldest version that we have facts about."""


class Me:
    """The user behind the connection, asked once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._found: Account | None = None

    async def account(self) -> Account:
        if self._found is None:
            found = account(child(await self._client.get("/user")))
            if not found.id:
                raise Unavailable("GitLab did not tell whose token this is")
            self._found = found
        return self._found

    async def wrote(self, note: Json) -> bool:
        return word(child(note, "author"), "id") == (await self.account()).id


async def inspect(client: Client, me: Me, *, token: bool) -> Access:
    """Asks afresh; `token` says that it is an access token, which can be asked about itself."""
    found = account(child(await client.get("/user")))
    if not found.id:
        raise Unavailable("GitLab did not tell whose token this is")
    itself = await _token(client) if token else {}
    scopes = itself.get("scopes")
    short = isinstance(scopes, list) and SCOPE not in scopes
    notes = [] if found.bot else [f"comments will come from @{found.login}, who looks like a person"]
    return Access(
        account=found,
        missing=(f"scope {SCOPE}",) if short else (),
        expires_at=_expiry(word(itself, "expires_at")),
        notes=(*notes, *await _version_notes(client)),
    )


async def _token(client: Client) -> Json:
    """What a token says of itself; old versions and some kinds of token do not answer."""
    try:
        found = child(await client.get("/personal_access_tokens/self"))
    except (NotFound, Forbidden):
        return {}
    if found.get("revoked") is True or found.get("active") is False:
        raise Unauthenticated("GitLab says that the token is revoked or expired")
    return found


async def _version_notes(client: Client) -> list[str]:
    try:
        version = word(child(await client.get("/metadata")), "version")
    except (NotFound, Forbidden):
        version = ""
    found = re.match(r"(\d{1,4})\.(\d{1,4})", version)
    if found is None:
        return ["GitLab does not tell its version; it may be older than 15.2"]
    old = (int(found[1]), int(found[2])) < OLDEST
    known = f"GitLab {version[:40]}"
    return [f"{known} is older than {OLDEST[0]}.{OLDEST[1]}, the oldest that this was made for"] if old else [known]


def _expiry(date: str) -> datetime | None:
    """A token ends as its day begins (UTC)."""
    try:
        return datetime.fromisoformat(date).replace(tzinfo=UTC)
    except ValueError:
        return None
