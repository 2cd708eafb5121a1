"""Who there is: people, groups, service principals, and what they may do."""

import base64
from collections.abc import Iterable

from simulators.azure import permissions
from simulators.azure.models import Identity, Project, Repository
from simulators.azure.state import State, project_token, repository_token
from simulators.state import Clock

TENANT = "7f2f1a1d-5b7e-4d0e-9d53-0c6f6a0b1c2d"
GROUPS = {
    "Readers": permissions.READERS,
    "Contributors": permissions.CONTRIBUTORS,
    "Project Administrators": permissions.ADMINISTRATORS,
}
_USER_TYPES = {
    False: "Microsoft.IdentityModel.Claims.ClaimsIdentity",
    True: "System.Security.Principal.WindowsIdentity",
}
_PREFIXES = {"user": "aad", "group": "vssgp", "service principal": "aadsp"}


class People:
    """Changes identities, groups and rights as administrators would."""

    def __init__(self, organization: str, clock: Clock, *, server: bool = False) -> None:
        self.state = State(organization, clock, server=server)

    def add_user(self, name: str, *groups: Identity, mail: str | None = None, ours: bool = False) -> Identity:
        """The person with the unique name `name@example.com`, made if new, and put into the groups."""
        with self.state.lock:
            mail = mail or f"{name.lower().replace(' ', '.')}@example.com"
            unique = f"EXAMPLE\\{name.lower()}" if self.state.server else mail
            person = self.state.identity(unique)
            if person is None:
                identifier = self.state.new_guid()
                kind = _USER_TYPES[self.state.server]
                descriptor = f"{kind};{TENANT}\\{unique}"
                if self.state.server:
                    descriptor = f"{kind};S-1-5-21-{self.state.new_id(100_000_000)}-1001"
                subject = _subject("user", identifier)
                person = Identity(identifier, name.title(), unique, "user", descriptor, subject, mail, ours)
                self.state.identities[person.id] = person
            self.join(person, *groups)
            return person

    def add_service_principal(self, name: str, *groups: Identity, ours: bool = True) -> Identity:
        """An enterprise application that was added to the organization as a user."""
        with self.state.lock:
            identifier = self.state.new_guid()
            descriptor = f"Microsoft.VisualStudio.Services.Claims.AadServicePrincipal;{TENANT}\\{identifier}"
            subject = _subject("service principal", identifier)
            unique = f"{TENANT}\\{identifier}"
            principal = Identity(
                identifier, name, unique, "service principal", descriptor, subject, ours=ours, active=False
            )
            self.state.identities[principal.id] = principal
            self.join(principal, *groups)
            return principal

    def add_group(self, name: str, project: Project | None = None, *, allow: int = 0) -> Identity:
        """A group of a project or of the whole organization; `allow` holds for all repositories of the project."""
        with self.state.lock:
            identifier, scope = self.state.new_guid(), project.name if project else self.state.organization
            place = f"TeamProject/{project.id}" if project else f"TeamProjectCollection/{self.state.organization_id}"
            group = Identity(
                id=identifier,
                display_name=f"[{scope}]\\{name}",
                unique_name=f"vstfs:///Classification/{place}\\{name}",
                kind="group",
                descriptor=f"Microsoft.TeamFoundation.Identity;S-1-9-1551374245-{self.state.new_id(1_000_000_000)}",
                subject=_subject("group", identifier),
                project=project,
            )
            self.state.identities[group.id] = group
            if allow:
                token = project_token(project) if project else "repoV2"
                self.state.access.set(token, group.descriptor, allow=allow)
            return group

    def group(self, name: str, project: Project | None = None) -> Identity:
        """A group by its short name, such as "Contributors"; LookupError if there is none."""
        wanted = f"\\{name}".lower()
        for identity in self.state.identities.values():
            if (
                identity.kind == "group"
                and identity.project is project
                and identity.unique_name.lower().endswith(wanted)
            ):
                return identity
        raise LookupError(name)

    def join(self, member: Identity, *groups: Identity) -> None:
        """Puts a person or group into groups."""
        for group in groups:
            if member not in group.members:
                group.members.append(member)
            member.active = True

    def leave(self, member: Identity, group: Identity) -> None:
        """Takes a person or group out of a group."""
        group.members.remove(member)

    def permit(self, identity: Identity, where: Project | Repository, *, allow: int = 0, deny: int = 0) -> None:
        """Sets an identity's own entry on a project's repositories or on one repository (bits of `permissions`)."""
        token = project_token(where) if isinstance(where, Project) else repository_token(where)
        self.state.access.set(token, identity.descriptor, allow=allow, deny=deny)

    def add_groups(self, project: Project, bot: Identity | None, member_of: Iterable[str]) -> None:
        """The groups that every project has."""
        for name, allow in GROUPS.items():
            self.add_group(name, project, allow=allow)
        for name in member_of:
            if bot is not None:
                self.join(bot, self.group(name, project))


def _subject(kind: str, identifier: str) -> str:
    encoded = base64.urlsafe_b64encode(identifier.encode()).decode().rstrip("=")
    return f"{_PREFIXES[kind]}.{encoded}"
