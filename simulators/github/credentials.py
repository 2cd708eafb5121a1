"""Who is calling: the app by its JWT, an installation by its token, a person by a personal access token."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from simulators.github.answers import Refusal
from simulators.github.models import Account, App, Installation, Repository

TOKEN_LIFE = timedelta(hours=1)
JWT_LIFE = timedelta(minutes=10)


@dataclass(frozen=True)
class AppCaller:
    """The app itself; may only speak of the app and its installations."""

    app: App

    @property
    def name(self) -> str:
        """How the calls log names it."""
        return f"app:{self.app.slug}"


@dataclass(frozen=True)
class InstallationCaller:
    """An installation, perhaps narrowed to some repositories and permissions."""

    token: str
    app: App
    installation: Installation
    permissions: dict[str, str]
    repository_ids: frozenset[int] | None
    expires_at: datetime

    @property
    def name(self) -> str:
        """How the calls log names it."""
        return f"installation:{self.installation.id}"

    def covers(self, repository: Repository) -> bool:
        """Whether the token reaches a repository."""
        narrowed = self.repository_ids is not None and repository.id not in self.repository_ids
        return not narrowed and self.installation.covers(repository)

    def may(self, permission: str, level: str) -> bool:
        """Whether the token carries a permission; write includes read, and metadata can always be read."""
        granted = self.permissions.get(permission)
        return granted in ("write", "admin") or (level == "read" and (granted == "read" or permission == "metadata"))


@dataclass(frozen=True)
class UserCaller:
    """A person with a personal access token."""

    account: Account

    @property
    def name(self) -> str:
        """How the calls log names it."""
        return f"user:{self.account.login}"


Caller = AppCaller | InstallationCaller | UserCaller


class Credentials:
    """Issues tokens and tells from a request who is calling."""

    def __init__(self, app: App, public_key: Callable[[], RSAPublicKey], now: Callable[[], datetime]) -> None:
        self._app = app
        self._public_key = public_key
        self._now = now
        self._tokens: dict[str, InstallationCaller | UserCaller] = {}

    def issue(
        self, installation: Installation, permissions: dict[str, str], repository_ids: frozenset[int] | None
    ) -> InstallationCaller:
        """A new installation token in the format of 2026: `ghs_<app id>_<JWT>`, about 520 characters."""
        parts = ("eyJ" + secrets.token_urlsafe(24), "eyJ" + secrets.token_urlsafe(180), secrets.token_urlsafe(171))
        token = f"ghs_{self._app.id}_" + ".".join(parts)
        expires_at = self._now() + TOKEN_LIFE
        caller = InstallationCaller(token, self._app, installation, permissions, repository_ids, expires_at)
        self._tokens[token] = caller
        return caller

    def issue_for(self, account: Account) -> str:
        """A personal access token."""
        token = "ghp_" + secrets.token_hex(18)
        self._tokens[token] = UserCaller(account)
        return token

    def revoke(self, token: str) -> None:
        """The token is unknown from now on."""
        self._tokens.pop(token, None)

    def name_of(self, authorization: str) -> str:
        """Who a header claims to be, for the calls log; never fails."""
        token = _token(authorization)
        if (caller := self._tokens.get(token)) is not None:
            return caller.name
        return f"app:{self._app.slug}" if token.startswith("ey") else ("unknown" if token else "nobody")

    def identify(self, authorization: str) -> Caller | None:
        """The caller; None without a header, 401 for a header that proves nothing."""
        token = _token(authorization)
        if not token:
            return None
        if token.count(".") == 2 and not token.startswith("ghs_"):
            return self._app_caller(token)
        caller = self._tokens.get(token)
        if caller is None:
            raise Refusal(401, "Bad credentials")
        if isinstance(caller, InstallationCaller):
            if caller.installation.deleted or self._now() >= caller.expires_at:
                raise Refusal(401, "Bad credentials")
            if caller.installation.suspended_at is not None:
                raise Refusal(403, "This installation has been suspended")
        return caller

    def _app_caller(self, token: str) -> AppCaller:
        unchecked = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_iss": False}
        try:
            claims: dict[str, Any] = jwt.decode(token, self._public_key(), algorithms=["RS256"], options=unchecked)  # type: ignore[arg-type]
        except jwt.InvalidTokenError:
            raise Refusal(401, "A JSON web token could not be decoded") from None
        if str(claims.get("iss")) not in (str(self._app.id), self._app.client_id):
            raise Refusal(401, "A JSON web token could not be decoded")
        now = self._now().timestamp()
        issued, expires = claims.get("iat"), claims.get("exp")
        if not isinstance(issued, int) or issued > now:
            raise Refusal(
                401,
                "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
            )
        if not isinstance(expires, int) or expires <= now:
            raise Refusal(
                401,
                "'Expiration time' claim ('exp') must be a numeric value representing the future time at which "
                "the assertion expires",
            )
        if expires > now + JWT_LIFE.total_seconds():
            raise Refusal(401, "'Expiration time' claim ('exp') is too far in the future")
        return AppCaller(self._app)


def _token(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() in ("bearer", "token") else ""
