"""The proof and the name of deliveries."""

import base64
import hashlib
import hmac

import pytest

from providers.errors import InvalidSignature
from providers.gitlab.webhooks import WINDOW
from tests.providers.gitlab.deliveries import BODY, EXAMPLE, HOOKS, SENT, SIGNING, fresh_secret, signed


def test_verify_takes_any_of_our_tokens() -> None:
    for secret in ("new", "old", "sécret"):
        HOOKS.verify({"x-gitlab-token": secret}, BODY, ["new", "old", "sécret"])


def test_a_token_is_enough_though_every_delivery_has_an_id_since_19() -> None:
    headers = {"x-gitlab-token": "s", "webhook-id": "7f1c", "webhook-timestamp": "1"}
    HOOKS.verify(headers, BODY, ["s"])
    HOOKS.verify({**headers, "webhook-signature": "v1,AAAA"}, BODY, ["s"])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-gitlab-token": ""},
        {"x-gitlab-token": "other"},
        {"x-gitlab-token": "s "},
        {"x-gitlab-token": "é"},
        {"x-gitlab-token": "\ud800"},
        {"authorization": "s"},
        signed(BODY, fresh_secret(1)),
    ],
)
def test_verify_refuses_without_our_token(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidSignature):
        HOOKS.verify(headers, BODY, ["s"])


@pytest.mark.parametrize("secrets", [[], [""]])
def test_verify_refuses_without_a_secret(secrets: list[str]) -> None:
    with pytest.raises(InvalidSignature):
        HOOKS.verify({"x-gitlab-token": ""}, BODY, secrets)


def test_verify_knows_the_specifications_own_example() -> None:
    HOOKS.verify(EXAMPLE, BODY, [SIGNING])


def test_verify_takes_any_signature_of_any_signing_token() -> None:
    old, new = fresh_secret(1), fresh_secret(2)
    for secret in (old, new):
        headers = signed(BODY, secret)
        headers["webhook-signature"] = f"v1a,AAAA v1,AAAA v1, {headers['webhook-signature']} v2,x"
        HOOKS.verify(headers, BODY, [new, old])


@pytest.mark.parametrize("off", [-WINDOW, WINDOW])
def test_verify_forgives_a_clock_that_is_a_little_wrong(off: int) -> None:
    HOOKS.verify(signed(BODY, SIGNING, at=SENT + off), BODY, [SIGNING])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {**EXAMPLE, "webhook-signature": ""},
        {**EXAMPLE, "webhook-signature": "v1,é"},
        {**EXAMPLE, "webhook-signature": "v1,\ud800"},
        {**EXAMPLE, "webhook-signature": EXAMPLE["webhook-signature"].removeprefix("v1,")},
        {**EXAMPLE, "webhook-signature": EXAMPLE["webhook-signature"].replace("v1,", "v1a,")},
        {**EXAMPLE, "webhook-id": "msg_other"},
        {**EXAMPLE, "webhook-timestamp": str(SENT + 1)},
        {**EXAMPLE, "webhook-timestamp": ""},
        {**EXAMPLE, "webhook-timestamp": "٣"},
        signed(BODY, SIGNING, at=SENT - WINDOW - 1),
        signed(BODY, SIGNING, at=SENT + WINDOW + 1),
        signed(BODY + b" ", SIGNING),
        signed(BODY, fresh_secret(9)),
    ],
)
def test_verify_refuses_without_our_signature(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidSignature):
        HOOKS.verify(headers, BODY, [SIGNING])


@pytest.mark.parametrize("at", ["soon", "-1", "1e9", "9" * 30, "\ud800"])
def test_a_signed_time_that_is_none_is_refused(at: str) -> None:
    key = base64.b64decode(SIGNING.removeprefix("whsec_"))
    message = b"7f1c." + at.encode(errors="replace") + b"." + BODY
    signature = "v1," + base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()
    headers = {"webhook-id": "7f1c", "webhook-timestamp": at, "webhook-signature": signature}
    with pytest.raises(InvalidSignature):
        HOOKS.verify(headers, BODY, [SIGNING])


def test_a_token_never_stands_in_for_a_signature() -> None:
    for secrets in ([SIGNING, "s"], ["s", SIGNING]):
        for headers in ({"x-gitlab-token": "s"}, {"x-gitlab-token": SIGNING}, {**EXAMPLE, "webhook-signature": ""}):
            with pytest.raises(InvalidSignature):
                HOOKS.verify({"x-gitlab-token": "s", **headers}, BODY, secrets)
        HOOKS.verify(EXAMPLE, BODY, secrets)


@pytest.mark.parametrize("secret", ["whsec_", "whsec_é", "whsec_*", "whsec_A"])
def test_a_signing_token_without_a_key_proves_nothing(secret: str) -> None:
    digest = hmac.new(b"", f"7f1c.{SENT}.".encode() + BODY, hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(digest).decode()
    headers = {"webhook-id": "7f1c", "webhook-timestamp": str(SENT), "webhook-signature": signature}
    with pytest.raises(InvalidSignature):
        HOOKS.verify(headers, BODY, [secret])


def test_identify() -> None:
    uuid, other = "a5461c4d-9c7f-4af9-add6-cddebe3c426f", "6d4f9fa0-0cb5-4f3e-8b8d-3a5a1b1f2c11"
    headers = {"x-gitlab-event": "Merge Request Hook", "idempotency-key": uuid, "webhook-id": other}
    found = HOOKS.identify(headers, BODY)
    assert (found.event, found.dedupe_key, found.test) == ("merge_request", other, False)
    assert HOOKS.identify({**headers, "webhook-id": "\n"}, BODY).dedupe_key == uuid
    older = {"x-gitlab-event": "Note Hook", "x-gitlab-event-uuid": uuid}
    assert HOOKS.identify(older, BODY) == HOOKS.identify({"x-gitlab-event": "Note Hook"}, BODY)
    assert HOOKS.identify(older, BODY).event == "note"
    assert HOOKS.identify(older, BODY).dedupe_key != HOOKS.identify(older, BODY + b" ").dedupe_key
    assert len(HOOKS.identify(older, BODY).dedupe_key) == 64
