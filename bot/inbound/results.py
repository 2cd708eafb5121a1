"""The door for runners that ran the tests themselves: `POST /api/results`."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.domain.context import CiContext
from bot.inbound.bodies import parse_json, validate
from bot.inbound.calls import Calls, started
from bot.inbound.envelope import Problem, success
from bot.inbound.idempotency import answer_once
from bot.inbound.uploads import Limits, read_form

_FIELDS = frozenset({"context", "projectId", "suite"})
_FILES = frozenset({"report", "log"})


@dataclass(frozen=True)
class ResultDoor:
    """Takes logs and reports; they lie in a folder of their own, which is gone when the call ends."""

    calls: Calls
    limits: Limits

    def routes(self) -> list[BaseRoute]:
        return [Route("/api/results", self.receive, methods=["POST"])]

    async def receive(self, request: Request) -> Response:
        caller = await self.calls.caller(request)
        with TemporaryDirectory(prefix="agnox-upload-") as folder:
            form = await read_form(request, Path(folder), fields=_FIELDS, files=_FILES, limits=self.limits)
            if not form.uploads:
                raise Problem(400, "there is no file: send at least one part named report or log")
            raw = form.fields.get("context", "")
            context = validate(CiContext, parse_json(raw.encode(), "context"), "context") if raw.strip() else None

            async def take() -> Response:
                cycle = await self.calls.receive_results(
                    caller,
                    context,
                    form.uploads,
                    project_id=form.fields.get("projectId", "").strip() or None,
                    suite=form.fields.get("suite", "").strip()[:255],
                )
                return success(started(cycle), 202)

            # The boundary of a form is another one each time: what counts is what it brings.
            return await answer_once(self.calls.once, request, caller, form.contents(), take)
