"""What an Azure DevOps organization tells of its API (`OPTIONS _apis`)."""

import json
from collections.abc import Mapping

from tests.providers.sdk.fakes import Reply

REPOSITORIES = "225f7195-f9c7-4d14-ab28-a83f7ff77e1f"


def discovery(name: str, templates: Mapping[str, str] | None = None, newest: str = "7.1", session: str = "") -> Reply:
    """The location of repositories, under a route that shows whose answer it is when `name` is not `acme`."""
    route = "{project}/_apis/git/{resource}/{repositoryId}"
    found = {REPOSITORIES: route if name == "acme" else f"{name}-only/{route}", **(templates or {})}
    value = [
        {
            "id": location,
            "area": "git",
            "resourceName": "repositories",
            "routeTemplate": template,
            "resourceVersion": 1,
            "minVersion": "1.0",
            "maxVersion": newest,
            "releasedVersion": newest,
        }
        for location, template in found.items()
    ]
    headers = {"content-type": "application/json", **({"X-TFS-Session": session} if session else {})}
    return Reply(200, json.dumps({"count": len(value), "value": value}).encode(), headers)
