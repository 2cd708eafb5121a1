"""The way of every API request on Gitea."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from simulators.answers import Answer
from simulators.asked import Asked
from simulators.contract import Contract
from simulators.gate import Api
from simulators.gitea.access import Caller, Tokens
from simulators.gitea.answers import GiteaRefusal, NotFound
from simulators.gitea.models import Repository
from simulators.gitea.routes import Call, Host, Route
from simulators.gitea.rules import check_object, check_strings
from simulators.gitea.state import State
from simulators.gitea.views.common import Urls
from simulators.routing import Operation


class GiteaApi(Api[Caller]):
    """The REST API v1; without a contract, requests are not held against the description."""

    def __init__(self, routes: Iterable[Route], host: Host, tokens: Tokens, contract: Contract | None = None) -> None:
        self._host = host
        self._tokens = tokens
        handlers = {(route.operation if contract else route.address): _handler(route, host) for route in routes}
        super().__init__(handlers, violations=host.violations, lock=host.state.lock, contract=contract)

    def identify(self, request: Request) -> Caller:
        """Who is calling."""
        return self._tokens.identify(request.headers.get("authorization", ""))

    def name_of(self, headers: Mapping[str, str]) -> str:
        """Who the headers claim to be, for the calls log."""
        return self._tokens.name_of(headers)

    def screen(self, request: Request) -> None:
        """A token in the query would work, but it ends up in the logs of every proxy on the way."""
        if not {"token", "access_token"}.isdisjoint(request.query_params):
            self.violated(request, "the token stands in the query")

    def canonical(self, path: str) -> str:
        """The path, unless the repository has another name by now: then 307, whatever the method."""
        parts = path.split("/")
        if path.startswith("/api/v1/repos/") and len(parts) > 5:
            name = "/".join(parts[4:6])
            moved = self._host.state.repositories.get(self._host.state.old_names.get(name.lower(), -1))
            if moved is not None and self._host.state.repository(name) is None:
                location = "/".join((*parts[:4], moved.full_name, *parts[6:]))
                raise GiteaRefusal(307, "", headers={"location": location})
        return path

    def check_body(self, body: Any) -> None:
        """A body is an object without broken strings."""
        check_object(body)
        check_strings(body)

    def unknown(self) -> GiteaRefusal:
        """For a path that Gitea does not have."""
        return NotFound(violation="Not Found")

    def unreadable(self) -> GiteaRefusal:
        """For broken JSON; go-chi's binding calls it a failed deserialization."""
        return GiteaRefusal(422, "[]: invalid character in JSON", violation="Problems parsing JSON")

    def invalid(self, operation: Operation, problems: list[str]) -> GiteaRefusal:
        """For a request that breaks the contract."""
        return GiteaRefusal(422, f"[]: {problems[0]}", violation=f"{operation.id}: {'; '.join(problems)}")

    def not_simulated(self, operation: Operation) -> GiteaRefusal:
        """For an operation that has no handler."""
        message = f"{operation.id} is not simulated"
        return GiteaRefusal(501, message, violation=message)

    def complete(self, request: Request, response: Response) -> None:
        """What every answer of the API carries."""
        response.headers["cache-control"] = "max-age=0, private, must-revalidate, no-transform"
        response.headers["x-content-type-options"] = "nosniff"
        if response.status_code == 307:
            query = f"?{request.url.query}" if request.url.query else ""
            response.headers["location"] += query

    async def after(self) -> None:
        """Sends the deliveries that were asked for."""
        await self._host.deliveries.send_pending()


def _handler(route: Route, host: Host) -> Callable[[Asked[Caller]], Answer]:
    def handle(asked: Asked[Caller]) -> Answer:
        repository = _repository(host.state, asked)
        route.admit(asked.caller, repository)
        return route.handler(Call(host, asked, Urls(asked.base), repository))

    return handle


def _repository(state: State, asked: Asked[Caller]) -> Repository | None:
    if "owner" not in asked.arguments:
        return None
    repository = state.repository(f"{asked.arguments['owner']}/{asked.arguments['repo']}")
    if repository is None:
        raise NotFound
    return repository
