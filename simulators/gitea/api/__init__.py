"""The endpoints of the REST API, by the operations of the API description."""

from simulators.gitea.api import comments, hooks, pulls, reactions, repositories, statuses
from simulators.gitea.routes import Route

ROUTES: tuple[Route, ...] = (
    *comments.ROUTES,
    *hooks.ROUTES,
    *pulls.ROUTES,
    *reactions.ROUTES,
    *repositories.ROUTES,
    *statuses.ROUTES,
)
