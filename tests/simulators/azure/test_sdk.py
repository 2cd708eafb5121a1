"""The official Python SDK can work with the simulator."""

from collections.abc import Callable

import pytest

from simulators.azure.api import routes
from simulators.azure.locations import locations
from tests.simulators.azure.conftest import Scene, Sdk

NAMESPACE = "2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87"


def test_discovery_is_answered_as_the_sdk_asks(scene: Scene, sdk: Sdk) -> None:
    with scene.sim.serve() as base_url:
        clients = sdk.clients(base_url, scene.token)
        (repository,) = clients.get_git_client().get_repositories()
    assert repository.id == scene.repo.id
    asked = [(call.method, call.path, call.status) for call in scene.sim.calls]
    assert asked == [
        ("OPTIONS", "/acme/_apis", 200),
        ("GET", "/acme/_apis/ResourceAreas", 200),
        ("GET", "/acme/_apis/git/repositories", 200),
    ]


def test_organization_in_another_case(scene: Scene, sdk: Sdk) -> None:
    with scene.sim.serve() as base_url:
        client = sdk.clients(base_url.replace("/acme", "/ACME"), scene.token).get_core_client()
        (project,) = client.get_projects()
    assert (project.name, project.id) == ("Shop", scene.project.id)
    assert scene.sim.calls[0].path == "/acme/_apis"


@pytest.mark.parametrize("project", ["Shop", None])
def test_threads_comments_and_likes(scene: Scene, sdk: Sdk, project: str | None) -> None:
    models = sdk.models("git")
    with scene.sim.serve() as base_url:
        git = sdk.clients(base_url, scene.token).get_git_client()
        where = {"repository_id": scene.repo.id, "pull_request_id": scene.pull.id, "project": project}
        comment = models.Comment(parent_comment_id=0, content="report", comment_type="text")
        value = {"Agnox.Key": {"$type": "System.String", "$value": "summary"}}
        new = models.GitPullRequestCommentThread(comments=[comment], status="active", properties=value)
        thread = git.create_thread(new, **where)
        git.update_comment(models.Comment(content="changed"), thread_id=thread.id, comment_id=1, **where)
        git.create_comment(models.Comment(content="reply", parent_comment_id=1), thread_id=thread.id, **where)
        git.create_like(thread_id=thread.id, comment_id=1, **where)
        git.create_like(thread_id=thread.id, comment_id=1, **where)
        (liked,) = git.get_likes(thread_id=thread.id, comment_id=1, **where)
        git.update_thread(models.GitPullRequestCommentThread(status="fixed"), thread_id=thread.id, **where)
        git.delete_comment(thread_id=thread.id, comment_id=2, **where)
        (seen,) = git.get_threads(**where)
    assert (seen.status, seen.is_deleted, seen.properties) == ("fixed", False, value)
    assert [(c.content, c.is_deleted, c.author.id) for c in seen.comments] == [
        ("changed", None, scene.sim.bot.id),
        (None, True, scene.sim.bot.id),
    ]
    assert liked.id == scene.sim.bot.id


def test_statuses(scene: Scene, sdk: Sdk) -> None:
    models = sdk.models("git")
    context = models.GitStatusContext(genre="agnox", name="Agnox")
    with scene.sim.serve() as base_url:
        git = sdk.clients(base_url, scene.token).get_git_client()
        where = {"repository_id": scene.repo.id, "pull_request_id": scene.pull.id, "project": "Shop"}
        status = models.GitPullRequestStatus(
            state="failed", context=context, iteration_id=1, target_url="https://x.test/1"
        )
        first = git.create_pull_request_status(status, **where)
        git.create_pull_request_iteration_status(status, iteration_id=1, **where)
        removal = [models.JsonPatchOperation(op="remove", path=f"/{first.id}")]
        git.update_pull_request_statuses(removal, **where)
        (left,) = git.get_pull_request_statuses(**where)
        on_commit = models.GitStatus(state="pending", context=context)
        git.create_commit_status(on_commit, scene.pull.head, scene.repo.id, project="Shop")
        (single,) = git.get_statuses(scene.pull.head, scene.repo.id, project="Shop")
    assert (left.id, left.iteration_id, left.context.name, left.created_by.id) == (2, 1, "Agnox", scene.sim.bot.id)
    assert (single.state, single.context.genre) == ("pending", "agnox")


def test_pull_requests_changes_and_files(scene: Scene, sdk: Sdk) -> None:
    models = sdk.models("git")
    with scene.sim.serve() as base_url:
        git = sdk.clients(base_url, scene.token).get_git_client()
        criteria = models.GitPullRequestSearchCriteria(status="active", source_ref_name="refs/heads/feature")
        (found,) = git.get_pull_requests(scene.repo.id, criteria, project="Shop")
        by_id = git.get_pull_request_by_id(scene.pull.id)
        (iteration,) = git.get_pull_request_iterations(scene.repo.id, scene.pull.id, project="Shop")
        changes = git.get_pull_request_iteration_changes(scene.repo.id, scene.pull.id, 1, project="Shop", top=1)
        commit = git.get_commit(scene.pull.head, scene.repo.id, project="Shop")
        version = models.GitVersionDescriptor(version="main", version_type="branch")
        text = b"".join(git.get_item_content(scene.repo.id, ".agnox.yml", project="Shop", version_descriptor=version))
        item = git.get_item(scene.repo.id, "src/pay.py", project="Shop", include_content=True)
    assert found.last_merge_source_commit.commit_id == scene.pull.head == iteration.source_ref_commit.commit_id
    assert by_id.repository.project.id == scene.project.id
    (entry,) = changes.change_entries
    assert entry.additional_properties["item"] == {"path": "/src/new.py"}
    assert (changes.next_skip, changes.next_top) == (1, 1)
    assert len(commit.parents) == 1
    assert text == b"version: 1\n"
    assert item.content.startswith("def pay")


