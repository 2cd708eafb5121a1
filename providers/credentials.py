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
    except (ValueError, RecursionError):
        raise ValueError("the credential looks like JSON but can't be read") from None
    kind = _KINDS.get(str(parts.pop("kind", "")))
    if kind is None:
        raise ValueError(f"the credential's `kind` must be one of {', '.join(_KINDS)}")
    _check(kind, parts)
    return kind(**parts)


def _check(kind: type[OAuth] | type[ServicePrincipal], parts: dict[str, Any]) -> None:
    fields = kind.__dataclass_fields__
    if extra := parts.keys() - fields.keys():
        raise ValueError(f"a credential of the kind {kind.kind} has no part {', '.join(sorted(extra))}")
    needed = [name for name, each in fields.items() if each.default is MISSING]
    if not all(parts.get(name) for name in needed):
        raise ValueError(f"a credential of the kind {kind.kind} needs {', '.join(needed)}")
    for name, value in parts.items():
        wanted, fits = ("a number", _is_time) if fields[name].default == 0.0 else ("one line of ASCII", _is_line)
        if not fits(value):
            raise ValueError(f"the credential's part {name} is not {wanted}")


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12


def _is_line(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable()


def is_token(text: str) -> bool:
    """Whether a text can be sent as a token in a header."""
    return bool(text) and _is_line(text) and " " not in text


def _token(text: str) -> Token:
    if not is_token(text):
        raise ValueError("that is no token: it must be one line of ASCII characters, no spaces")
    return Token(text)


def _dump(credential: OAuth | ServicePrincipal) -> str:
    return json.dumps({"kind": credential.kind, **asdict(credential)}, separators=(",", ":"))
