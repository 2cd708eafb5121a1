"""The form of every answer: `{"success": true, "data"}` or `{"success": false, "error", "message", "details"?}`."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from bot.domain.ids import new_id
from bot.usecases.errors import Conflict, Invalid, Missing, Refused
from bot.usecases.idempotency import Reused
from bot.usecases.resolve_context import InvalidFields

log = logging.getLogger(__name__)

Handler = Callable[[Request, Exception], Awaitable[Response]]

FIELDS = "Validation failed"
"""The kind of refusal whose `details` name fields."""

_REFUSALS: Mapping[type[Refused], int] = {Invalid: 400, Missing: 404, Conflict: 409, Reused: 422}
_DEFAULTS = {
    404: "there is nothing at this address",
    405: "this address does not take that method",
}


class Problem(HTTPException):
    """A request that ends here; `message` tells the sender what is wrong and what would work."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        error: str = "",
        details: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, message, headers)
        self.error = error
        self.details = details


def success(data: Any, status: int = 200) -> Response:
    """Wraps what was asked for; `data` is anything that orjson writes."""
    return _json({"success": True, "data": data}, status)


def failure(
    status: int, message: str, *, error: str = "", details: Any = None, headers: Mapping[str, str] | None = None
) -> Response:
    """Wraps a refusal; `error` is the status in words unless given."""
    content = {"success": False, "error": error or HTTPStatus(status).phrase, "message": message}
    return _json(content if details is None else content | {"details": details}, status, headers)


def _json(content: Any, status: int, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), status, headers, media_type="application/json")


async def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error, Problem):
        return failure(error.status_code, error.detail, error=error.error, details=error.details, headers=error.headers)
    return failure(error.status_code, _DEFAULTS.get(error.status_code, error.detail), headers=error.headers)


async def _refused(_request: Request, error: Exception) -> Response:
    if isinstance(error, InvalidFields):
        details = [{"field": each.field, "message": each.message} for each in error.problems]
        return failure(400, str(error), error=FIELDS, details=details)
    status = next((code for kind, code in _REFUSALS.items() if isinstance(error, kind)), 400)
    return failure(status, str(error))


async def _gone(_request: Request, _error: Exception) -> Response:
    # Nobody is there to read it; without this a client that hangs up would count as an error of ours.
    return Response(status_code=400)


async def _unavailable(request: Request, error: Exception) -> Response:
    record = new_id()
    log.error("%s: %s %s: the database does not answer", record, request.method, request.url.path, exc_info=error)
    return failure(503, f"the database does not answer; record {record}", headers={"retry-after": "5"})


async def _unexpected(request: Request, error: Exception) -> Response:
    record = new_id()
    log.error("%s: %s %s", record, request.method, request.url.path, exc_info=error)
    return failure(500, f"something broke on the server; its log has more under {record}")


def exception_handlers() -> dict[int | type[Exception], Handler]:
    """Gives Starlette's `exception_handlers` that answer every failure in the envelope."""
    return {
        HTTPException: _http,
        Refused: _refused,
        ClientDisconnect: _gone,
        OperationalError: _unavailable,
        InterfaceError: _unavailable,
        PoolTimeout: _unavailable,
        ConnectionError: _unavailable,
        Exception: _unexpected,
    }
