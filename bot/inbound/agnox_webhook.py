"""The door for Agnox servers: a delivery is proven, stored, and only then acknowledged."""

import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable, Sequence

from starlette.types import Receive, Scope, Send

from bot.inbound.bodies import read_body
from bot.inbound.envelope import Problem, success
from bot.inbound.scm_webhooks import FindSecrets
from bot.store.inbox import InboxUnavailable, Incoming, Receipt, Unstorable
from bot.store.vault import VaultError

log = logging.getLogger(__name__)

NAME = "agnox"
EVENT = "execution"
BODY_LIMIT = 256 * 1024
"""Bytes; what Agnox sends has a thousandth of it."""
_SIGNATURE = b"x-agnox-signature"
_RETRY = {"retry-after": "10"}


class AgnoxWebhook:
    """`POST /webhooks/agnox/{key}` as an ASGI app; a hook without a secret is one that is not there.

    The signature is `sha256=` and the hexadecimal HMAC-SHA256 of the raw body (Agnox docs, Generic Webhooks). Agnox
    gives deliveries no id: one with the same body is a repeated one.
    """

    def __init__(self, put: Callable[[Incoming], Awaitable[Receipt]], find_secrets: FindSecrets | None = None) -> None:
        self._put = put
        self._find_secrets = find_secrets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = scope["path_params"]["key"]
        secrets = await self._secrets(key)
        body = await read_body(scope, receive, BODY_LIMIT)
        given = next((value for name, value in scope["headers"] if name == _SIGNATURE), b"")
        # The hook may have got another secret a moment ago.
        if not _is_proven(given, body, secrets) and not _is_proven(given, body, await self._secrets(key, anew=True)):
            log.warning("refused an agnox delivery: %s", "its signature is wrong" if given else "it is not signed")
            raise Problem(401, "the delivery is not proven to come from the Agnox server")
        incoming = Incoming(NAME, f"{NAME}:{key}:{hashlib.sha256(body).hexdigest()}", EVENT, {}, body, key)
        try:
            receipt = await self._put(incoming)
        except InboxUnavailable as error:
            raise Problem(503, "the delivery was not stored; send it again", headers=_RETRY) from error
        except Unstorable as error:
            raise Problem(400, "the delivery has values that can't be stored") from error
        answer = success({"deliveryId": receipt.delivery_id, "duplicate": receipt.duplicate}, 202)
        await answer(scope, receive, send)

    async def _secrets(self, key: str, *, anew: bool = False) -> Sequence[str]:
        try:
            secrets = await self._find_secrets(NAME, key, anew=anew) if self._find_secrets else ()
        except VaultError as error:
            log.exception("the secret of an agnox hook can't be read")
            raise Problem(503, "the delivery can't be checked now; send it again", headers=_RETRY) from error
        if not secrets:
            raise Problem(404, "there is no such hook")
        return secrets


def _is_proven(given: bytes, body: bytes, secrets: Sequence[str]) -> bool:
    """Compares in constant time."""
    wanted = [b"sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode() for secret in secrets]
    return any(hmac.compare_digest(given.lower(), one) for one in wanted)
