"""From results that come in to what stands on the pull request, with a model in between."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.domain.context import CiContext
from bot.domain.cycle import CycleState
from bot.llm.values import Maker, Terms
from bot.store.models import Execution, Integration, LlmAccess, LlmAnswer, LlmCall, TestCycle
from bot.store.sealed import INTEGRATION_TOKEN
from bot.store.vault import Keyring, Vault, new_key
from bot.usecases.analyze_execution import analyze_execution
from bot.usecases.llm_access import Wanted, set_llm
from bot.usecases.llm_policy import Allowance, LlmPolicy
from bot.usecases.organization_secrets import organization_secrets
from bot.usecases.receive_results import Upload, receive_results
from simulators.stage import Pull
from tests.e2e.suites import junit
from tests.llm.server import KEY, ModelServer, failing, honest, model_server
from tests.usecases.conftest import Desk
from tests.usecases.hosts import on

pytestmark = pytest.mark.anyio


@pytest.fixture
def models() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


async def run(desk: Desk, pull: Pull, folder: Path, report: str) -> None:
    """Sends results of a pull request and has everything done that follows."""
    path = folder / "junit.xml"
    path.write_text(report)
    context = CiContext.model_validate(desk.context(pull))
    uploads = [Upload("report", "junit.xml", path)]
    await receive_results(desk.services, desk.caller, context, uploads, project_id=desk.project.id)
    await desk.drain()


async def give_model(desk: Desk, models: ModelServer, *, budget_tokens: int | None = None) -> None:
    wanted = Wanted(Maker.OPENAI, "test-model", models.base_url(Maker.OPENAI), budget_tokens)
    await set_llm(desk.services, desk.caller.organization_id, wanted, KEY, actor="test", check=False)


@on()
async def test_the_words_of_a_model_stand_in_the_report(desk: Desk, models: ModelServer, tmp_path: Path) -> None:
    await give_model(desk, models)
    pull = desk.stage.open_pull()
    await run(desk, pull, tmp_path, junit(2))
    (comment,) = desk.stage.comments(pull)
    assert "The price list has no such article" in comment.body
    assert "2 of 4 tests failed" in comment.body
    assert "test-model, 1,500 tokens" in comment.body
    assert desk.verdict(pull).outcome == "failed"
    (asked,) = models.asked
    assert "KeyError: no price for article aa" in asked.text

    # The same causes on another pull request: the answer is known.
    other = desk.stage.open_pull()
    await run(desk, other, tmp_path, junit(2))
    (comment,) = desk.stage.comments(other)
    assert "test-model, from an earlier run" in comment.body and "The price list has no such article" in comment.body
    assert len(models.asked) == 1
    async with desk.database.read() as session:
        assert [row.uses for row in await session.scalars(select(LlmAnswer))] == [1]


@on({"github"})
async def test_what_a_model_cannot_do_is_told(desk: Desk, models: ModelServer, tmp_path: Path) -> None:
    await give_model(desk, models)
    models.acts.append(failing(401, words=f"bad key {KEY}"))
    pull = desk.stage.open_pull()
    await run(desk, pull, tmp_path, junit(1))
    (comment,) = desk.stage.comments(pull)
    assert "causes by the embedded engine: the model does not accept the key" in comment.body
    assert "KeyError" in comment.body and "1 of 3 tests failed" in comment.body
    async with desk.database.read() as session:
        execution = (await session.scalars(select(Execution))).one()
        (call,) = await session.scalars(select(LlmCall))
    assert execution.notes == "causes by the embedded engine: the model does not accept the key"
    assert KEY not in repr(execution.analysis) and KEY not in comment.body
    assert call.settled and call.input_tokens == call.output_tokens == 0


@on({"github"})
async def test_why_a_model_is_of_no_use_stands_with_it_until_it_is(
    desk: Desk, models: ModelServer, tmp_path: Path
) -> None:
    await give_model(desk, models)
    models.always = failing(404)
    await run(desk, desk.stage.open_pull(), tmp_path, junit(1))
    assert (await own_model(desk)).broken == "the model is not known to its server"
    models.always = honest
    await run(desk, desk.stage.open_pull(), tmp_path, junit(1))
    assert (await own_model(desk)).broken == ""


async def own_model(desk: Desk) -> LlmAccess:
    async with desk.database.read() as session:
        return (await session.scalars(select(LlmAccess))).one()


@on({"gitlab"})
async def test_no_secret_of_the_organization_goes_out(desk: Desk, models: ModelServer, tmp_path: Path) -> None:
    await give_model(desk, models)
    pull = desk.stage.open_pull()
    # The shape of none of these gives it away.
    async with desk.database.read() as session:
        known = await organization_secrets(session, desk.services.vault, desk.caller.organization_id)
    assert len(known) >= 2
    await run(desk, pull, tmp_path, junit(1, name=" ".join(known)))
    (asked,) = models.asked
    assert "KeyError: no price for ***" in asked.text
    assert not [secret for secret in (*known, KEY) if secret in repr(asked.body)]


@on({"github"})
async def test_an_analysis_that_is_run_again_asks_once(desk: Desk, models: ModelServer, tmp_path: Path) -> None:
    """As after a worker that was killed between the answer and the end of its job."""
    await give_model(desk, models)
    await run(desk, desk.stage.open_pull(), tmp_path, junit(2))
    async with desk.database.write() as session:
        execution = (await session.scalars(select(Execution))).one()
        before = execution.analysis
        execution.state = CycleState.ANALYZING
        (await session.get_one(TestCycle, execution.cycle_id)).state = CycleState.ANALYZING
    await analyze_execution(desk.services, execution.id)
    async with desk.database.read() as session:
        after = (await session.get_one(Execution, execution.id)).analysis
    assert len(models.asked) == 1
    assert before is not None and after is not None
    titles = [[found["title"] for found in each["findings"]] for each in (before, after)]
    assert titles[0] == titles[1] == ["The price list has no such article"]


@on({"github"})
async def test_the_model_that_the_operator_shares(desk: Desk, models: ModelServer, tmp_path: Path) -> None:
    policy = LlmPolicy(own=models.access(), terms=Terms(timeout=30), allowance=Allowance(tokens=100_000))
    desk.services = replace(desk.services, llm=policy)
    await run(desk, desk.stage.open_pull(), tmp_path, junit(1))
    assert models.asked == []
    desk.services = replace(desk.services, llm=replace(policy, shared=True))
    await run(desk, desk.stage.open_pull(), tmp_path, junit(1))
    assert len(models.asked) == 1
    # One's own comes first, also when it fails.
    await give_model(desk, models, budget_tokens=1)
    pull = desk.stage.open_pull()
    await run(desk, pull, tmp_path, junit(2))
    (comment,) = desk.stage.comments(pull)
    assert len(models.asked) == 1 and "too small a budget" in comment.body
    async with desk.database.read() as session:
        assert [row.shared for row in await session.scalars(select(LlmCall))] == [True]


@on({"github"})
async def test_a_key_that_cannot_be_opened(desk: Desk, models: ModelServer, tmp_path: Path) -> None:
    await give_model(desk, models)
    desk.services = replace(desk.services, vault=Vault(Keyring(new_key())))
    path = tmp_path / "junit.xml"
    path.write_text(junit(1))
    started = await receive_results(
        desk.services, desk.caller, None, [Upload("report", "junit.xml", path)], project_id=desk.project.id
    )
    await analyze_execution(desk.services, started.execution_id)
    async with desk.database.read() as session:
        execution = await session.get_one(Execution, started.execution_id)
    assert (execution.state, models.asked) == ("FAILED", [])
    assert "causes by the embedded engine: the model's key can't be opened" in execution.notes


@on({"github"})
async def test_a_green_run_asks_nobody(desk: Desk, models: ModelServer, tmp_path: Path) -> None:
    await give_model(desk, models)
    await run(desk, desk.stage.open_pull(), tmp_path, junit(0))
    assert models.asked == []


@on({"github"})
async def test_the_parts_of_a_credential_are_secrets_each(desk: Desk) -> None:
    grant = {
        "kind": "oauth",
        "client_id": "an-open-id",
        "client_secret": "a-client-secret",
        "refresh_token": "refresh-me",
    }
    mine, vault = desk.caller.organization_id, desk.services.vault
    async with desk.database.write() as session:
        for provider, text, sealing in (
            ("gitlab", json.dumps(grant), vault),
            ("gitea", "a-plain-token", vault),
            ("azure", "lost-for-good", Vault(Keyring(new_key()))),
        ):
            row = Integration(organization_id=mine, provider=provider)
            INTEGRATION_TOKEN.seal(sealing, row, text)
            session.add(row)
    async with desk.database.read() as session:
        known = await organization_secrets(session, vault, mine)
        assert await organization_secrets(session, vault, "1" * 32) == []
    assert set(known) == {"a-client-secret", "refresh-me", "a-plain-token"}
