from collections.abc import Iterator

import pytest

from bot.llm.values import Maker
from tests.llm.server import ModelServer, honest, model_server


@pytest.fixture(scope="session")
def one_server() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture
def models(one_server: ModelServer) -> ModelServer:
    """A server that is honest until it is told something else."""
    one_server.acts.clear()
    one_server.asked.clear()
    one_server.always = honest
    return one_server


@pytest.fixture(params=list(Maker))
def maker(request: pytest.FixtureRequest) -> Maker:
    found: Maker = request.param
    return found
