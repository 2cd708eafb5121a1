"""The token endpoint of Microsoft Entra: client credentials (OAuth 2.0, RFC 6749 section 4.4)."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from simulators.azure.credentials import ENTRA_LIFE, Credentials
from simulators.azure.models import Identity
from simulators.azure.people import TENANT

# The application id of Azure DevOps, the same in all tenants.
SCOPE = "499b84ac-1321-427f-aa17-267ca6975798/.default"


@dataclass(frozen=True, slots=True)
class Application:
    """An app registration with its secret; `principal` is its enterprise application in the organization."""

    client_id: str
    client_secret: str
    principal: Identity


class Entra:
    """An ASGI app that answers `POST /{tenant}/oauth2/v2.0/token`."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self.applications: dict[str, Application] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        request = Request(scope, receive)
        tenant, *rest = request.url.path.strip("/").split("/")
        if request.method != "POST" or rest != ["oauth2", "v2.0", "token"]:
            response: Response = Response(status_code=404)
        else:
            form = {name: str(value) for name, value in (await request.form()).items()}
            response = self._answer(tenant, form)
        await response(scope, receive, send)

    def _answer(self, tenant: str, form: Mapping[str, str]) -> Response:
        application = self.applications.get(form.get("client_id", ""))
        if tenant != TENANT:
            return _refused(400, "invalid_request", 90002, f"Tenant '{tenant}' not found.")
        if form.get("grant_type") != "client_credentials":
            return _refused(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
        if application is None:
            return _refused(400, "unauthorized_client", 700016, "Application was not found in the directory.")
        if form.get("client_secret") != application.client_secret:
            return _refused(401, "invalid_client", 7000215, "Invalid client secret provided.")
        if form.get("scope") != SCOPE:
            return _refused(400, "invalid_scope", 70011, "The provided request must include a 'scope' input parameter.")
        life = int(ENTRA_LIFE.total_seconds())
        token = self._credentials.issue_entra(application.principal)
        told = {"token_type": "Bearer", "expires_in": life, "ext_expires_in": life, "access_token": token}
        return JSONResponse(told, headers={"cache-control": "no-store, no-cache"})


def _refused(status: int, error: str, code: int, text: str) -> Response:
    body = {"error": error, "error_description": f"AADSTS{code}: {text}", "error_codes": [code]}
    return JSONResponse(body, status)
