"""What an endpoint of a simulated host says: an answer, or a refusal in the host's own shape."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response


@dataclass(frozen=True, slots=True)
class Answer:
    """JSON, or bytes or text with the content type that `headers` name; None is no body at all."""

    content: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """A refused request; `violation` marks those that a correct client never sends."""

    def __init__(
        self, status: int, message: str, *, headers: Mapping[str, str] | None = None, violation: bool = False
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})
        self.violation = violation

    @property
    def problem(self) -> str:
        """How the list of violations words it."""
        return self.message.rstrip(".")

    def answer(self) -> Answer:
        """The refusal as the host words it; a host overrides this with its own shape."""
        return Answer({"message": self.message}, self.status, self.headers)


def respond(request: Request, answer: Answer, *, etag: bool = False) -> Response:
    """The response to send; with `etag` a good answer to a GET carries one and may become a 304."""
    if answer.content is None or isinstance(answer.content, bytes | str):
        return Response(_encoded(answer.content), answer.status, dict(answer.headers))
    body = json.dumps(answer.content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    headers = {"content-type": "application/json; charset=utf-8", **answer.headers}
    if etag and request.method == "GET" and answer.status == 200:
        headers["etag"] = f'W/"{hashlib.sha256(body).hexdigest()}"'
        if headers["etag"] in request.headers.get("if-none-match", ""):
            return Response(None, 304, headers)
    return Response(body, answer.status, headers)


def _encoded(content: bytes | str | None) -> bytes | None:
    return content.encode("utf-8", "replace") if isinstance(content, str) else content
