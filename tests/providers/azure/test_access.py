"""Who may command, in each of the three ways to find out."""

import pytest

from providers.errors import Unavailable
from providers.values import Account, Permission, Repository
from simulators.azure import Identity
from simulators.azure.permissions import ADMINISTER, CONTRIBUTE, READ
from simulators.faults import html_page
from tests.providers.benches.azure import AzureBench

pytestmark = pytest.mark.anyio


def account(identity: Identity) -> Account:
    return Account(identity.id, identity.unique_name)


async def permission(bench: AzureBench, identity: Identity) -> Permission:
    return await bench.provider.permission(bench.repository, account(identity))


async def test_membership_through_another_group_counts(azure: AzureBench) -> None:
    team = azure.simulator.add_group("Team", azure.project)
    azure.simulator.join(team, azure.simulator.group("Contributors", azure.project))
    assert await permission(azure, azure.simulator.add_user("carol", team)) is Permission.WRITE


async def test_many_groups_are_all_looked_at(azure: AzureBench) -> None:
    groups = [azure.simulator.add_group(f"Team {index}", azure.project) for index in range(25)]
    carol = azure.simulator.add_user("carol", *groups, azure.simulator.group("Contributors", azure.project))
    assert await permission(azure, carol) is Permission.WRITE


async def test_groups_of_other_projects_and_of_the_organization_say_nothing(azure: AzureBench) -> None:
    other = azure.simulator.add_project("Other")
    # The organization may be named as the project is, and have a group of that name.
    azure.simulator.state.organization = "acme"
    lookalike = azure.simulator.add_group("Contributors")
    azure.simulator.state.organization = azure.simulator.prefix.strip("/")
    assert lookalike.display_name == "[acme]\\Contributors"
    groups = [azure.simulator.group("Project Administrators", other), lookalike]
    assert await permission(azure, azure.simulator.add_user("mallory", *groups)) is Permission.NONE


async def test_a_renamed_project_is_known_by_its_present_name(azure: AzureBench) -> None:
    carol = azure.simulator.add_user("carol", azure.simulator.group("Contributors", azure.project))
    azure.project.name = "renamed"
    for group in azure.simulator.state.identities.values():
        group.display_name = group.display_name.replace("[acme]", "[renamed]")
    assert await permission(azure, carol) is Permission.WRITE


async def test_who_left_the_organization_may_nothing(azure: AzureBench) -> None:
    carol = azure.simulator.add_user("carol", azure.simulator.group("Contributors", azure.project))
    carol.active = False
    assert await permission(azure, carol) is Permission.NONE


async def test_a_group_is_nobody(azure: AzureBench) -> None:
    team = azure.simulator.add_group("Team", azure.project)
    azure.simulator.join(team, azure.simulator.group("Contributors", azure.project))
    assert await permission(azure, team) is Permission.NONE


async def test_a_login_alone_is_enough_if_it_fits_one_person(azure: AzureBench) -> None:
    azure.simulator.add_user("carol", azure.simulator.group("Contributors", azure.project))
    by_login = Account("", "Carol@example.com")
    assert await azure.provider.permission(azure.repository, by_login) is Permission.WRITE


async def test_a_display_name_is_no_login(azure: AzureBench) -> None:
    azure.simulator.add_user("carol", azure.simulator.group("Contributors", azure.project))
    assert await azure.provider.permission(azure.repository, Account("", "Carol")) is Permission.NONE


async def test_an_unknown_repository_gives_no_right(azure: AzureBench) -> None:
    carol = azure.simulator.add_user("carol", azure.simulator.group("Contributors", azure.project))
    nowhere = Repository("", "acme/unknown")
    assert await azure.provider.permission(nowhere, account(carol)) is Permission.NONE


async def test_answers_are_believed_for_some_minutes_refusals_for_less(azure: AzureBench) -> None:
    carol = azure.simulator.add_user("carol")
    assert await permission(azure, carol) is Permission.NONE
    group = azure.simulator.group("Contributors", azure.project)
    azure.simulator.join(carol, group)
    assert await permission(azure, carol) is Permission.NONE
    azure.moment.seconds += 31
    assert await permission(azure, carol) is Permission.WRITE
    azure.calls()
    azure.simulator.leave(carol, group)
    assert await permission(azure, carol) is Permission.WRITE
    assert azure.calls() == (0, 0)
    azure.moment.seconds += 301
    assert await permission(azure, carol) is Permission.NONE


async def test_a_host_that_is_down_is_no_answer(azure: AzureBench) -> None:
    carol = azure.simulator.add_user("carol", azure.simulator.group("Contributors", azure.project))
    azure.fault(html_page(503, path="/identities"))
    with pytest.raises(Unavailable):
        await permission(azure, carol)
    assert await permission(azure, carol) is Permission.WRITE


@pytest.mark.parametrize(
    "listed", ["carol@example.com", "CAROL@example.com; somebody", "[acme]\\Team", "\n[ACME]\\team\n"]
)
@pytest.mark.parametrize("mode", ["membership", "allowlist", "acl"])
async def test_who_is_listed_may_write(mode: str, listed: str) -> None:
    bench = AzureBench(permission=mode, allow=listed)
    carol = bench.simulator.add_user("carol", bench.simulator.add_group("Team", bench.project))
    found = await permission(bench, carol)
    assert found is (Permission.NONE if mode == "acl" and "[" in listed else Permission.WRITE)
    assert bench.problems() == []


async def test_with_a_list_only_membership_says_nothing() -> None:
    bench = AzureBench(permission="allowlist", allow="carol@example.com")
    dora = bench.simulator.add_user("dora", bench.simulator.group("Project Administrators", bench.project))
    assert await permission(bench, dora) is Permission.NONE
    assert bench.provider.capabilities.permissions == {Permission.NONE, Permission.WRITE}


@pytest.mark.parametrize(
    ("bits", "level"),
    [
        (ADMINISTER | CONTRIBUTE | READ, Permission.ADMIN),
        (CONTRIBUTE | READ, Permission.WRITE),
        (READ, Permission.READ),
        (0, Permission.NONE),
    ],
)
@pytest.mark.parametrize("on_project", [True, False])
async def test_access_control_lists(bits: int, level: Permission, on_project: bool) -> None:
    bench = AzureBench(permission="acl")
    carol = bench.simulator.add_user("carol")
    bench.simulator.permit(carol, bench.project if on_project else bench.place, allow=bits)
    assert await permission(bench, carol) is level
    assert bench.problems() == []


async def test_a_denial_in_a_list_outweighs_the_group() -> None:
    bench = AzureBench(permission="acl")
    carol = bench.simulator.add_user("carol", bench.simulator.group("Contributors", bench.project))
    assert await permission(bench, carol) is Permission.WRITE
    bench.simulator.permit(carol, bench.place, deny=CONTRIBUTE)
    bench.moment.seconds += 301
    assert await permission(bench, carol) is Permission.READ


async def test_on_a_server_identities_are_asked_of_the_collection(collection: AzureBench) -> None:
    carol = collection.simulator.add_user("carol", collection.simulator.group("Contributors", collection.project))
    assert await permission(collection, carol) is Permission.WRITE
    assert collection.asked == []


async def test_on_services_identities_are_asked_of_their_own_host(azure: AzureBench) -> None:
    await permission(azure, azure.simulator.add_user("carol"))
    assert "https://vssps.dev.azure.com" in azure.asked
