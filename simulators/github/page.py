"""A page for each pull request, for people who want to see what the bot did."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import anyio.to_thread
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from simulators.github.diff import annotated
from simulators.github.events import Events
from simulators.github.markdown import render
from simulators.github.models import Account, CheckRun, Comment, PullRequest
from simulators.github.state import State
from simulators.github.webhooks import Deliveries, Event
from simulators.github.world import World

EMOJI = {
    "+1": "👍",
    "-1": "👎",
    "laugh": "😄",
    "hooray": "🎉",
    "confused": "😕",
    "heart": "❤️",
    "rocket": "🚀",
    "eyes": "👀",
}
_STATIC_TYPES = {"css": "text/css", "js": "text/javascript"}


class Pages:
    """The pages and what their buttons do."""

    def __init__(self, world: World, events: Events, deliveries: Deliveries) -> None:
        self._world = world
        self._state: State = world.state
        self._events = events
        self._deliveries = deliveries

    async def index(self, request: Request) -> Response:
        """All pull requests."""
        with self._state.lock:
            living = [repository for repository in self._state.repositories.values() if not repository.deleted]
            pulls = [pull for repository in living for pull in self._state.pull_requests(repository)]
            return HTMLResponse(_templates().get_template("index.html").render(pulls=pulls))

    async def show(self, request: Request) -> Response:
        """One pull request."""
        with self._state.lock:
            page = _templates().get_template("pull.html").render(self._content(request))
        return HTMLResponse(page, headers={"cache-control": "no-store"})

    async def comment(self, request: Request) -> Response:
        """Somebody comments; the webhook goes out as it would on GitHub."""
        form = await request.form()
        with self._state.lock:
            pull = self._pull(request)
            body = str(form.get("body", "")).replace("\r\n", "\n").strip()
            if not body:
                return self._back(request)
            comment = self._world.add_comment(pull, self._viewer(str(form.get("as", "")), pull).login, body)
            event = self._events.issue_comment("created", comment)
        await self._send(event)
        return self._back(request)

    async def press(self, request: Request) -> Response:
        """Somebody presses a check run's button: one of its actions, or "Re-run"."""
        form = await request.form()
        with self._state.lock:
            pull = self._pull(request)
            run = self._state.check_runs.get(request.path_params["run"])
            if run is None or run.suite.repository is not pull.repository:
                raise HTTPException(404)
            identifier = str(form["identifier"]) if form.get("identifier") else None
            if identifier is not None and identifier not in [action["identifier"] for action in run.actions]:
                raise HTTPException(404)
            action = "requested_action" if identifier else "rerequested"
            event = self._events.check_run(action, run, self._viewer(str(form.get("as", "")), pull), identifier)
        await self._send(event)
        return self._back(request)

    async def static(self, request: Request) -> Response:
        """Style and script."""
        name = request.path_params["name"]
        content = files(__package__).joinpath("static", name)
        kind = _STATIC_TYPES.get(name.rpartition(".")[2])
        if kind is None or not content.is_file():
            raise HTTPException(404)
        return Response(content.read_bytes(), media_type=kind)

    async def _send(self, event: Event) -> None:
        if self._deliveries.url is not None:
            delivery = self._deliveries.prepare(event)
            await anyio.to_thread.run_sync(self._deliveries.send, delivery)

    def _content(self, request: Request) -> dict[str, Any]:
        pull = self._pull(request)
        latest = self._state.latest_runs(pull.repository, pull.head.sha)
        older = self._state.runs_on(pull.repository, pull.head.sha)
        annotations = [annotation for run in latest for annotation in run.annotations]
        changed, apart = annotated(pull.files, annotations)
        return {
            "pull": pull,
            "viewer": self._viewer(request.query_params.get("as", ""), pull),
            "people": [account for account in self._state.accounts.values() if account.type == "User"],
            "comments": self._state.comments_of(pull),
            "reactions": _reactions,
            "checks": [(run, [o for o in older if _same_check(o, run) and o is not run]) for run in latest],
            "statuses": self._state.latest_statuses(pull.repository, pull.head.sha),
            "changed": changed,
            "apart": apart,
            "delivery": max(self._state.deliveries.values(), key=lambda d: d.id, default=None),
            "webhook_url": self._deliveries.url,
        }

    def _pull(self, request: Request) -> PullRequest:
        repository = self._state.repository("{owner}/{repo}".format_map(request.path_params))
        pull = self._state.issues.get((repository.id, request.path_params["number"])) if repository else None
        if not isinstance(pull, PullRequest):
            raise HTTPException(404)
        return pull

    def _viewer(self, login: str, pull: PullRequest) -> Account:
        return self._state.account(login) or pull.user

    def _back(self, request: Request) -> Response:
        page = "/{owner}/{repo}/pull/{number}".format_map(request.path_params)
        return RedirectResponse(f"{page}?{request.url.query}" if request.url.query else page, 303)


def page_routes(pages: Pages) -> list[BaseRoute]:
    """Where the pages are, as on github.com."""
    pull = "/{owner}/{repo}/pull/{number:int}"
    return [
        Route("/", pages.index),
        Route("/_static/{name}", pages.static),
        Route(pull, pages.show),
        Route(f"{pull}/comments", pages.comment, methods=["POST"]),
        Route(f"{pull}/check-runs/{{run:int}}", pages.press, methods=["POST"]),
    ]


def _same_check(one: CheckRun, other: CheckRun) -> bool:
    return one.name == other.name and one.suite is other.suite


def _reactions(comment: Comment) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for reaction in comment.reactions:
        emoji = EMOJI[reaction.content]
        counts[emoji] = counts.get(emoji, 0) + 1
    return counts


@cache
def _templates() -> Environment:
    loader = PackageLoader("simulators.github", "templates")
    # Everything a page shows is untrusted, so each value is escaped unless it went through the sanitizer.
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["markdown"] = lambda text: Markup(render(text))  # noqa: S704
    return environment
