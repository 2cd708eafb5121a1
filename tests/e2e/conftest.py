"""The bot as real processes, or inside the test's own, beside a simulated git host."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.settings import Settings
from bot.store.database import async_url
from bot.store.migrate import upgrade
from bot.store.vault import new_key
from bot.usecases import publishing
from simulators.demo.story import Story
from simulators.github import GithubSimulator
from tests.e2e.inside import Inside, Open, inside

Begin = Callable[..., Story]


@pytest.fixture(scope="session")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that the migrations have made, once."""
    path = tmp_path_factory.mktemp("upgraded") / "agnox.db"
    asyncio.run(upgrade(async_url(f"sqlite:///{path}")))
    return path


@pytest.fixture
def begin(tmp_path: Path, upgraded: Path, app_key: str) -> Iterator[Begin]:
    """Makes a story with a configured bot that does not run yet; at the end no request may have been a wrong one."""
    simulators: list[GithubSimulator] = []
    with ExitStack() as stack:

        def make(settings: Mapping[str, str] | None = None) -> Story:
            simulator = GithubSimulator(private_key_pem=app_key)
            simulators.append(simulator)
            github = stack.enter_context(simulator.serve())
            story = Story.begin(simulator, github, tmp_path, {"AGNOX_JOB_LEASE": "1", **(settings or {})})
            shutil.copy(upgraded, story.bot.home / "agnox.db")
            return story

        yield make
    for simulator in simulators:
        assert not simulator.violations


@pytest.fixture(scope="session")
def app_key() -> str:
    """The private key of the app, made once."""
    return GithubSimulator().private_key_pem


@pytest.fixture
async def open_bot(
    database_url: str, tmp_path: Path, app_key: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Open]:
    """Starts a whole bot in this process; takes settings, and as `host` what the simulated host is to be made with."""
    # Publications wait for more news of the same pull request; here a moment is enough.
    monkeypatch.setattr(publishing, "COALESCE", timedelta(milliseconds=50))
    monkeypatch.chdir(tmp_path)
    for variable in [name for name in os.environ if name.startswith("AGNOX_")]:
        monkeypatch.delenv(variable)
    simulators: list[GithubSimulator] = []
    async with AsyncExitStack() as stack:

        async def start(*, host: Mapping[str, Any] | None = None, **settings: Any) -> Inside:
            simulator = GithubSimulator(private_key_pem=app_key, **(host or {}))
            simulators.append(simulator)
            own: dict[str, Any] = {
                "data_dir": tmp_path,
                "database_url": database_url,
                "public_url": "http://agnox.example.com",
                "secret_keys": new_key(),
                "github_app_id": str(simulator.github_app.id),
                "github_private_key": app_key,
                "github_webhook_secret": simulator.deliveries.secret,
                "github_api_url": stack.enter_context(simulator.serve()),
                "executors": "process",
            }
            given = own | settings
            for name in given.keys() - Settings.model_fields.keys():
                monkeypatch.setenv(f"AGNOX_{name.upper()}", given.pop(name))
            return await stack.enter_async_context(inside(simulator, Settings(**given)))

        yield start
    for simulator in simulators:
        assert not simulator.violations


@pytest.fixture
async def bot(open_bot: Open) -> Inside:
    """A bot with the settings that it has by itself."""
    return await open_bot()
