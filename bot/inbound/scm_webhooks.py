"""The door for all git hosts: a delivery is proven, stored, and only then acknowledged."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

import anyio.to_thread
from starlette.types import Receive, Scope, Send

from bot.inbound.bodies import content_length, read_body
from bot.inbound.envelope import Problem, success
from bot.store.inbox import InboxUnavailable, Incoming, Receipt, Unstorable
from bot.store.vault import VaultError
from providers.errors import InvalidSignature, MalformedPayload
from providers.factory import Registry, UnknownSource
from providers.interface import Host, Identity

log = logging.getLogger(__name__)

# GitHub's own cap, the highest of the hosts (GitHub Docs, Webhook events and payloads).
BODY_LIMIT = 25 * 1024 * 1024
# Hashing less than this takes under a fifth of a millisecond, which is what handing it to a thread costs.
_INLINE = 128 * 1024
_READING_LIMIT = 10 * BODY_LIMIT
_RETRY = {"retry-after": "10"}


class FindSecrets(Protocol):
    """Gives the secrets of the hook with a key; none when there is no such hook. `anew`: not what is remembered."""

    async def __call__(self, provider: str, key: str, *, anew: bool = False) -> Sequence[str]: ...


class ScmWebhooks:
    """`POST /webhooks/{provider}` and `/webhooks/{provider}/{key}` as an ASGI app.

    Hooks without a key are proven with the host's own secrets, those with one with what `find_secrets` gives.
    """

    def __init__(
        self,
        registry: Registry,
        put: Callable[[Incoming], Awaitable[Receipt]],
        find_secrets: FindSecrets | None = None,
    ) -> None:
        self._registry = registry
        self._put = put
        self._find_secrets = find_secrets
        self._reading = 0
        for host in registry:
            if host.hook_secrets is not None and not any(host.hook_secrets):
                log.warning(
                    "%s has no webhook secret (AGNOX_%s_WEBHOOK_SECRET): deliveries to /webhooks/%s are refused",
                    host.name,
                    host.name.upper(),
                    host.name,
                )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path_params"]
        host, key = self._host(path["provider"]), path.get("key")
        secrets = (host.hook_secrets or ()) if key is None else await self._secrets(host, key)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        body = await self._read(scope, receive)
        try:
            identity = await _identify(host, headers, body, secrets)
        except InvalidSignature as error:
            # The hook may have got another secret a moment ago.
            again = await self._secrets(host, key, anew=True) if key is not None else secrets
            if again == secrets:
                raise _unproven(host, error) from error
            try:
                identity = await _identify(host, headers, body, again)
            except InvalidSignature as wrong:
                raise _unproven(host, wrong) from wrong
        if identity.test:
            await success({"deliveryId": None, "duplicate": False}, 202)(scope, receive, send)
            return
        # Ids are unique to a hook only: no hook may make another's delivery look like a repeated one.
        dedupe_key = f"{host.name}:{key or ''}:{identity.dedupe_key}"
        incoming = Incoming(host.name, dedupe_key, identity.event, _kept(host, headers), body, key)
        try:
            receipt = await self._put(incoming)
        except InboxUnavailable as error:
            raise Problem(503, "the delivery was not stored; send it again", headers=_RETRY) from error
        except Unstorable as error:
            log.warning("a %s delivery can't be stored: %s", host.name, error)
            raise Problem(400, "the delivery's headers have values that can't be stored") from error
        answer = success({"deliveryId": receipt.delivery_id, "duplicate": receipt.duplicate}, 202)
        await answer(scope, receive, send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes:
        """Reads a body that nobody has proven yet; all of these together are bounded."""
        announced = content_length(scope)
        size = BODY_LIMIT if announced is None else min(announced, BODY_LIMIT)
        if self._reading + size > _READING_LIMIT:
            raise Problem(503, "too many deliveries come in at once; send it again", headers=_RETRY)
        self._reading += size
        try:
            return await read_body(scope, receive, BODY_LIMIT)
        finally:
            self._reading -= size

    def _host(self, name: str) -> Host:
        try:
            return self._registry.get(name)
        except UnknownSource as error:
            raise Problem(404, "there is no such provider") from error

    async def _secrets(self, host: Host, key: str, *, anew: bool = False) -> Sequence[str]:
        try:
            secrets = await self._find_secrets(host.name, key, anew=anew) if self._find_secrets else ()
        except VaultError as error:
            log.exception("the secret of a %s hook can't be read", host.name)
            raise Problem(503, "the delivery can't be checked now; send it again", headers=_RETRY) from error
        if not secrets:
            raise Problem(404, "there is no such hook")
        return secrets


async def _identify(host: Host, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> Identity:
    if len(body) <= _INLINE:
        return _prove(host, headers, body, secrets)
    return await anyio.to_thread.run_sync(_prove, host, headers, body, secrets)


def _prove(host: Host, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> Identity:
    host.webhooks.verify(headers, body, secrets)
    try:
        return host.webhooks.identify(headers, body)
    except MalformedPayload as error:
        raise Problem(400, str(error)) from error


def _unproven(host: Host, error: InvalidSignature) -> Problem:
    log.warning("refused a %s delivery: %s", host.name, error)
    return Problem(401, "the delivery is not proven to come from the host")


def _kept(host: Host, headers: Mapping[str, str]) -> dict[str, str]:
    # Only what is needed to read the delivery later: signatures, tokens and cookies must not lie in the database.
    kept = host.webhooks.kept_headers
    return {name: value for name, value in headers.items() if name in kept}
