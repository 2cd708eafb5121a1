"""Identities, the Graph API, and what people may do (Azure DevOps REST, IMS, Graph, Security)."""

from collections.abc import Callable

from simulators.answers import Answer
from simulators.azure.answers import bad_request, not_found
from simulators.azure.models import Identity, Json
from simulators.azure.permissions import GIT_NAMESPACE, NAMES, Entry
from simulators.azure.routes import ApiCall, Route, listed
from simulators.azure.views.people import account_view, entry_view, subject_view

_IDENTITY = ("vso.identity",)
_GRAPH = ("vso.graph",)
_SECURITY = ("vso.security_manage",)
_MEMBERSHIPS = ("", "none", "direct", "expanded", "expandedup", "expandeddown")


def _identities(call: ApiCall) -> Answer:
    """What is not found is null in the list, at the place where it was asked for."""
    membership = _membership(call)
    keys = {"identityIds": "id", "descriptors": "descriptor", "subjectDescriptors": "subject"}
    for parameter, attribute in keys.items():
        if parameter in call.query:
            wanted = [part.strip().lower() for part in call.query[parameter].split(",")]
            known = {getattr(i, attribute).lower(): i for i in call.state.identities.values()}
            found = [known.get(value) for value in wanted]
            break
    else:
        found = list(_search(call))
    return listed([identity and account_view(call.state, identity, membership) for identity in found])


def _search(call: ApiCall) -> list[Identity]:
    kind, value = call.query.get("searchFilter", ""), call.query.get("filterValue", "").lower()
    if not kind or not value:
        raise bad_request("Identities are asked for by ids, descriptors, or a searchFilter with a filterValue.")
    filters: dict[str, Callable[[Identity], list[str]]] = {
        "general": lambda i: [i.unique_name, i.display_name, i.mail],
        "accountname": lambda i: [i.unique_name],
        "displayname": lambda i: [i.display_name],
        "mailaddress": lambda i: [i.mail],
        "localgroupname": lambda i: [i.display_name, i.display_name.partition("\\")[2]] if i.kind == "group" else [],
    }
    if kind.lower() not in filters:
        raise bad_request(f"{kind} is not a searchFilter.")
    names = filters[kind.lower()]
    return [i for i in call.state.identities.values() if value in [name.lower() for name in names(i)]]


def _identity(call: ApiCall) -> Answer:
    identity = _known(call, call.state.identity(call.asked.arguments["identityId"]))
    return Answer(account_view(call.state, identity, _membership(call)))


def _membership(call: ApiCall) -> str:
    membership = call.query.get("queryMembership", "").lower()
    if membership not in _MEMBERSHIPS:
        raise bad_request(f"{membership} is not a queryMembership.")
    return membership


def _descriptor(call: ApiCall) -> Answer:
    identity = _known(call, call.state.identity(call.asked.arguments["storageKey"]))
    return Answer({"value": identity.subject})


def _memberships(call: ApiCall) -> Answer:
    """Direct ones only, in either direction."""
    subject = _subject(call, "subjectDescriptor")
    down = call.query.get("direction", "up").lower() == "down"
    others = subject.members if down else call.state.direct_groups_of(subject)
    pairs = [(subject, other) if down else (other, subject) for other in others]
    return listed([{"containerDescriptor": group.subject, "memberDescriptor": m.subject} for group, m in pairs])


def _groups(call: ApiCall) -> Answer:
    groups = [identity for identity in call.state.identities.values() if identity.kind == "group"]
    return listed([subject_view(call.urls, group) for group in groups])


def _user(call: ApiCall) -> Answer:
    return Answer(subject_view(call.urls, _subject(call, "userDescriptor")))


def _subject(call: ApiCall, argument: str) -> Identity:
    wanted = call.asked.arguments[argument]
    return _known(call, next((i for i in call.state.identities.values() if i.subject == wanted), None))


