"""Nothing that a run brings in holds a secret of its organization, nor what it was asked to run."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select, text

from bot.domain.trigger import Trigger
from bot.llm.values import Maker
from bot.store.cycles import artifacts_of, latest_execution
from bot.store.database import Database
from bot.store.models import Artifact, Execution, Installation, Integration, Job, TestCycle
from bot.store.sealed import HOOK_SECRET, INTEGRATION_TOKEN, SUITE_VARIABLES
from bot.usecases.llm_access import Wanted, set_llm
from bot.usecases.organization_secrets import organization_secrets
from bot.usecases.read_cycle import read_cycle
from bot.usecases.receive_results import Upload, receive_results
from bot.usecases.rerun import rerun_cycle
from bot.usecases.start_cycle import start_cycle
from tests.usecases.conftest import Desk

pytestmark = pytest.mark.anyio

# The shape of none of these gives it away.
CREDENTIAL, HOOK, MODEL = "gardenias in november", "a tall tale of seven", "plum-pudding-at-noon"


async def entrust(desk: Desk) -> None:
    """Gives us one credential of each kind."""
    mine, vault = desk.caller.organization_id, desk.services.vault
    integration = Integration(organization_id=mine, provider="gitea")
    INTEGRATION_TOKEN.seal(vault, integration, CREDENTIAL)
    hook = Installation(organization_id=mine, provider="gitea", external_id="k", permissions={})
    # As it is while one secret takes the place of another.
    HOOK_SECRET.seal(vault, hook, f"{HOOK.replace(' ', '-')}\nanother-one")
    async with desk.database.write() as session:
        session.add_all([integration, hook])
    wanted = Wanted(Maker.OPENAI, "m", "http://127.0.0.1:9/v1")
    await set_llm(desk.services, mine, wanted, MODEL, actor="test", check=False)


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Collects the queries."""
    asked: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("SELECT"):
            asked.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", hear)
    try:
        yield asked
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", hear)


async def test_all_that_was_entrusted_to_us_is_known_by_two_queries(desk: Desk) -> None:
    await entrust(desk)
    async with desk.database.read() as session:
        with counted(desk.database) as asked:
            known = await organization_secrets(session, desk.services.vault, desk.caller.organization_id)
    assert set(known) == {CREDENTIAL, "a-tall-tale-of-seven", "another-one", MODEL}
    assert len(asked) == 2


async def test_an_upload_and_its_name_hold_no_secret_of_the_organization(desk: Desk, tmp_path: Path) -> None:
    await entrust(desk)
    path = tmp_path / "log"
    path.write_text(f"sent {CREDENTIAL} and a-tall-tale-of-seven\n1 failed\n")
    uploads = [Upload("log", f"{name}.log", path) for name in (MODEL, f"ghp_{'aB3' * 12}", "plain")]
    await receive_results(desk.services, desk.caller, None, uploads)
    async with desk.database.read() as session:
        files = (await session.scalars(select(Artifact).order_by(Artifact.id))).all()
    assert {file.name for file in files} == {"***.log", "***.log (2)", "plain.log"}
    assert {gzip.decompress(file.content) for file in files} == {b"sent *** and ***\n1 failed\n"}


async def started(desk: Desk, command: str, **config: Any) -> str:
    wire = {"projectId": "shop", "command": command, "image": "shop:1", "config": config}
    return (await start_cycle(desk.services, desk.caller, Trigger.model_validate(wire))).cycle_id


async def ended(desk: Desk, cycle_id: str) -> tuple[Execution, list[Artifact]]:
    await desk.drain()
    async with desk.database.read() as session:
        execution = await latest_execution(session, cycle_id)
        return execution, list(await artifacts_of(session, execution.id))


async def test_a_suite_s_log_and_what_is_said_of_it_hold_no_secret(desk: Desk) -> None:
    await entrust(desk)
    # Too large to be taken, and so told by its name.
    left_out = f'truncate -s 101M "$AGNOX_RESULTS_DIR/{MODEL}.xml"'
    cycle_id = await started(desk, f"{left_out}; echo {CREDENTIAL}; exit 1")
    execution, (log,) = await ended(desk, cycle_id)
    assert gzip.decompress(log.content) == b"***\n"
    assert execution.problem == "report ***.xml left out: larger than 100 MB"


async def test_what_is_to_be_run_lies_in_no_table_in_the_clear(desk: Desk) -> None:
    command = f'test "{HOOK}" = "$SAID" && test "$BASE_URL" = "https://x:pa55-of-{MODEL}@shop.example.com"'
    cycle_id = await started(
        desk, command, baseUrl=f"https://x:pa55-of-{MODEL}@shop.example.com", envVars={"SAID": HOOK}
    )
    async with desk.database.read() as session:
        (row,) = (await session.execute(text("SELECT * FROM test_cycle"))).all()
        jobs = [job.arguments for job in await session.scalars(select(Job))]
    told = (await read_cycle(desk.services, desk.caller, cycle_id)).model_dump_json()
    for place in (repr(row), repr(jobs), told):
        assert HOOK not in place and MODEL not in place and "shop:1" not in place
    for attempt in (1, 2):
        execution, _ = await ended(desk, cycle_id)
        assert (execution.attempt, execution.exit_code) == (attempt, 0)
        await rerun_cycle(desk.services, desk.caller, cycle_id)


@pytest.mark.parametrize("variables", [{"SHOP_TOKEN": HOOK}, {}])
async def test_a_cycle_that_was_stored_before_commands_were_sealed_runs(desk: Desk, variables: dict[str, str]) -> None:
    cycle_id = await started(desk, "exit 9")
    async with desk.database.write() as session:
        cycle = await session.get_one(TestCycle, cycle_id)
        cycle.request = {
            "image": "",
            "command": 'echo "$SHOP_TOKEN at $BASE_URL"',
            "folder": "all",
            "config": {"environment": "staging", "baseUrl": "https://shop.example.com"},
        }
        cycle.variables = None
        if variables:
            SUITE_VARIABLES.seal(desk.services.vault, cycle, json.dumps(variables))
    execution, (log,) = await ended(desk, cycle_id)
    said = "***" if variables else ""
    assert gzip.decompress(log.content).decode() == f"{said} at https://shop.example.com\n"
    assert execution.exit_code == 0
