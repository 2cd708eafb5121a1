"""What tests share: real databases with a fresh schema, and a real Redis."""

import asyncio
import gc
import shutil
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import nullcontext
from pathlib import Path

import asyncpg
import pytest
from hypothesis import HealthCheck, settings

from bot.domain.ids import new_id
from bot.store.database import Database
from bot.store.migrate import upgrade
from bot.store.models import Base
from tests.contracts import judged_once
from tests.engines import light_engines
from tests.servers import RedisServer, postgres_server, redis_server
from tests.tracing import shows_no_lines, untraced_here, untraced_threads

# How long drawing and running take tells of the machine: a busy one is no fault of a test.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Coverage more than doubles the time of a test: it looks only where it can learn something."""
    with untraced_here() if shows_no_lines(item) else nullcontext():
        return (yield)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def frugal() -> Iterator[None]:
    """Spares what would be done anew for each test and proves nothing there."""
    gc.freeze()  # what is loaded stays, and need not be looked through again and again
    with light_engines(), untraced_threads(), judged_once():
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server, started with the first test that needs it."""
    with postgres_server() as url:
        yield url


async def _create_schema(url: str) -> None:
    database = Database(url)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await database.aclose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    asyncio.run(_create_schema(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database that the migrations have made, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "agnox.db"
    asyncio.run(upgrade(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: str) -> str:
    asyncio.run(_administer(postgres, "CREATE DATABASE template_agnox"))
    asyncio.run(_create_schema(_sibling(postgres, "template_agnox")))
    return "template_agnox"


def _sibling(url: str, name: str) -> str:
    """The URL of another database on the same server."""
    return url.replace("/postgres?", f"/{name}?")


async def _administer(url: str, statement: str) -> None:
    # Without SQLAlchemy, which asks a new server a dozen things first: this runs twice a test.
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Which database a test runs on: both, unless it is parametrized otherwise."""
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database of the test's own, empty but for the schema."""
    if database_kind == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "agnox.db")
        yield f"sqlite:///{tmp_path / 'agnox.db'}"
        return
    server, template = request.getfixturevalue("postgres"), request.getfixturevalue("postgres_template")
    name = f"test_{new_id()}"
    asyncio.run(_administer(server, f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield _sibling(server, name)
    asyncio.run(_administer(server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database of the test's own, on SQLite and on PostgreSQL."""
    database = Database(database_url)
    yield database
    await database.aclose()


@pytest.fixture(scope="session")
def redis_process() -> Iterator[RedisServer]:
    """A Redis for the whole run, started with the first test that needs it."""
    with redis_server() as server:
        yield server


@pytest.fixture
def redis_url(redis_process: RedisServer) -> str:
    """The URL of an empty Redis."""
    redis_process.flush()
    return redis_process.url
