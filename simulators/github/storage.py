"""Where logs and artifacts lie: another host with addresses that are their own key."""

import hashlib
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from simulators.contract import Violation
from simulators.github.routes import ApiCall
from simulators.github.state import State

HOST = "https://productionresultssa0.blob.core.windows.net"
PATH = "/_storage"


def store(call: ApiCall, content: bytes, media_type: str) -> str:
    """Puts it there; gives the address. A host on loopback has its storage under the same port."""
    key = hashlib.sha256(content + media_type.encode()).hexdigest()
    call.state.stored[key] = (content, media_type)
    local = urlsplit(call.urls.html).hostname in ("127.0.0.1", "localhost")
    return f"{call.urls.html if local else HOST}{PATH}/{key}"


def storage_routes(state: State, violations: list[Violation]) -> list[Route]:
    """The storage as routes; a token has no business there (GitHub Docs, Download an artifact)."""

    async def give(request: Request) -> Response:
        if "authorization" in request.headers:
            violations.append(Violation("GET", request.url.path, "a token was sent to the storage"))
            return PlainTextResponse("AuthenticationFailed", 403)
        found = state.stored.get(request.path_params["key"])
        if found is None:
            return PlainTextResponse("BlobNotFound", 404)
        return Response(found[0], media_type=found[1])

    return [Route(f"{PATH}/{{key}}", give)]
