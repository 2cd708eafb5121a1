"""Identities, groups and rights."""

from typing import Any

from simulators.azure.permissions import CONTRIBUTE, GIT_NAMESPACE, PULL_REQUEST_CONTRIBUTE, READ
from tests.simulators.azure.conftest import Scene

ACLS = f"/_apis/accesscontrollists/{GIT_NAMESPACE}"


def rights(scene: Scene, token: str, descriptor: str) -> Any:
    query = {"token": token, "descriptors": descriptor, "includeExtendedInfo": "true"}
    return scene.call("GET", ACLS, params=query).json()["value"]


def test_rights_of_a_member_come_from_the_project(scene: Scene) -> None:
    project, repo = f"repoV2/{scene.project.id}", f"repoV2/{scene.project.id}/{scene.repo.id}"
    assert rights(scene, repo, scene.mona.descriptor) == []
    (found,) = rights(scene, project, scene.mona.descriptor)
    entry = found["acesDictionary"][scene.mona.descriptor]
    assert (entry["allow"], entry["deny"]) == (0, 0)
    assert entry["extendedInfo"]["effectiveAllow"] & CONTRIBUTE
    (plain,) = scene.call("GET", ACLS, params={"token": project, "descriptors": scene.mona.descriptor}).json()["value"]
    assert plain["acesDictionary"] == {}


def test_nearer_entries_win_and_denials_outweigh(scene: Scene) -> None:
    scene.sim.permit(scene.mona, scene.repo, deny=CONTRIBUTE)
    repo = f"repoV2/{scene.project.id}/{scene.repo.id}"
    (found,) = rights(scene, repo, scene.mona.descriptor)
    info = found["acesDictionary"][scene.mona.descriptor]["extendedInfo"]
    assert not info["effectiveAllow"] & ~info["effectiveDeny"] & CONTRIBUTE
    assert info["effectiveAllow"] & PULL_REQUEST_CONTRIBUTE
    scene.sim.permit(scene.sim.group("Contributors", scene.project), scene.repo, allow=CONTRIBUTE)
    assert not scene.sim.state.may(scene.mona, scene.repo, CONTRIBUTE)
    other = scene.sim.add_user("otto", scene.sim.group("Contributors", scene.project))
    assert scene.sim.state.may(other, scene.repo, CONTRIBUTE)


def test_recursion_finds_lists_below(scene: Scene) -> None:
    scene.sim.permit(scene.mona, scene.repo, allow=READ)
    query = {"token": f"repoV2/{scene.project.id}", "recurse": "true"}
    found = [each["token"] for each in scene.call("GET", ACLS, params=query).json()["value"]]
    assert found == [f"repoV2/{scene.project.id}", f"repoV2/{scene.project.id}/{scene.repo.id}"]


def test_groups_within_groups(scene: Scene) -> None:
    team = scene.sim.add_group("Team", scene.project)
    scene.sim.join(team, scene.sim.group("Contributors", scene.project))
    tom = scene.sim.add_user("tom", team)
    path = f"/_apis/identities?identityIds={tom.id}&queryMembership="
    (direct,) = scene.call("GET", f"{path}direct").json()["value"]
    (up,) = scene.call("GET", f"{path}expandedUp").json()["value"]
    assert direct["memberOf"] == [team.descriptor]
    assert up["memberOf"] == [team.descriptor, scene.sim.group("Contributors", scene.project).descriptor]
    assert scene.sim.state.may(tom, scene.repo, CONTRIBUTE)
    scene.sim.leave(tom, team)
    assert not scene.sim.state.may(tom, scene.repo, READ)


def test_unknown_identities_are_null_at_their_place(scene: Scene) -> None:
    nobody = "11111111-2222-3333-4444-555555555555"
    found = scene.call("GET", f"/_apis/identities?identityIds={nobody},{scene.mona.id.upper()}").json()["value"]
    assert (found[0], found[1]["id"]) == (None, scene.mona.id)
    assert scene.call("GET", f"/_apis/identities/{nobody}").status_code == 404
    assert scene.call("GET", "/_apis/identities").status_code == 400
    scene.problem()


def test_search_for_a_group(scene: Scene) -> None:
    query = {"searchFilter": "LocalGroupName", "filterValue": "contributors"}
    (found,) = scene.call("GET", "/_apis/identities", params=query).json()["value"]
    group = scene.sim.group("Contributors", scene.project)
    assert (found["descriptor"], found["isContainer"]) == (group.descriptor, True)


def test_permission_calls_answer_for_the_caller(scene: Scene) -> None:
    token = f"repoV2/{scene.project.id}/{scene.repo.id}"
    path = f"/_apis/permissions/{GIT_NAMESPACE}/{PULL_REQUEST_CONTRIBUTE}?tokens={token}"
    outsider = scene.sim.token_for(scene.sim.add_user("mallory"))
    assert scene.call("GET", path).json()["value"] == [True]
    assert scene.call("GET", path, outsider).json()["value"] == [False]
    evaluation = {"securityNamespaceId": GIT_NAMESPACE, "token": token, "permissions": READ}
    batch = {"evaluations": [evaluation]}
    answer = scene.call("POST", "/_apis/security/permissionevaluationbatch", json=batch).json()
    assert answer["evaluations"] == [{**evaluation, "value": True}]
    other = path.replace(GIT_NAMESPACE, scene.project.id)
    assert scene.call("GET", other).json()["typeKey"] == "InvalidSecurityNamespaceException"


def test_graph_names_direct_groups(scene: Scene) -> None:
    preview = {"Accept": "application/json;api-version=7.1-preview.1"}
    subject = scene.call("GET", f"/_apis/graph/descriptors/{scene.mona.id}", headers=preview).json()["value"]
    assert subject == scene.mona.subject
    groups = scene.call("GET", f"/_apis/graph/Memberships/{subject}?direction=up", headers=preview).json()["value"]
    assert [group["memberDescriptor"] for group in groups] == [subject]
    shown = scene.call("GET", f"/_apis/graph/users/{subject}", headers=preview).json()
    assert shown["principalName"] == "mona@example.com"
