"""The official SDK, as far as we use it (azure-devops 7.1.0b4); importing this module imports it."""

from collections.abc import Callable
from functools import cached_property
from typing import Any
from urllib.parse import quote

from msrest.serialization import Model

# First, since it keeps the SDK from leaving things behind.
from providers.azure.isolation import Isolation  # isort: skip

from azure.devops.exceptions import AzureDevOpsServiceError  # type: ignore[import-untyped]
from azure.devops.v7_1.build.build_client import BuildClient  # type: ignore[import-untyped]
from azure.devops.v7_1.core.core_client import CoreClient  # type: ignore[import-untyped]
from azure.devops.v7_1.git import models  # type: ignore[import-untyped]
from azure.devops.v7_1.git.git_client import GitClient  # type: ignore[import-untyped]
from azure.devops.v7_1.identity.identity_client import IdentityClient  # type: ignore[import-untyped]
from azure.devops.v7_1.location.location_client import LocationClient  # type: ignore[import-untyped]
from azure.devops.v7_1.pipelines.pipelines_client import PipelinesClient  # type: ignore[import-untyped]
from azure.devops.v7_1.security.security_client import SecurityClient  # type: ignore[import-untyped]
from azure.devops.v7_1.service_hooks.service_hooks_client import ServiceHooksClient  # type: ignore[import-untyped]
from azure.devops.v7_1.test.test_client import TestClient  # type: ignore[import-untyped]
from msrest.exceptions import ClientException

from providers.azure.naming import SERVICES, Organization
from providers.sdk.session import GuardedSession

UNREADABLE: tuple[type[Exception], ...] = (ClientException, AzureDevOpsServiceError, AttributeError, TypeError)
"""What it raises over answers that are JSON but not what it expected."""


class _Change(Model):
    """A changed file; the SDK's own model leaves out which file it is (Azure DevOps REST, GitPullRequestChange)."""

    _attribute_map = {  # noqa: RUF012 (as msrest wants it)
        "change_tracking_id": {"key": "changeTrackingId", "type": "int"},
        "change_type": {"key": "changeType", "type": "object"},
        "item": {"key": "item", "type": "object"},
        "original_path": {"key": "originalPath", "type": "str"},
        "source_server_item": {"key": "sourceServerItem", "type": "str"},
    }

    def __init__(self, **fields: Any) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        for name in self._attribute_map:
            setattr(self, name, fields.get(name))


class _GitClient(GitClient):  # type: ignore[misc]
    def __init__(self, base_url: str, creds: None) -> None:
        super().__init__(base_url, creds)
        self._deserialize.dependencies["GitPullRequestChange"] = _Change


class Sdk:
    """The SDK's clients for one thread; each is made when it is first used."""

    def __init__(self, organization: Organization, isolation: Isolation, session: GuardedSession) -> None:
        self._organization = organization
        self._isolation = isolation
        self._session = session

    @cached_property
    def git(self) -> Any:
        return self._client(_GitClient)

    @cached_property
    def build(self) -> Any:
        return self._client(BuildClient)

    @cached_property
    def test(self) -> Any:
        return self._client(TestClient)

    @cached_property
    def pipelines(self) -> Any:
        return self._client(PipelinesClient)

    @cached_property
    def core(self) -> Any:
        return self._client(CoreClient)

    @cached_property
    def location(self) -> Any:
        return self._client(LocationClient)

    @cached_property
    def security(self) -> Any:
        return self._client(SecurityClient)

    @cached_property
    def service_hooks(self) -> Any:
        return self._client(ServiceHooksClient)

    @cached_property
    def identity(self) -> Any:
        """Identities have a host of their own, but not on a server (Azure DevOps REST, Identities)."""
        if self._organization.services:
            return self._client(IdentityClient, f"https://vssps.{SERVICES}/{self._organization.name}")
        return self._client(IdentityClient)

    def active(self, ref: str | None) -> Any:
        """Searches for open pull requests, from one branch if it is named."""
        # What stands in a model goes into the address as it is.
        return models.GitPullRequestSearchCriteria(status="active", source_ref_name=ref and quote(ref, safe=""))

    def at(self, ref: str, kind: str = "commit") -> Any:
        """Names the version of a file."""
        return models.GitVersionDescriptor(version=quote(ref, safe=""), version_type=kind)

    def pour_log(self, project: str, build: int, log: int, sink: Callable[[bytes], object]) -> None:
        """Gives a log to `sink` as it comes."""
        with self._session.pouring(sink):
            # What it gives is what was kept of the answer, which is nothing.
            self.build.get_build_log(project, build, log)

    def pour_artifact(self, project: str, build: int, name: str, sink: Callable[[bytes], object]) -> None:
        """Gives an artifact as a zip to `sink` as it comes, if it is kept on the host itself."""
        with self._session.pouring(sink):
            self.build.get_artifact_content_zip(project, build, name)

    def close(self) -> None:
        self._session.close()

    def _client(self, kind: Any, base_url: str = "") -> Any:
        return self._isolation.client(kind, base_url or self._organization.base_url, self._session)


def plain(value: Any) -> Any:
    """Turns the SDK's models back into JSON by the names of the REST API; what is None is left out."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, Model):
        return value.serialize(keep_readonly=True)  # type: ignore[no-untyped-call]
    return {} if value is None else value
