"""Refusals in the words of Azure DevOps."""

from simulators.answers import Answer, Refusal
from simulators.azure import permissions
from simulators.azure.models import Identity

SIGN_IN = b"""<!DOCTYPE html>
<html lang="en-US"><head><title>Azure DevOps Services | Sign In</title></head>
<body><p>Sign in to continue to Azure DevOps Services.</p></body></html>
"""
_HTML = {"content-type": "text/html; charset=utf-8"}


class AzureRefusal(Refusal):
    """A refusal with the exception's name, which is what clients tell refusals apart by.

    The shape is that of `WrappedException` (azure-devops, `_models.py`).
    """

    def __init__(
        self,
        status: int,
        key: str,
        message: str,
        *,
        headers: dict[str, str] | None = None,
        violation: bool = False,
        namespace: str = "Microsoft.TeamFoundation.Git.Server",
    ) -> None:
        super().__init__(status, message, headers=headers, violation=violation)
        self.key = key
        self.namespace = namespace

    def answer(self) -> Answer:
        """`$id`, `message`, `typeName`, `typeKey`, `errorCode`, `eventId`."""
        body = {
            "$id": "1",
            "innerException": None,
            "message": self.message,
            "typeName": f"{self.namespace}.{self.key}, {self.namespace}",
            "typeKey": self.key,
            "errorCode": 0,
            "eventId": 3000,
        }
        return Answer(body, self.status, self.headers)


class SignIn(Refusal):
    """Credentials that prove nothing: a sign-in page where JSON was asked for, or the way there."""

    def __init__(self, status: int, origin: str) -> None:
        super().__init__(status, "not signed in")
        self._origin = origin

    def answer(self) -> Answer:
        """203 with a page, 302 to one, or 401 without a body."""
        if self.status == 302:
            return Answer(None, 302, {"location": f"{self._origin}/_signin?realm=dev.azure.com"})
        if self.status == 401:
            # Not all of what the host names here can be answered by a client; it names them all the same.
            challenge = (
                'Bearer authorization_uri="https://login.windows.net/common", Basic realm="https://dev.azure.com/"'
            )
            return Answer(None, 401, {"www-authenticate": challenge})
        return Answer(SIGN_IN, self.status, _HTML)


def bad_request(message: str, key: str = "VssPropertyValidationException") -> AzureRefusal:
    """400 for what a correct client never sends."""
    return AzureRefusal(400, key, message, violation=True, namespace="Microsoft.VisualStudio.Services.WebApi")


def not_found(key: str, message: str) -> AzureRefusal:
    """404 of something that is not there."""
    return AzureRefusal(404, key, message)


def no_project(name: str) -> AzureRefusal:
    """404 TF200016."""
    message = (
        f"TF200016: The following project does not exist: {name}. Verify that the name of the project is correct and "
        "that the project exists on the specified Azure DevOps Server."
    )
    key, namespace = "ProjectDoesNotExistWithNameException", "Microsoft.TeamFoundation.Core.WebApi"
    return AzureRefusal(404, key, message, namespace=namespace)


def no_repository(name: str) -> AzureRefusal:
    """404 TF401019, also for what exists but may not be seen."""
    message = (
        f"TF401019: The Git repository with name or identifier {name} does not exist or you do not have permissions "
        "for the operation you are attempting."
    )
    return AzureRefusal(404, "GitRepositoryNotFoundException", message)


def no_pull_request() -> AzureRefusal:
    """404 TF401180."""
    return AzureRefusal(404, "GitPullRequestNotFoundException", "TF401180: The requested pull request was not found.")


def no_commit(sha: str) -> AzureRefusal:
    """404 TF401175 for a commit or another version that is not there."""
    message = (
        f"TF401175:The version descriptor <Commit: {sha} > could not be resolved to a version in the repository. "
        "Verify that the name of the version is correct."
    )
    return AzureRefusal(404, "GitUnresolvableToCommitException", message)


def needs_permission(identity: Identity, bit: int) -> AzureRefusal:
    """403 TF401027, which names the right that is missing."""
    message = (
        f"TF401027: You need the Git '{permissions.NAMES[bit]}' permission to perform this action. "
        f"Details: identity '{identity.descriptor.partition(';')[2]}', scope 'repository'."
    )
    return AzureRefusal(403, "GitNeedsPermissionException", message)


def unauthorized(name: str) -> AzureRefusal:
    """401 TF400813: somebody known, but not for this organization or with this token."""
    message = f"TF400813: The user '{name}' is not authorized to access this resource."
    namespace = "Microsoft.TeamFoundation.Framework.Server"
    return AzureRefusal(401, "UnauthorizedRequestException", message, namespace=namespace)


def access_denied(identity: Identity, what: str) -> AzureRefusal:
    """403 outside Git, for example service hooks."""
    message = f"Access denied. {identity.display_name} needs the following permissions to perform this action: {what}"
    namespace = "Microsoft.TeamFoundation.Framework.Server"
    return AzureRefusal(403, "AccessCheckException", message, namespace=namespace)


def blocked() -> AzureRefusal:
    """429 TF400733, when delays alone did not help (Azure DevOps, Rate and usage limits)."""
    message = (
        "TF400733: The request has been canceled: Request was blocked due to exceeding usage of resource 'Concurrency'."
    )
    namespace = "Microsoft.TeamFoundation.Framework.Server"
    return AzureRefusal(429, "RequestBlockedException", message, namespace=namespace)
