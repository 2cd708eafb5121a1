"""The resource locations that a client of the SDK asks for (azure-devops 7.1.0b4, `ApiResourceLocation`)."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from simulators.azure.models import Json

# Resources that were never released ask for `-preview` in the version.
_PREVIEW_AREAS = frozenset({"Graph", "Location"})


@dataclass(frozen=True, slots=True)
class Location:
    """Where a resource is; a client leaves out the parameters of the template that it has no value for."""

    id: str
    area: str
    resource: str
    template: str
    version: int

    def view(self, latest: str) -> Json:
        """The location on a host whose newest API version is `latest`."""
        return {
            "id": self.id,
            "area": self.area,
            "resourceName": self.resource,
            "routeTemplate": self.template,
            "resourceVersion": self.version,
            "minVersion": "1.0",
            "maxVersion": latest,
            "releasedVersion": "0.0" if self.area in _PREVIEW_AREAS else latest,
        }


@cache
def _all() -> tuple[Location, ...]:
    rows = json.loads(files(__package__).joinpath("locations.json").read_bytes())
    names = ("id", "area", "resourceName", "routeTemplate", "resourceVersion")
    return tuple(Location(*(row[name] for name in names)) for row in rows)


def locations(*, server: bool) -> tuple[Location, ...]:
    """Every location id that the SDK's Git, identity, security, hooks, core, location, Graph and build clients use.

    A Server has no Graph API.
    """
    return tuple(location for location in _all() if not (server and location.area == "Graph"))
