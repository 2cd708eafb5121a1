"""Who is calling: an account by one of its access tokens, each with scopes (Gitea, OAuth2 provider, Scopes)."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from simulators.gitea.answers import GiteaRefusal
from simulators.gitea.models import Account

CATEGORIES = frozenset(
    ("activitypub", "admin", "issue", "misc", "notification", "organization", "package", "repository", "user")
)
SCOPES = frozenset({"all", "public-only"} | {f"{level}:{name}" for level in ("read", "write") for name in CATEGORIES})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, with the scopes of the token; no account is somebody unknown."""

    account: Account | None = None
    scopes: frozenset[str] = frozenset()

    @property
    def public_only(self) -> bool:
        """Whether the token reaches no private repository."""
        return "public-only" in self.scopes

    def may(self, level: str, category: str) -> bool:
        """Whether the token's scopes reach this far; write includes read."""
        return not self.scopes.isdisjoint(("all", f"write:{category}", f"{level}:{category}"))

    def demand(self, level: str, categories: tuple[str, ...]) -> None:
        """403 unless the token has a scope for each category; who has no token is not asked for scopes."""
        if self.account is None or all(self.may(level, category) for category in categories):
            return
        needed = " ".join(f"{level}:{category}" for category in categories)
        had = ",".join(sorted(self.scopes))
        raise GiteaRefusal(
            403, f"token does not have at least one of required scope(s), required=[{needed}], token scope={had}"
        )


NOBODY = Caller()


class Tokens:
    """Issues tokens and tells from a request who is calling."""

    def __init__(self) -> None:
        self._callers: dict[str, Caller] = {}

    def issue(self, account: Account, scopes: frozenset[str]) -> str:
        """A new token, 40 hexadecimal digits; ValueError for a scope that Gitea does not have."""
        if not scopes or not scopes <= SCOPES:
            raise ValueError(f"unknown scopes: {', '.join(sorted(scopes - SCOPES)) or 'none given'}")
        token = secrets.token_hex(20)
        self._callers[token] = Caller(account, scopes)
        return token

    def revoke(self, token: str) -> None:
        """The token is unknown from now on."""
        self._callers.pop(token, None)

    def name_of(self, headers: Mapping[str, str]) -> str:
        """Who the headers claim to be, for the calls log; never fails."""
        token = _token(headers.get("authorization", ""))
        caller = self._callers.get(token)
        if caller is None or caller.account is None:
            return "unknown" if token else "nobody"
        return f"user:{caller.account.login}"

    def identify(self, authorization: str) -> Caller:
        """The caller; 401 for a token that is unknown. A header of any other form counts as none, as in Gitea."""
        token = _token(authorization)
        if not token:
            return NOBODY
        if token not in self._callers:
            raise GiteaRefusal(401, "user does not exist [uid: 0, name: ]")
        return self._callers[token]


def _token(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme == "token" or scheme.lower() == "bearer" else ""