def test_identities_and_rights(scene: Scene, sdk: Sdk) -> None:
    with scene.sim.serve() as base_url:
        clients = sdk.clients(base_url, scene.token)
        (mona,) = clients.get_identity_client().read_identities(
            identity_ids=scene.mona.id, query_membership="expandedUp"
        )
        (found,) = clients.get_identity_client().read_identities(
            search_filter="General", filter_value="mona@example.com"
        )
        lists = clients.get_security_client().query_access_control_lists(
            NAMESPACE, token=f"repoV2/{scene.project.id}", descriptors=mona.descriptor, include_extended_info=True
        )
        data = clients.get_location_client().get_connection_data()
        groups = clients.get_graph_client().list_memberships(mona.subject_descriptor)
    assert mona.id == found.id == scene.mona.id
    contributors = scene.sim.group("Contributors", scene.project)
    assert mona.member_of == [contributors.descriptor]
    info = lists[0].aces_dictionary[mona.descriptor].extended_info
    assert info.effective_allow & 16_384
    assert data.authenticated_user.id == scene.sim.bot.id
    assert [group.container_descriptor for group in groups] == [contributors.subject]


def test_service_hooks(scene: Scene, sdk: Sdk) -> None:
    models = sdk.models("service_hooks")
    admin = scene.sim.add_user("ada", scene.sim.group("Project Administrators", scene.project))
    with scene.sim.serve() as base_url:
        hooks = sdk.clients(base_url, scene.sim.token_for(admin)).get_service_hooks_client()
        made = hooks.create_subscription(
            models.Subscription(
                publisher_id="tfs",
                event_type="git.pullrequest.updated",
                resource_version="1.0",
                consumer_id="webHooks",
                consumer_action_id="httpRequest",
                publisher_inputs={"projectId": scene.project.id, "notificationType": "PushNotification"},
                consumer_inputs={"url": "https://bot.test/hook", "basicAuthPassword": "secret"},
            )
        )
        (listed,) = hooks.list_subscriptions(event_type="git.pullrequest.updated")
        hooks.delete_subscription(made.id)
        assert hooks.list_subscriptions() == []
    assert (made.status, listed.consumer_inputs["basicAuthPassword"]) == ("enabled", "********")


def test_builds(scene: Scene, sdk: Sdk) -> None:
    build = scene.sim.add_build(scene.pull)
    scene.sim.finish_build(build, "failed", ["one", "two"])
    with scene.sim.serve() as base_url:
        client = sdk.clients(base_url, scene.token).get_build_client()
        found = client.get_build("Shop", build.id)
        (listed,) = client.get_builds("Shop", branch_name="refs/pull/1/merge")
        assert client.get_build_log_lines("Shop", build.id, 1) == ["one", "two"]
    assert (found.result, found.source_version, listed.id) == ("failed", scene.pull.merge_sha, build.id)
    assert found.trigger_info["pr.sourceSha"] == scene.pull.head


def test_errors_carry_the_type_key(scene: Scene, sdk: Sdk) -> None:
    with scene.sim.serve() as base_url:
        git = sdk.clients(base_url, scene.token).get_git_client()
        with pytest.raises(sdk.exceptions.AzureDevOpsServiceError, match="TF401019") as caught:
            git.get_repository("nothing", project="Shop")
    assert caught.value.type_key == "GitRepositoryNotFoundException"


@pytest.mark.parametrize(("latest", "said"), [("6.0", "6.0"), ("7.0", "7.0")])
def test_server_is_spoken_to_in_its_own_version(build: Callable[..., Scene], sdk: Sdk, latest: str, said: str) -> None:
    scene = build(server=True, latest_version=latest)
    with scene.sim.serve() as base_url:
        assert base_url.endswith("/tfs/DefaultCollection")
        clients = sdk.clients(base_url, scene.token)
        threads = clients.get_git_client().get_threads(scene.repo.id, scene.pull.id, project="Shop")
        with pytest.raises(Exception, match=r"not registered|404"):
            clients.get_graph_client().list_groups()
    assert threads == []
    assert scene.sim.latest_version == said
    scene.sim.violations.clear()


@pytest.mark.parametrize("server", [False, True])
def test_every_route_can_be_found_by_a_location(server: bool) -> None:
    """A client leaves out the parameters that it has no value for, so a route is a location with some left out."""
    templates = [
        place.template.replace("{resource}", place.resource).lower().split("/") for place in locations(server=server)
    ]
    for route in routes(server=server):
        wanted = route.path.lower().split("/")
        known = any(_fits(wanted, template) for template in templates)
        assert known or route.path == "_apis", route.path


def _fits(wanted: list[str], template: list[str]) -> bool:
    left = iter(template)
    return all(part in left for part in wanted) and all(part.startswith("{") for part in _missing(wanted, template))


def _missing(wanted: list[str], template: list[str]) -> list[str]:
    return [part for part in template if part not in wanted]
