"""Identities and access control lists (Azure DevOps REST, IMS, Graph and Security)."""

from collections.abc import Iterable

from simulators.azure.models import Identity, Json
from simulators.azure.people import TENANT
from simulators.azure.permissions import Entry
from simulators.azure.state import State
from simulators.azure.views.common import Urls


def account_view(state: State, identity: Identity, membership: str) -> Json:
    """ims.Identity with its groups: `membership` none, direct, expanded, expandedUp or expandedDown."""
    groups: Iterable[Identity] = ()
    if membership in ("direct", "expanded", "expandedup"):
        groups = state.direct_groups_of(identity) if membership == "direct" else state.groups_of(identity)
    members = identity.members if membership in ("direct", "expanded", "expandeddown") else []
    return {
        "id": identity.id,
        "descriptor": identity.descriptor,
        "subjectDescriptor": identity.subject,
        "providerDisplayName": identity.display_name,
        "isActive": identity.active,
        "isContainer": identity.kind == "group",
        "members": [member.descriptor for member in members],
        "memberOf": [group.descriptor for group in groups],
        "memberIds": [member.id for member in members],
        "properties": {name: {"$type": "System.String", "$value": text} for name, text in _known(identity).items()},
        "resourceVersion": 2,
        "metaTypeId": {"user": 0, "group": 255, "service principal": 4}[identity.kind],
    }


def subject_view(urls: Urls, identity: Identity) -> Json:
    """graph.GraphUser, graph.GraphGroup or graph.GraphServicePrincipal."""
    return {
        "subjectKind": identity.kind.replace(" p", "P"),
        "descriptor": identity.subject,
        "originId": identity.id,
        "displayName": identity.display_name,
        "principalName": identity.unique_name,
        "mailAddress": identity.mail,
        "origin": "vsts" if identity.kind == "group" else "aad",
        "url": f"{urls.collection}/_apis/Graph/{identity.kind}s/{identity.subject}",
    }


def entry_view(state: State, token: str, identity: Identity, entry: Entry, *, extended: bool) -> Json:
    """security.AccessControlEntry."""
    view: Json = {"descriptor": identity.descriptor, "allow": entry.allow, "deny": entry.deny}
    if extended:
        allowed, denied = state.rights(identity, token)
        view["extendedInfo"] = {
            "effectiveAllow": allowed,
            "effectiveDeny": denied,
            "inheritedAllow": allowed & ~entry.allow,
            "inheritedDeny": denied & ~entry.deny,
        }
    return view


def _known(identity: Identity) -> dict[str, str]:
    """A group's account is its short name, and its domain the project or collection that it belongs to."""
    domain, _, account = identity.unique_name.rpartition("\\")
    kind = "Group" if identity.kind == "group" else "User"
    return {"SchemaClassName": kind, "Domain": domain or TENANT, "Account": account, "Mail": identity.mail}
