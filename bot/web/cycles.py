"""The page of a test cycle, reached from the report on the pull request."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.domain.cycle import CycleState
from bot.domain.novelty import Novelty
from bot.store.pages import find_file, find_page
from bot.usecases.compose_attempts import who
from bot.usecases.compose_report import uncompared
from bot.usecases.excuse_failures import all_excused, stored_excuses
from bot.usecases.live_log import tail
from bot.usecases.services import Services
from bot.usecases.wait_in_line import waiting

if TYPE_CHECKING:
    from jinja2 import Environment

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; "
    "connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
    "cache-control": "private, no-store",
}

ANSWERS = {
    CycleState.PENDING: "Waiting for a testing node",
    CycleState.RUNNING: "Tests are running",
    CycleState.ANALYZING: "Reading the logs and results",
    CycleState.PASSED: "Passed",
    CycleState.FAILED: "Failed",
    CycleState.UNSTABLE: "Passed, but not on the first try",
    CycleState.ERROR: "No whole result",
    CycleState.CANCELLED: "Cancelled",
}

LINES = 200
"""Lines of the output that the page of a running execution begins with."""

EXCUSED = "Failed only of what fails no check"

WORDS = {Novelty.NEW: "New", Novelty.KNOWN: "Already failing", Novelty.FLAKY: "Flaky"}
ORDER = (Novelty.NEW, "", Novelty.KNOWN, Novelty.FLAKY)
PLAIN: Mapping[str, Any] = {"novelty": "", "history": "", "owners": (), "changed": (), "step": "", "excuse": ""}
"""What a finding says when nothing is known of it but what its run says."""


class Pages:
    """The HTML pages; holds the compiled templates."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/cycles/{page_key}", self.cycle),
            Route("/cycles/{page_key}/files/{artifact_id}", self.file),
            Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
        ]

    async def cycle(self, request: Request) -> Response:
        attempt = request.query_params.get("attempt", "")
        async with self._services.database.read() as session:
            page = await find_page(
                session,
                request.path_params["page_key"],
                int(attempt) if attempt.isascii() and attempt.isdecimal() and len(attempt) < 6 else None,
            )
            if page is not None:
                output, position = await tail(session, page.executions[0].id, lines=LINES)
                line = await waiting(session, self._services, page.executions[0])
        if page is None:
            return self._render("missing.html", 404)
        execution = page.executions[0]
        excused = all_excused(execution, stored_excuses(execution))
        state = CycleState.UNSTABLE if excused else CycleState(execution.state)
        analysis: dict[str, Any] = execution.analysis or {}
        findings = sorted(
            (PLAIN | found for found in analysis.get("findings", ())),
            key=lambda found: (bool(found["excuse"]), ORDER.index(found["novelty"])),
        )
        return self._render(
            "cycle.html",
            page=page,
            execution=execution,
            state=state,
            answer=EXCUSED if excused else ANSWERS[state],
            findings=findings,
            counting=sum(not found["excuse"] for found in findings),
            fresh=sum(found["novelty"] == Novelty.NEW and not found["excuse"] for found in findings),
            words=WORDS,
            uncompared=uncompared(analysis) if findings else "",
            output=output if state in (CycleState.PENDING, CycleState.RUNNING) else "",
            position=position,
            line=line,
        )

    async def file(self, request: Request) -> Response:
        async with self._services.database.read() as session:
            file = await find_file(session, request.path_params["page_key"], request.path_params["artifact_id"])
        if file is None:
            return self._render("missing.html", 404)
        # Always as plain text: a report is somebody else's markup and must never run as a page of ours.
        headers = {**HEADERS, "content-encoding": "gzip", "content-type": "text/plain; charset=utf-8"}
        return Response(file.content, headers=headers)

    @cached_property
    def _templates(self) -> "Environment":
        # Imported with the first page: a process that only takes webhooks does without.
        from jinja2 import Environment, PackageLoader, StrictUndefined

        environment = Environment(
            loader=PackageLoader("bot.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["who"] = who
        return environment

    def _render(self, name: str, status: int = 200, **context: object) -> HTMLResponse:
        return HTMLResponse(self._templates.get_template(name).render(context), status, HEADERS)
