"""Pushes to the default branch are remembered, and the policy that they change is read again."""

import pytest
from sqlalchemy import select

from bot.domain.policy import FILE
from bot.store.models import Repository
from simulators.diff import FileDiff
from tests.usecases.hosts import once_on
from tests.usecases.runs.bench import Ci, job

pytestmark = pytest.mark.anyio
HOSTS = ("azure", "github", "gitlab")


@once_on(HOSTS)
async def test_the_default_branch_is_remembered(ci: Ci) -> None:
    ci.desk.calls()
    await ci.learn()
    await ci.desk.drain()
    async with ci.desk.database.read() as session:
        assert (await session.scalars(select(Repository.default_branch))).all() == ["main"]
    assert ci.desk.calls()[1] == []


@once_on(HOSTS)
async def test_a_policy_that_was_changed_holds_at_once(ci: Ci) -> None:
    pull = await ci.opened()
    await ci.run(pull, job(0), name="nightly")
    rule = FileDiff(FILE, "@@ -0,0 +1 @@\n+runs: {workflows: [unit]}")
    await ci.desk.tell(ci.stage.pushed_default([rule]))
    await ci.run(pull, job(1), name="nightly 2")
    assert ci.stage.comments(pull) == []
    *_, last = await ci.rows()
    assert last.unread == "it is not among `runs.workflows`"
