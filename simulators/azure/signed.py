"""Where pipeline artifacts lie: another host, at addresses that are signed for a while and their own key."""

import hashlib

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from simulators.azure.routes import ApiCall
from simulators.azure.state import State
from simulators.contract import Violation

HOST = "https://artprodcus3.artifacts.visualstudio.com"
PATH = "/_signedcontent"


def signed_url(call: ApiCall, content: bytes) -> str:
    """Puts it there; gives the address. A server keeps it below its collection."""
    key = hashlib.sha256(content).hexdigest()
    call.state.stored[key] = content
    return f"{_host(call)}{PATH}/{key}?format=zip&urlSignature=c2lnbmVk"


def plain_url(call: ApiCall, content: bytes) -> str:
    """The address that only those with a token of the host have something from."""
    return f"{_host(call)}/_apis/artifact/{hashlib.sha256(content).hexdigest()}/content?format=zip"


def signed_routes(state: State, violations: list[Violation], prefix: str) -> list[Route]:
    """The storage of a server as routes; a token has no business there."""

    async def give(request: Request) -> Response:
        if "authorization" in request.headers:
            violations.append(Violation("GET", request.url.path, "a token was sent to the storage"))
        if request.query_params.get("urlSignature") != "c2lnbmVk" or "authorization" in request.headers:
            return PlainTextResponse("The signature is not valid.", 403)
        found = state.stored.get(request.path_params["key"])
        if found is None:
            return PlainTextResponse("There is no such artifact.", 404)
        return Response(found, media_type="application/zip")

    return [Route(f"{prefix}{PATH}/{{key}}", give)]


def _host(call: ApiCall) -> str:
    return call.urls.collection if call.state.server else HOST
