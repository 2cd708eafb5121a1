"""Tokens: personal, project, group and OAuth ones, their scopes, ends and rotation (GitLab REST, Authentication)."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from simulators.gitlab.answers import Denied
from simulators.gitlab.models import Json, Namespace, Project, User
from simulators.gitlab.state import State

OAUTH_LIFE = timedelta(hours=2)
PREFIXES = {"personal": "glpat-", "project": "glpat-", "group": "glpat-", "oauth": ""}


@dataclass(eq=False)
class Token:
    """One token; those that took each other's place by rotation share a `family`."""

    id: int
    name: str
    value: str
    user: User
    scopes: tuple[str, ...]
    kind: Literal["personal", "project", "group", "oauth"]
    created_at: datetime
    expires_at: date | None = None
    dies_at: datetime | None = None
    revoked: bool = False
    family: list["Token"] = field(default_factory=list)
    resource: Project | Namespace | None = None

    def expired(self, now: datetime) -> bool:
        """Dates end a token as they begin (UTC); OAuth tokens live for hours."""
        if self.dies_at is not None:
            return now >= self.dies_at
        return self.expires_at is not None and now.date() >= self.expires_at

    def allows(self, scope: str) -> bool:
        """`api` includes all; `read_api` reads."""
        return "api" in self.scopes or scope in self.scopes


@dataclass(eq=False)
class Application:
    """An OAuth application."""

    client_id: str
    client_secret: str


@dataclass(eq=False)
class Grant:
    """What one person allowed an application: `refresh` is the only refresh token that is good now."""

    application: Application
    user: User
    scopes: tuple[str, ...]
    refresh: str = ""
    spent: set[str] = field(default_factory=set)
    access: list[Token] = field(default_factory=list)
    revoked: bool = False


class Credentials:
    """Issues tokens and tells from a request who is calling."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._tokens: dict[str, Token] = {}
        self._grants: list[Grant] = []
        self.applications: list[Application] = []

    def issue(
        self,
        user: User,
        scopes: tuple[str, ...],
        kind: Literal["personal", "project", "group", "oauth"] = "personal",
        *,
        name: str = "agnox",
        expires_at: date | None = None,
        resource: Project | Namespace | None = None,
    ) -> Token:
        """A new token."""
        token = Token(
            id=self._state.new_id(20_000_000),
            name=name,
            value=PREFIXES[kind] + secrets.token_urlsafe(20),
            user=user,
            scopes=scopes,
            kind=kind,
            created_at=self._state.now(),
            expires_at=expires_at,
            resource=resource,
        )
        token.family.append(token)
        self._tokens[token.value] = token
        return token

    def rotate(self, token: Token, expires_at: date | None) -> Token:
        """A new token in the place of one that is dead from now on; a week is the default life."""
        ends = expires_at or (self._state.now() + timedelta(days=7)).date()
        new = self.issue(
            token.user, token.scopes, token.kind, name=token.name, expires_at=ends, resource=token.resource
        )
        token.revoked, new.family = True, token.family
        new.family.append(new)
        return new

    def find(self, value: str) -> Token | None:
        """A token by its value, good or not."""
        return self._tokens.get(value)

    def name_of(self, headers: Mapping[str, str]) -> str:
        """Who headers claim to be, for the calls log; never fails."""
        value = presented(headers)
        token = self._tokens.get(value)
        return f"user:{token.user.username}" if token else ("unknown" if value else "nobody")

    def identify(self, headers: Mapping[str, str], *, rotating: bool = False) -> Token | None:
        """The token of a request; None without one, 401 for one that is not good.

        Rotating with a token that was rotated before is taken for theft: its whole family dies.
        """
        value = presented(headers)
        if not value:
            return None
        token = self._tokens.get(value)
        if token is None:
            raise Denied("401 Unauthorized")
        if token.revoked or token.user.state != "active":
            if rotating and len(token.family) > 1:
                for relative in token.family:
                    relative.revoked = True
            raise Denied("Token was revoked. You have to re-authorize from the user.", "invalid_token")
        if token.expired(self._state.now()):
            told = "Token is expired. You can either do re-authorization or token refresh."
            raise Denied(told, "invalid_token")
        return token

    def add_application(self) -> Application:
        """An OAuth application that confidential clients use."""
        application = Application(secrets.token_hex(32), f"gloas-{secrets.token_hex(32)}")
        self.applications.append(application)
        return application

    def authorize(self, application: Application, user: User, scopes: tuple[str, ...]) -> Json:
        """What an application gets when a person allows it: the first pair of tokens."""
        grant = Grant(application, user, scopes)
        self._grants.append(grant)
        return self._pair(grant)

    def refresh(self, asked: Mapping[str, str]) -> Json:
        """The next pair for a refresh token; a used one ends the whole grant (RFC 9700, 4.14.2)."""
        application = next((a for a in self.applications if a.client_id == asked.get("client_id")), None)
        if application is None or not secrets.compare_digest(application.client_secret, asked.get("client_secret", "")):
            raise Denied("Client authentication failed due to unknown client.", "invalid_client")
        presented_token = asked.get("refresh_token", "")
        for grant in self._grants:
            if grant.application is application and presented_token in grant.spent:
                self._end(grant)
            elif grant.application is application and presented_token == grant.refresh and not grant.revoked:
                return self._pair(grant)
        told = "The provided authorization grant is invalid, expired, revoked, or was issued to another client."
        raise Denied(told, "invalid_grant", 400)

    def _pair(self, grant: Grant) -> Json:
        for old in grant.access:
            old.revoked = True
        if grant.refresh:
            grant.spent.add(grant.refresh)
        token = self.issue(grant.user, grant.scopes, "oauth", name="oauth")
        token.dies_at = token.created_at + OAUTH_LIFE
        grant.access.append(token)
        grant.refresh = secrets.token_hex(32)
        return {
            "access_token": token.value,
            "token_type": "Bearer",
            "expires_in": int(OAUTH_LIFE.total_seconds()),
            "refresh_token": grant.refresh,
            "scope": " ".join(grant.scopes),
            "created_at": int(token.created_at.timestamp()),
        }

    def _end(self, grant: Grant) -> None:
        grant.revoked = True
        for token in grant.access:
            token.revoked = True


def presented(headers: Mapping[str, str]) -> str:
    """The token in `PRIVATE-TOKEN` or behind `Authorization: Bearer`."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return headers.get("private-token", "") or (token.strip() if scheme.lower() == "bearer" else "")
