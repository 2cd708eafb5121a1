"""Tests on the list of the policy, and what page, API and lines say of failures that fail no check."""

from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.domain.cycle import CycleState
from bot.store.models import Execution, Repository
from bot.usecases.errors import Missing
from bot.usecases.quarantine import lift, put
from bot.usecases.read_cycle import read_execution
from tests.e2e.suites import junit
from tests.usecases.conftest import Desk
from tests.usecases.hosts import once_on
from tests.usecases.past import Past, commit
from tests.usecases.test_history_page import page_of

pytestmark = pytest.mark.anyio

POLICY = 'version: 1\nquarantine: {tests: ["*test_aa"]}\n'


@pytest.fixture
def past(desk: Desk, tmp_path: Path) -> Past:
    return Past(desk, tmp_path)


async def _shown(desk: Desk, execution: Execution) -> list[str]:
    """What the API says of each cause."""
    view = await read_execution(desk.services, desk.caller, execution.id)
    return [found.get("excuse", "") for found in view.findings]


@once_on()
async def test_the_list_of_the_policy_holds_from_the_first_report_on(past: Past) -> None:
    desk = past.desk
    commit(desk, {".agnox.yml": POLICY})
    pull = desk.stage.open_pull()
    execution = await past.change(pull, junit(1))
    assert desk.verdict(pull).outcome != "failed"
    assert await past.states() == [CycleState.UNSTABLE]
    (comment,) = desk.stage.comments(pull)
    assert "1 of 3 tests failed — quarantined" in comment.body
    assert "quarantined: on the list in .agnox.yml" in comment.body.replace("\\", "").replace("\u200b", "")
    assert await _shown(desk, execution) == ["quarantined: on the list in .agnox.yml"]


@once_on({"github"})
async def test_it_is_not_taken_off_that_list_by_command(past: Past) -> None:
    desk = past.desk
    commit(desk, {".agnox.yml": POLICY})
    await past.change(desk.stage.open_pull(), junit(1))
    async with desk.database.write() as session:
        await session.execute(update(Repository).values(default_branch="main"))
        repository = (await session.scalars(select(Repository))).one()
        await session.refresh(repository)
        with pytest.raises(Missing, match=r"on the list in \.agnox\.yml"):
            await lift(session, desk.services, repository, "*test_aa", by="ada")


@once_on({"github"})
async def test_page_and_api_say_why_a_failure_fails_no_check(past: Past) -> None:
    desk = past.desk
    execution = await past.change(desk.stage.open_pull(), junit(2))
    async with desk.database.write() as session:
        repository = (await session.scalars(select(Repository))).one()
        await put(session, desk.services, repository, "*test_aa", by="ada", until=None, reason="<b> #12")
    await desk.drain()
    assert await _shown(desk, execution) == ["quarantined by ada: <b> #12", ""]
    text = " ".join((await page_of(desk, execution)).split())
    assert "2 of 4 tests failed — 1 cause" in text and "Fails no check: quarantined by ada: &lt;b&gt; #12" in text
    assert text.index("article ab</h2>") < text.index("article aa</h2>"), "what counts comes first"
    assert '<p class="state failed">Failed</p>' in text

    async with desk.database.write() as session:
        repository = (await session.scalars(select(Repository))).one()
        await put(session, desk.services, repository, "*test_a?", by="ada", until=None, reason="")
    await desk.drain()
    text = " ".join((await page_of(desk, execution)).split())
    assert '<p class="state unstable">Failed only of what fails no check</p>' in text
    assert "2 of 4 tests failed — none that fails a check" in text
    assert (await past.execution(execution.id)).state == CycleState.FAILED
