"""The endpoints."""

from simulators.azure.api import (
    artifacts,
    builds,
    discovery,
    hooks,
    people,
    pulls,
    repositories,
    statuses,
    testing,
    threads,
)
from simulators.azure.routes import Route

_SHARED = (discovery, repositories, pulls, threads, statuses, people, hooks, builds, artifacts, testing)


def routes(*, server: bool) -> tuple[Route, ...]:
    """All endpoints of the Services, or of a Server, which has no Graph API."""
    shared = tuple(route for module in _SHARED for route in module.ROUTES)
    return shared if server else shared + people.GRAPH_ROUTES
