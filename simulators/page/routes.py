"""The pages over HTTP."""

from importlib.resources import files
from typing import Any

import anyio.to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from simulators.diff import annotated
from simulators.page.host import PageHost
from simulators.page.templates import render
from simulators.page.views import PullPage

_STATIC_TYPES = {"css": "text/css", "js": "text/javascript"}


def page_routes(host: PageHost) -> list[BaseRoute]:
    """Where the pages are; they go before the API, which may be mounted at the root."""
    pages, pull = _Pages(host), host.look.address
    return [
        Route("/", pages.index),
        Route("/_static/{name}", pages.static),
        Route(pull, pages.show),
        Route(f"{pull}/comments", pages.comment, methods=["POST"]),
        Route(f"{pull}/press/{{target}}", pages.press, methods=["POST"]),
    ]


class _Pages:
    def __init__(self, host: PageHost) -> None:
        self._host = host

    async def index(self, request: Request) -> Response:
        pulls = await anyio.to_thread.run_sync(self._host.pulls)
        return HTMLResponse(render("index.html", look=self._host.look, pulls=pulls))

    async def show(self, request: Request) -> Response:
        viewer = request.query_params.get("as", "")
        content = await _found(self._host.show, dict(request.path_params), viewer)
        return HTMLResponse(self._page(request, content), headers={"cache-control": "no-store"})

    async def comment(self, request: Request) -> Response:
        form = await request.form()
        place, viewer, thread = dict(request.path_params), str(form.get("as", "")), str(form.get("thread", ""))
        body = str(form.get("body", "")).replace("\r\n", "\n").strip()
        if body:
            await _found(self._host.comment, place, viewer, body, thread or None)
        return _back(request, "/comments")

    async def press(self, request: Request) -> Response:
        form = await request.form()
        place = dict(request.path_params)
        target = place.pop("target")
        await _found(self._host.press, place, str(form.get("as", "")), target, str(form.get("button", "")))
        return _back(request, f"/press/{target}")

    async def static(self, request: Request) -> Response:
        name = request.path_params["name"]
        content = files(__package__).joinpath("static", name)
        kind = _STATIC_TYPES.get(name.rpartition(".")[2])
        if kind is None or not content.is_file():
            raise HTTPException(404)
        return Response(content.read_bytes(), media_type=kind)

    def _page(self, request: Request, pull: PullPage) -> str:
        notes = [note for check in pull.checks for note in check.annotations]
        changed, apart = annotated(pull.files, notes)
        path = request.url.path
        return render("pull.html", look=self._host.look, path=path, pull=pull, changed=changed, apart=apart)


async def _found(method: Any, *arguments: Any) -> Any:
    try:
        return await anyio.to_thread.run_sync(method, *arguments)
    except LookupError:
        raise HTTPException(404) from None


def _back(request: Request, below: str) -> Response:
    page = request.url.path.removesuffix(below)
    return RedirectResponse(f"{page}?{request.url.query}" if request.url.query else page, 303)
