"""A repository's policy, or its organization's, decides whether a model is asked."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.usecases.organization_policy import set_organization_policy
from bot.usecases.read_policy import KnownPolicies
from simulators.faults import Fault
from tests.e2e.suites import junit
from tests.llm.server import ModelServer, model_server
from tests.usecases.conftest import Desk
from tests.usecases.hosts import once_on
from tests.usecases.past import commit
from tests.usecases.test_llm import give_model, run

pytestmark = pytest.mark.anyio


@pytest.fixture
def models() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


def rule(desk: Desk, text: str) -> None:
    commit(desk, {".agnox.yml": text})
    desk.services = replace(desk.services, policies=KnownPolicies())


@once_on()
async def test_a_repository_that_wants_no_model_is_obeyed_before_anything_leaves(
    desk: Desk, models: ModelServer, tmp_path: Path
) -> None:
    await give_model(desk, models)
    rule(desk, "ai: {engine: embedded}")
    pull = desk.stage.open_pull()
    await run(desk, pull, tmp_path, junit(2))
    assert not models.asked
    (comment,) = desk.stage.comments(pull)
    assert "the embedded engine: the policy asks for it" in comment.body


@once_on({"github"})
async def test_an_organization_decides_where_its_repositories_say_nothing(
    desk: Desk, models: ModelServer, tmp_path: Path
) -> None:
    await give_model(desk, models)
    organization = desk.caller.organization_id
    await set_organization_policy(desk.database, organization, b"ai: {engine: embedded}", actor="test")
    await run(desk, desk.stage.open_pull(), tmp_path, junit(2))
    assert not models.asked
    rule(desk, "ai: {engine: llm}")
    await run(desk, desk.stage.open_pull(branch="second"), tmp_path, junit(2))
    assert len(models.asked) == 1


@once_on({"github"})
async def test_the_budget_of_a_day_is_kept(desk: Desk, models: ModelServer, tmp_path: Path) -> None:
    await give_model(desk, models)
    rule(desk, "ai: {budget: 1}")
    await run(desk, desk.stage.open_pull(), tmp_path, junit(1))
    second = desk.stage.open_pull(branch="second")
    await run(desk, second, tmp_path, junit(2))
    assert len(models.asked) == 1
    assert "its daily budget is used up" in desk.stage.comments(second)[0].body


@once_on({"github"})
async def test_while_the_host_is_away_nothing_is_asked(desk: Desk, models: ModelServer, tmp_path: Path) -> None:
    await give_model(desk, models)
    pull = desk.stage.open_pull()
    desk.stage.faults.add(Fault(method="GET", path=r"/contents/\.agnox\.yml$", status=502))
    with pytest.raises(Exception, match="502"):
        await run(desk, pull, tmp_path, junit(1))
    assert not models.asked
