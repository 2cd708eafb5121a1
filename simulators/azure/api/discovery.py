"""Where things are and who is calling: what a client of the SDK asks first (azure-devops, `client.py`)."""

from simulators.answers import Answer
from simulators.azure.locations import locations
from simulators.azure.models import Json
from simulators.azure.routes import ApiCall, Route, listed
from simulators.azure.views.people import account_view


def _locations(call: ApiCall) -> Answer:
    return listed([place.view(call.latest) for place in locations(server=call.state.server)])


def _resource_areas(call: ApiCall) -> Answer:
    """No list at all tells a client to use its base URL for everything, as on a Server."""
    return Answer({"count": 0, "value": None})


def _connection_data(call: ApiCall) -> Answer:
    account = account_view(call.state, call.actor, "none")
    shown: Json = {name: account[name] for name in ("id", "descriptor", "subjectDescriptor", "providerDisplayName")}
    shown |= {"isActive": account["isActive"], "properties": {"Account": account["properties"]["Account"]}}
    return Answer(
        {
            "authenticatedUser": shown,
            "authorizedUser": shown,
            "instanceId": call.state.organization_id,
            "deploymentId": call.state.organization_id,
            "deploymentType": "onPremises" if call.state.server else "hosted",
            "locationServiceData": {"serviceOwner": call.state.organization_id, "clientCacheTimeToLive": 3600},
        }
    )


ROUTES = (
    Route("OPTIONS", "_apis", _locations, version_free=True),
    Route("GET", "_apis/ResourceAreas", _resource_areas),
    Route("GET", "_apis/connectionData", _connection_data, version_free=True),
)
