"""A request that names an image, from the trigger to what is kept of it, in a real container."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.domain.cycle import CycleState
from bot.node.docker.options import DockerOptions, Pull
from bot.node.executors import executors
from bot.store.models import Artifact
from bot.usecases.live_log import look
from bot.usecases.run_execution import run_execution
from tests.node.engine import IMAGE, Engine, an_engine
from tests.usecases.nodes.conftest import Yard

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with an_engine() as engine:
        yield engine
        engine.api.close()


async def test_an_image_is_run_in_a_container_and_what_it_leaves_is_kept(yard: Yard, engine: Engine) -> None:
    rules = DockerOptions(host=engine.host, pull=Pull.NEVER, network="none")
    yard.services = replace(yard.services, executors=executors(frozenset({"docker", "process"}), rules))
    command = "pwd; echo $API_TOKEN; echo '<testsuite/>' > $AGNOX_RESULTS_DIR/a.xml; exit 2"
    wire = {"envVars": {"API_TOKEN": "correct-horse-battery"}}
    execution = await yard.start(command, image=IMAGE, config=wire)
    await run_execution(yard.services, execution)
    row = await yard.execution(execution)
    assert (row.state, row.exit_code, row.problem) == (CycleState.ANALYZING, 2, "")
    async with yard.database.read() as session:
        kept = [(one.kind, one.name) for one in await session.scalars(select(Artifact).order_by(Artifact.kind))]
    assert kept == [("log", "output.log"), ("report", "a.xml")]
    assert (await look(yard.services, execution, 0)).text == "/agnox/work\n***\n"
    assert engine.suites() == []


async def test_an_image_that_is_not_allowed_ends_with_the_reason(yard: Yard, engine: Engine) -> None:
    rules = DockerOptions(host=engine.host, images=frozenset({"ours/*"}))
    yard.services = replace(yard.services, executors=executors(frozenset({"docker"}), rules))
    execution = await yard.start(image=IMAGE)
    await run_execution(yard.services, execution)
    assert f"AGNOX_DOCKER_IMAGES does not allow the image {IMAGE}" in (await yard.execution(execution)).problem
