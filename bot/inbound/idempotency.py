"""The header `Idempotency-Key` of requests that make something."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Protocol

import anyio.to_thread
import orjson
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from bot.inbound.envelope import Problem
from bot.usecases.caller import Caller
from bot.usecases.idempotency import Answered

HEADER = "idempotency-key"
LONGEST = 255
_KEY = re.compile(r'[!#-~]{1,255}|"[ !#-~]{1,253}"')

Do = Callable[[], Awaitable[Response]]


class Once(Protocol):
    async def __call__(
        self, caller: Caller, key: str, digest: str, do: Callable[[], Awaitable[Answered]]
    ) -> Answered: ...


async def answer_once(
    once: Once | None, request: Request, caller: Caller, asked: Iterable[bytes | Path], do: Do
) -> Response:
    """Answers a request, the same for each that comes under one key; `asked` is what makes it this request.

    An answer that is given again has the header `Idempotency-Replayed: true`. Raises Problem (400), and what `once` and
    `do` raise.
    """
    key = request.headers.get(HEADER)
    if key is None or once is None:
        return await do()
    if not _KEY.fullmatch(key):
        raise Problem(400, f"Idempotency-Key must have 1 to {LONGEST} printable characters")

    async def answer() -> Answered:
        response = await do()
        return Answered(response.status_code, bytes(response.body))

    # What an organization's keys may see differs by project, so an answer is only for keys of the same reach.
    reach = f"{request.method} {request.url.path} {caller.project_id or ''}".encode()
    given = await once(caller, key.strip('"'), await anyio.to_thread.run_sync(_digest, [reach, *asked]), answer)
    headers = {"idempotency-replayed": "true"} if given.again else None
    return Response(given.content, given.status, headers, media_type="application/json")


def as_asked(body: BaseModel) -> bytes:
    """Gives a JSON body in one form, however it was written."""
    return orjson.dumps(body.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)


def _digest(parts: Iterable[bytes | Path]) -> str:
    whole = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            with part.open("rb") as file:
                whole.update(hashlib.file_digest(file, "sha256").digest())
        else:
            whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()
