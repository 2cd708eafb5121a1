"""The endpoints of the REST API, by the operations of the OpenAPI description."""

from simulators.github.api import apps, checks, comments, pulls, repositories, statuses, workflows
from simulators.github.routes import Route

ROUTES: tuple[Route, ...] = (
    *apps.ROUTES,
    *checks.ROUTES,
    *comments.ROUTES,
    *pulls.ROUTES,
    *repositories.ROUTES,
    *statuses.ROUTES,
    *workflows.ROUTES,
)
