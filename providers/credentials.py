"""Credentials of several parts: as JSON text in the vault, as values in the hosts."""

import json
from dataclasses import MISSING, asdict, dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Token:
    """A personal, project or group token: one word."""

    token: str = field(repr=False)

    def dump(self) -> str:
        return self.token


@dataclass(frozen=True, slots=True)
class OAuth:
    """An OAuth grant; each refresh gives a new refresh token and ends the old one (RFC 6749, section 6)."""

    kind: ClassVar[str] = "oauth"
    client_id: str
    refresh_token: str = field(repr=False)
    client_secret: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    expires_at: float = 0.0
    """When the access token ends, in seconds since 1970."""

    def dump(self) -> str:
        return _dump(self)


@dataclass(frozen=True, slots=True)
class ServicePrincipal:
    """An Entra application that asks for its own tokens (RFC 6749, section 4.4)."""

    kind: ClassVar[str] = "service-principal"
    tenant_id: str
    client_id: str
    client_secret: str = field(repr=False)

    def dump(self) -> str:
        return _dump(self)


Credential = Token | OAuth | ServicePrincipal

_KINDS: dict[str, type[OAuth] | type[ServicePrincipal]] = {kind.kind: kind for kind in (OAuth, ServicePrincipal)}


def parse_credential(text: str) -> Credential:
    """Reads a token, or JSON with its `kind` and parts. Raises ValueError that names what is wrong, never a secret."""
    if not text.lstrip().startswith("{"):
        return _token(text.strip())
    try:
        parts = json.loads(text)
    except ValueError:
        raise ValueError("the credential looks like JSON but can't be read") from None
    kind = _KINDS.get(str(parts.pop("kind", "")))
    if kind is None:
        raise ValueError(f"the credential's `kind` must be one of {', '.join(_KINDS)}")
    known = {name: value for name, value in parts.items() if name in kind.__dataclass_fields__}
    _check(kind.kind, parts, known)
    try:
        return kind(**known)
    except TypeError:
        needed = ", ".join(name for name, each in kind.__dataclass_fields__.items() if each.default is MISSING)
        raise ValueError(f"a credential of the kind {kind.kind} needs {needed}") from None


def _check(kind: str, parts: dict[str, Any], known: dict[str, Any]) -> None:
    if extra := parts.keys() - known.keys():
        raise ValueError(f"a credential of the kind {kind} has no part {', '.join(sorted(map(str, extra)))}")
    for name, value in known.items():
        wanted: tuple[type, ...] = (int, float) if name == "expires_at" else (str,)
        if not isinstance(value, wanted) or isinstance(value, bool):
            raise ValueError(f"the credential's part {name} is not {'a number' if len(wanted) > 1 else 'text'}")


def _token(text: str) -> Token:
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("that is no token: it must be one line of ASCII characters, no spaces")
    return Token(text)


def _dump(credential: OAuth | ServicePrincipal) -> str:
    return json.dumps({"kind": credential.kind, **asdict(credential)}, separators=(",", ":"))
