"""The account of an installation gets another name, and all that we say of its repositories follows."""

import pytest
from sqlalchemy import select

from bot.domain.context import CiContext
from bot.store.models import AuditEntry, Installation, Repository, TestCycle
from bot.usecases.rerun import rerun_cycle
from simulators.github.models import Account
from simulators.github.webhooks import Event
from tests.e2e.suites import suite
from tests.usecases.conftest import Desk
from tests.usecases.hosts import once_on
from tests.usecases.test_loop import trigger

pytestmark = pytest.mark.anyio
OLD, NEW = "octo-org", "octo-inc"


async def renamed(desk: Desk, *, account_id: int | None = None) -> None:
    """The host has the new name everywhere, and tells of it; somebody else takes the old one."""
    owner: Account = desk.repository.owner
    desk.simulator.rename(desk.repository, f"{NEW}/{desk.repository.name}")
    told = {"login": NEW, "id": account_id or owner.id, "type": "Organization"}
    grant = {"id": desk.installation.id}
    payload = {"action": "renamed", "account": told, "installation": grant, "target_type": "Organization"}
    await desk.deliver(Event("installation_target", payload | {"changes": {"login": {"from": OLD}}}))


async def places(desk: Desk) -> tuple[str, list[tuple[str, str]]]:
    async with desk.database.read() as session:
        account = (await session.scalars(select(Installation.account))).one()
        rows = await session.scalars(select(Repository).order_by(Repository.id))
        return account, [(row.path, row.path_key) for row in rows]


@once_on({"github"})
async def test_the_new_name_is_kept_with_the_paths_of_all_repositories(desk: Desk) -> None:
    other = desk.simulator.add_repository(f"{OLD}/Other_Shop")
    added = {"repositories_added": [{"id": other.id, "full_name": other.full_name}], "repositories_removed": []}
    granted = {"id": desk.installation.id, "account": {"login": OLD, "id": desk.repository.owner.id}}
    await desk.deliver(Event("installation_repositories", {"action": "added", "installation": granted} | added))
    for _ in range(2):
        await renamed(desk)
        assert await places(desk) == (
            NEW,
            [(f"{NEW}/shop", f"{NEW}/shop"), (f"{NEW}/Other_Shop", f"{NEW}/other_shop")],
        )
    async with desk.database.read() as session:
        entries = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "installation.renamed"))).all()
    assert len(entries) == 1


@once_on({"github"})
async def test_what_comes_later_is_said_and_run_under_the_new_name(desk: Desk) -> None:
    pull = desk.stage.open_pull()
    cycle_id = await trigger(desk, pull, suite(1))
    await desk.drain()
    await renamed(desk)
    desk.calls()
    await rerun_cycle(desk.services, desk.caller, cycle_id)
    await desk.drain()
    reads, writes = desk.calls()
    assert writes
    assert not [call.path for call in (*reads, *writes) if f"/{OLD}/" in call.path]
    async with desk.database.read() as session:
        cycle = await session.get_one(TestCycle, cycle_id)
    assert CiContext.model_validate(cycle.ci_context).repository == f"{NEW}/shop"
    await desk.tell(desk.stage.opened(pull))
    assert (await places(desk))[1] == [(f"{NEW}/shop", f"{NEW}/shop")]


@once_on({"github"})
async def test_another_account_is_not_taken_for_it(desk: Desk) -> None:
    await desk.deliver(desk.simulator.events.installation("created", desk.installation))
    before = await places(desk)
    await renamed(desk, account_id=999)
    assert await places(desk) == before
