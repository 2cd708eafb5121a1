"""Who is calling: a person by a personal access token, a service principal by a token of Microsoft Entra."""

import base64
import binascii
import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulators.azure.models import Identity

ENTRA_LIFE = timedelta(seconds=3_599)
_LETTERS = string.ascii_letters + string.digits

# What a broader scope includes (Azure DevOps, OAuth scopes).
_INCLUDED = {
    "vso.code": {"vso.code_write", "vso.code_manage", "vso.code_full"},
    "vso.code_write": {"vso.code_manage", "vso.code_full"},
    "vso.code_status": {"vso.code_full"},
    "vso.threads_full": {"vso.code_write", "vso.code_manage", "vso.code_full"},
    "vso.build": {"vso.build_execute"},
    "vso.identity": {"vso.identity_manage"},
    "vso.graph": {"vso.graph_manage"},
    "vso.project": {"vso.project_write", "vso.project_manage"},
}


@dataclass(frozen=True, slots=True)
class Caller:
    """An identity with the reach of its token; scopes of None reach everything that the identity may do."""

    identity: Identity
    scopes: frozenset[str] | None
    expires_at: datetime | None
    kind: str

    @property
    def name(self) -> str:
        """How the calls log names it."""
        return f"{self.kind}:{self.identity.unique_name}"

    def covers(self, any_of: tuple[str, ...]) -> bool:
        """Whether the token has one of the scopes, or one that includes it; nothing asked is always covered."""
        if self.scopes is None or not any_of:
            return True
        return any(scope in self.scopes or self.scopes & _INCLUDED.get(scope, set()) for scope in any_of)


class Credentials:
    """Issues tokens and tells from a request who is calling."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._tokens: dict[str, Caller] = {}

    def issue_pat(self, identity: Identity, scopes: frozenset[str] | None, expires_at: datetime | None) -> str:
        """A personal access token in the format of 2024: 84 characters with a signature."""
        token = _random(76) + "AZDO" + _random(4)
        self._tokens[token] = Caller(identity, scopes, expires_at, "pat")
        return token

    def issue_entra(self, identity: Identity) -> str:
        """An access token of Microsoft Entra, which lives for about an hour."""
        token = ".".join(("eyJ" + _random(60), "eyJ" + _random(900), _random(342)))
        self._tokens[token] = Caller(identity, None, self._now() + ENTRA_LIFE, "entra")
        return token

    def revoke(self, token: str) -> None:
        """The token is unknown from now on."""
        self._tokens.pop(token, None)

    def name_of(self, authorization: str) -> str:
        """Who a header claims to be, for the calls log; never fails."""
        kind, token = _read(authorization)
        caller = self._tokens.get(token)
        if caller is not None and caller.kind in kind:
            return caller.name
        return "unknown" if token else "nobody"

    def identify(self, authorization: str) -> Caller | None:
        """The caller; None for a header that proves nothing, or proves it no longer."""
        kinds, token = _read(authorization)
        caller = self._tokens.get(token)
        if caller is None or caller.kind not in kinds:
            return None
        expired = caller.expires_at is not None and self._now() >= caller.expires_at
        return None if expired else caller


def _read(authorization: str) -> tuple[tuple[str, ...], str]:
    """The kinds of token that a scheme may carry, and the token."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return ("entra",), value.strip()
    if scheme.lower() != "basic":
        return (), ""
    try:
        decoded = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return (), "unreadable"
    # Any user name will do; the SDK and Git send none.
    return ("pat", "entra"), decoded.partition(":")[2]


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))