def _known(call: ApiCall, identity: Identity | None) -> Identity:
    if identity is None:
        raise not_found("IdentityNotFoundException", "TF14045: The identity could not be found.")
    return identity


def _access_control_lists(call: ApiCall) -> Answer:
    """A list is only there for a token with entries of its own; an empty answer means "unknown", not "denied"."""
    _namespace(call)
    token, extended = call.query.get("token"), call.flag("includeExtendedInfo")
    if token is None:
        raise bad_request("The simulator does not list all tokens: name one.")
    by_descriptor = {identity.descriptor: identity for identity in call.state.identities.values()}
    asked = [part for part in call.query.get("descriptors", "").split(",") if part]
    lists = []
    for place in call.state.access.tokens(token.strip("/"), recurse=call.flag("recurse")):
        explicit = call.state.access.entries(place)
        chosen = [descriptor for descriptor in asked or explicit if descriptor in by_descriptor]
        entries: Json = {}
        for descriptor in chosen:
            if descriptor in explicit or extended:
                entry, identity = explicit.get(descriptor, Entry()), by_descriptor[descriptor]
                entries[descriptor] = entry_view(call.state, place, identity, entry, extended=extended)
        lists.append({"inheritPermissions": True, "token": place, "acesDictionary": entries})
    return listed(lists)


def _has_permissions(call: ApiCall) -> Answer:
    """Answers for the caller, whoever is meant."""
    _namespace(call)
    bits = call.number("permissions")
    separator = call.query.get("delimiter", ",")
    return listed([_may(call, token, bits) for token in call.query.get("tokens", "").split(separator)])


def _has_permissions_batch(call: ApiCall) -> Answer:
    answered = []
    for evaluation in call.body.get("evaluations") or []:
        value = _may(call, str(evaluation.get("token") or ""), int(evaluation.get("permissions") or 0))
        answered.append({**evaluation, "value": value})
    return Answer({**call.body, "evaluations": answered})


def _may(call: ApiCall, token: str, bits: int) -> bool:
    allowed, denied = call.state.rights(call.actor, token.strip("/"))
    return allowed & ~denied & bits == bits


def _security_namespace(call: ApiCall) -> Answer:
    _namespace(call)
    actions = [{"bit": bit, "name": name, "namespaceId": GIT_NAMESPACE} for bit, name in NAMES.items()]
    return listed(
        [{"namespaceId": GIT_NAMESPACE, "name": "Git Repositories", "separatorValue": "/", "actions": actions}]
    )


def _namespace(call: ApiCall) -> None:
    wanted = call.asked.arguments["securityNamespaceId"].lower()
    if wanted != GIT_NAMESPACE:
        raise not_found("InvalidSecurityNamespaceException", f"The security namespace {wanted} was not found.")


_ACLS = "_apis/accesscontrollists/{securityNamespaceId}"
_PERMISSIONS = "_apis/permissions/{securityNamespaceId}/{permissions}"

ROUTES = (
    Route("GET", "_apis/identities", _identities, _IDENTITY),
    Route("GET", "_apis/identities/{identityId}", _identity, _IDENTITY),
    Route("GET", _ACLS, _access_control_lists, _SECURITY),
    Route("GET", _PERMISSIONS, _has_permissions),
    Route("POST", "_apis/security/permissionevaluationbatch", _has_permissions_batch),
    Route("GET", "_apis/securitynamespaces/{securityNamespaceId}", _security_namespace),
)
GRAPH_ROUTES = (
    Route("GET", "_apis/graph/descriptors/{storageKey}", _descriptor, _GRAPH, preview_only=True),
    Route("GET", "_apis/graph/Memberships/{subjectDescriptor}", _memberships, _GRAPH, preview_only=True),
    Route("GET", "_apis/graph/groups", _groups, _GRAPH, preview_only=True),
    Route("GET", "_apis/graph/users/{userDescriptor}", _user, _GRAPH, preview_only=True),
)
