"""Deliveries of webhooks, signed and read."""

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

from providers.events import CommentAdded, Event, PullRequestChanged
from providers.gitlab.webhooks import GitlabWebhooks

DATA = Path(__file__).parents[2] / "data" / "gitlab"
PAYLOADS = sorted(path.name for path in DATA.glob("*.json"))
BODY = b'{"test": 2432232314}'
SENT = 1_614_265_330
HOOKS = GitlabWebhooks(lambda: SENT)
SIGNING = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
# The example of the specification's own libraries (Standard Webhooks, Signature scheme).
EXAMPLE = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": str(SENT),
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def signed(body: bytes, secret: str, *, at: int = SENT, delivery: str = "7f1c") -> dict[str, str]:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{delivery}.{at}.".encode() + body, hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(digest).decode()
    return {"webhook-id": delivery, "webhook-timestamp": str(at), "webhook-signature": signature}


def fresh_secret(byte: int) -> str:
    return "whsec_" + base64.b64encode(bytes([byte]) * 32).decode()


def load(name: str) -> Any:
    return json.loads((DATA / name).read_bytes())


def parse(event: str, payload: object) -> list[Event]:
    return list(HOOKS.parse(event, {}, json.dumps(payload).encode()))


def comment(payload: object) -> CommentAdded:
    [event] = parse("note", payload)
    assert isinstance(event, CommentAdded)
    return event


def change(payload: object) -> PullRequestChanged:
    [event] = parse("merge_request", payload)
    assert isinstance(event, PullRequestChanged)
    return event
