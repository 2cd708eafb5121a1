"""Addresses, times and identities as Azure DevOps writes them."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from simulators.azure.models import Identity, Json, Project, PullRequest, Repository


@dataclass(frozen=True, slots=True)
class Urls:
    """Addresses below an organization or collection; no trailing slash."""

    collection: str

    def project(self, project: Project) -> str:
        """Of a project in the API."""
        return f"{self.collection}/_apis/projects/{project.id}"

    def repository(self, repository: Repository) -> str:
        """Of a repository in the API."""
        return f"{self.collection}/{repository.project.id}/_apis/git/repositories/{repository.id}"

    def pull(self, pull: PullRequest) -> str:
        """Of a pull request in the API."""
        return f"{self.repository(pull.repository)}/pullRequests/{pull.id}"

    def web(self, repository: Repository) -> str:
        """Of a repository for people."""
        return f"{self.collection}/{quote(repository.project.name)}/_git/{quote(repository.name)}"

    def page(self, pull: PullRequest) -> str:
        """Of a pull request for people."""
        return f"{self.web(pull.repository)}/pullrequest/{pull.id}"


def stamp(moment: datetime) -> str:
    """A time as JSON has it: no more decimals than it needs."""
    text = moment.strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".")
    return f"{text}Z"


def identity_view(urls: Urls, identity: Identity) -> Json:
    """git.IdentityRef."""
    view: Json = {
        "displayName": identity.display_name,
        "url": f"{urls.collection}/_apis/Identities/{identity.id}",
        "_links": {"avatar": {"href": f"{urls.collection}/_apis/GraphProfile/MemberAvatars/{identity.subject}"}},
        "id": identity.id,
        "uniqueName": identity.unique_name,
        "imageUrl": f"{urls.collection}/_api/_common/identityImage?id={identity.id}",
        "descriptor": identity.subject,
    }
    if identity.kind == "group":
        view["isContainer"] = True
    return view


def project_view(urls: Urls, project: Project) -> Json:
    """core.TeamProjectReference."""
    return {
        "id": project.id,
        "name": project.name,
        "url": urls.project(project),
        "state": "wellFormed",
        "revision": 1,
        "visibility": project.visibility,
        "lastUpdateTime": stamp(project.updated_at),
    }


def link(href: str) -> Json:
    """One entry of `_links`."""
    return {"href": href}
