"""The state of the simulated host, and how it is found and changed."""

import uuid
from itertools import count

from simulators.azure.models import (
    Build,
    Identity,
    Project,
    PullRequest,
    Repository,
    Status,
    StatusPolicy,
    TestRun,
)
from simulators.azure.permissions import AccessControl
from simulators.state import Clock, HostState

_NAMESPACE = uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")


class State(HostState):
    """Everything Azure DevOps would keep in the database of one organization or collection."""

    def __init__(self, organization: str, clock: Clock, *, server: bool = False) -> None:
        super().__init__(clock)
        self._guids = count(1)
        self.organization = organization
        self.server = server
        self.organization_id = self.new_guid()
        self.identities: dict[str, Identity] = {}
        self.projects: dict[str, Project] = {}
        self.repositories: dict[str, Repository] = {}
        self.pulls: dict[int, PullRequest] = {}
        self.commit_statuses: dict[tuple[str, str], list[Status]] = {}
        self.policies: list[StatusPolicy] = []
        self.builds: dict[int, Build] = {}
        self.test_runs: dict[int, TestRun] = {}
        self.stored: dict[str, bytes] = {}
        self.access = AccessControl()

    def new_guid(self) -> str:
        """An identifier, the same in every run of a test."""
        return str(uuid.uuid5(_NAMESPACE, f"azure {next(self._guids)}"))

    def identity(self, name_or_id: str) -> Identity | None:
        """An identity by its id, unique name or mail address, in any case."""
        wanted = name_or_id.lower()
        if (found := self.identities.get(wanted)) is not None:
            return found
        return next((i for i in self.identities.values() if wanted in (i.unique_name.lower(), i.mail.lower())), None)

    def project(self, name_or_id: str) -> Project | None:
        """A project by its id or name, in any case."""
        wanted = name_or_id.lower()
        living = (project for project in self.projects.values() if not project.deleted)
        return next((project for project in living if wanted in (project.id, project.name.lower())), None)

    def repository(self, name_or_id: str, project: Project | None) -> Repository | None:
        """A repository by its id, or by its name within a project, in any case."""
        wanted = name_or_id.lower()
        for repository in self.repositories.values():
            if repository.deleted or (project is not None and repository.project is not project):
                continue
            if wanted == repository.id or (project is not None and wanted == repository.name.lower()):
                return repository
        return None

    def groups_of(self, identity: Identity) -> list[Identity]:
        """Every group that holds an identity, directly or through other groups."""
        found: list[Identity] = []
        waiting = [identity]
        while waiting:
            member = waiting.pop()
            for group in self.direct_groups_of(member):
                if group not in found:
                    found.append(group)
                    waiting.append(group)
        return found

    def direct_groups_of(self, identity: Identity) -> list[Identity]:
        """The groups that name an identity as a member."""
        return [group for group in self.identities.values() if identity in group.members]

    def rights(self, identity: Identity, token: str) -> tuple[int, int]:
        """What an identity may and may not do at a security token, its groups' rights included."""
        descriptors = [identity.descriptor, *(group.descriptor for group in self.groups_of(identity))]
        return self.access.effective(token, descriptors)

    def may(self, identity: Identity, repository: Repository, bits: int) -> bool:
        """Whether an identity has all of the rights on a repository."""
        allowed, denied = self.rights(identity, repository_token(repository))
        return allowed & ~denied & bits == bits

    def pulls_of(self, repository: Repository) -> list[PullRequest]:
        """The pull requests of a repository, newest first."""
        return sorted((p for p in self.pulls.values() if p.repository is repository), key=lambda pull: -pull.id)


def project_token(project: Project) -> str:
    """The security token of all repositories of a project (Security namespaces, Git Repositories)."""
    return f"repoV2/{project.id}"


def repository_token(repository: Repository) -> str:
    """The security token of one repository."""
    return f"{project_token(repository.project)}/{repository.id}"
