"""The bot as real processes, or inside the test's own, beside a simulated git host."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.settings import Settings
from bot.store.database import Database
from bot.store.vault import new_key
from bot.usecases import publishing
from bot.usecases.administer import create_api_key, create_organization, create_project
from simulators.demo.story import Story
from simulators.stage import Stage
from tests.e2e.inside import Inside, Open, inside
from tests.stages import a_stage

Begin = Callable[..., Story]


@dataclass(frozen=True)
class Prepared:
    """A database that the migrations have made, with the organization `acme`, a project and a key of it."""

    path: Path
    project: str
    key: str


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Prepared:
    """Made once: each of the commands takes a second."""
    path = tmp_path_factory.mktemp("prepared") / "agnox.db"
    shutil.copy(migrated, path)
    return asyncio.run(_prepare(path))


async def _prepare(path: Path) -> Prepared:
    database = Database(f"sqlite:///{path}")
    await create_organization(database, "acme", actor="test")
    project = await create_project(database, "acme", "shop", actor="test")
    _, key = await create_api_key(database, "acme", None, "ci", actor="test")
    await database.aclose()
    return Prepared(path, project.id, key)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The same where an app is installed, which makes the organization."""
    stage = a_stage("github")
    with stage.serve() as address:
        story = Story.begin(stage, address, tmp_path_factory.mktemp("installed"))
        with story.bot.serving():
            story.install()
    return Prepared(story.bot.home / "agnox.db", story.project, story.key)


@pytest.fixture
def begin(tmp_path: Path, prepared: Prepared, installed: Prepared) -> Iterator[Begin]:
    """Makes a story on a host with a bot that does not run yet; at the end no request may have been a wrong one."""
    stages: list[Stage] = []
    with ExitStack() as stack:

        def make(host: str = "github", settings: Mapping[str, str] | None = None) -> Story:
            stage = a_stage(host)
            stages.append(stage)
            address = stack.enter_context(stage.serve())
            story = Story.begin(stage, address, tmp_path, {"AGNOX_JOB_LEASE": "3", **(settings or {})})
            before = installed if stage.integration is None else prepared
            shutil.copy(before.path, story.bot.home / "agnox.db")
            story.project, story.key = before.project, before.key
            return story

        yield make
    for stage in stages:
        assert not stage.violations


@pytest.fixture
def host(request: pytest.FixtureRequest) -> str:
    """Which host the bot in this process is beside: GitHub, unless it is parametrized."""
    name: str = getattr(request, "param", "github")
    return name


@pytest.fixture
async def open_bot(
    host: str, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Open]:
    """Starts a whole bot in this process; takes settings, and as `simulated` what the host is to be made with."""
    # Publications wait for more news of the same pull request; here a moment is enough.
    monkeypatch.setattr(publishing, "COALESCE", timedelta(milliseconds=50))
    monkeypatch.chdir(tmp_path)
    for variable in [name for name in os.environ if name.startswith("AGNOX_")]:
        monkeypatch.delenv(variable)
    stages: list[Stage] = []
    async with AsyncExitStack() as stack:

        async def start(*, simulated: Mapping[str, Any] | None = None, **settings: Any) -> Inside:
            stage = a_stage(host, **(simulated or {}))
            stages.append(stage)
            stack.enter_context(stage.serve())
            own: dict[str, Any] = {
                "data_dir": tmp_path,
                "database_url": database_url,
                "public_url": "http://agnox.example.com",
                "secret_keys": new_key(),
                "executors": "process",
            }
            own |= {f"{stage.name}_{name}": value for name, value in stage.settings().items()}
            given = own | settings
            for name in given.keys() - Settings.model_fields.keys():
                monkeypatch.setenv(f"AGNOX_{name.upper()}", given.pop(name))
            return await stack.enter_async_context(inside(stage, Settings(**given)))

        yield start
    for stage in stages:
        assert not stage.violations


@pytest.fixture
async def bot(open_bot: Open) -> Inside:
    """A bot with the settings that it has by itself."""
    return await open_bot()
