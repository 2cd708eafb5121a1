"""Credentials of several parts."""

import json
from typing import Any

import pytest

from providers.credentials import Credential, OAuth, ServicePrincipal, Token, parse_credential

OAUTH = OAuth("client", "refresh", "s3cret", "access", 1_800_000_000.5)
PRINCIPAL = ServicePrincipal("tenant", "client", "s3cret")


@pytest.mark.parametrize("credential", [Token("glpat-1_2.3="), OAUTH, OAuth("client", "refresh"), PRINCIPAL])
def test_what_is_dumped_is_read_again(credential: Credential) -> None:
    assert parse_credential(credential.dump()) == credential
    assert parse_credential(f"\n {credential.dump()} \n") == credential


def test_secrets_are_not_shown() -> None:
    shown = f"{Token('s3cret')!r} {OAUTH!r} {PRINCIPAL!r}"
    assert not any(secret in shown for secret in ("s3cret", "refresh'", "access'"))


@pytest.mark.parametrize("text", ["", " ", "two words", "line\nline", "tökén", "t\x00", "t\u200b"])
def test_a_token_is_one_word(text: str) -> None:
    with pytest.raises(ValueError, match="one line of ASCII"):
        parse_credential(text)


def oauth(**parts: Any) -> str:
    return json.dumps({"kind": "oauth", "client_id": "client", "refresh_token": "s3cret", **parts})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "can't be read"),
        ("{s3cret}", "can't be read"),
        ('{"s3cret":' * 50_000, "can't be read"),
        ('{"token": "s3cret"}', "`kind` must be one of oauth, service-principal"),
        (json.dumps({"kind": ["s3cret"]}), "`kind` must be one of"),
        (json.dumps({"kind": "oauth", "client_id": "s3cret"}), "needs client_id, refresh_token$"),
        (oauth(refresh_token=""), "needs client_id, refresh_token$"),
        (oauth(refresh_token=None), "needs client_id, refresh_token$"),
        (json.dumps({"kind": "service-principal"}), "needs tenant_id, client_id, client_secret$"),
        (oauth(extra="s3cret", more=1), "no part extra, more$"),
        (oauth(client_secret=7), "client_secret is not one line of ASCII"),
        (oauth(client_secret="s3\ncret"), "client_secret is not one line of ASCII"),
        (oauth(client_secret="s3cret\ud800"), "client_secret is not one line of ASCII"),
        (oauth(access_token=["s3cret"]), "access_token is not one line of ASCII"),
        (oauth(expires_at="s3cret"), "expires_at is not a number"),
        (oauth(expires_at=True), "expires_at is not a number"),
        (oauth(expires_at=float("nan")), "expires_at is not a number"),
        (oauth(expires_at=float("inf")), "expires_at is not a number"),
        (oauth(expires_at=10**400), "expires_at is not a number"),
        (oauth(expires_at=-1), "expires_at is not a number"),
    ],
)
def test_what_is_wrong_is_named_and_no_secret_told(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as raised:
        parse_credential(text)
    assert "s3cret" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
