"""The endpoints, one module a part of the REST API."""

from simulators.gitlab.api import (
    accounts,
    commits,
    discussions,
    hooks,
    jobs,
    merge_requests,
    notes,
    pipelines,
    projects,
)

ROUTES = (
    *accounts.ROUTES,
    *commits.ROUTES,
    *discussions.ROUTES,
    *hooks.ROUTES,
    *jobs.ROUTES,
    *merge_requests.ROUTES,
    *notes.ROUTES,
    *pipelines.ROUTES,
    *projects.ROUTES,
)
