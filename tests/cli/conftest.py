"""The command line on a database of the test's own, run in this process."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, TypeVar

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cli.administration import actor
from bot.domain.ids import new_id
from bot.store.database import Database
from bot.store.models import (
    AuditEntry,
    Installation,
    Organization,
    Project,
    Publication,
    PullRequest,
    Repository,
    TestCycle,
)
from bot.store.sealed import HOOK_SECRET
from bot.store.vault import Keyring, Vault, new_key
from providers import factory

T = TypeVar("T")

KEY = new_key()
TOKEN = "glpat-tErRiBlY-s3cret"


class Agnox:
    """The command line on one database."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __call__(self, *arguments: str, stdin: str | None = None, exit_code: int = 0) -> Result:
        result = CliRunner().invoke(command_named(arguments[0]), arguments[1:], input=stdin)
        assert result.exit_code == exit_code, result.output
        if exit_code == 1 and arguments[:2] != ("vault", "rotate"):
            assert result.stderr.startswith("agnox: ")
            assert result.stderr.count("\n") == 1
        return result

    def json(self, *arguments: str, stdin: str | None = None) -> Any:
        return json.loads(self(*arguments, "--format", "json", stdin=stdin).stdout)

    def refused(self, *arguments: str, stdin: str | None = None) -> str:
        return self(*arguments, stdin=stdin, exit_code=1).stderr

    def store(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        async def do() -> T:
            database = Database(self.url)
            async with database.write() as session:
                result = await work(session)
            await database.aclose()
            return result

        return asyncio.run(do())

    def all(self, model: type[T]) -> list[T]:
        async def read(session: AsyncSession) -> list[T]:
            return list(await session.scalars(select(model)))

        return self.store(read)

    def audit(self) -> list[tuple[str, str]]:
        async def read(session: AsyncSession) -> list[tuple[str, str]]:
            rows = list(await session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
            assert all(row.actor == actor() for row in rows)
            return [(row.action, row.subject) for row in rows]

        return self.store(read)


@cache
def command_named(name: str) -> click.Command:
    (entry,) = entry_points(group="agnox.commands", name=name)
    command: click.Command = entry.load()
    return command


@pytest.fixture(scope="package", autouse=True)
def one_search() -> Iterator[None]:
    """Looks for the installed hosts once: each command would read the metadata of all packages again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(factory, "entry_points", cache(entry_points))
        yield


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an instance with nothing set."""
    monkeypatch.chdir(tmp_path)
    for name in ("AGNOX_DATABASE_URL", "AGNOX_REDIS_URL", "AGNOX_SECRET_KEYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AGNOX_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def agnox(settings: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Agnox:
    monkeypatch.setenv("AGNOX_DATABASE_URL", database_url)
    monkeypatch.setenv("AGNOX_SECRET_KEYS", KEY)
    # Nobody answers there: what is added can not be checked, and no real host is asked.
    monkeypatch.setenv("AGNOX_GITHUB_API_URL", "http://127.0.0.1:9")
    return Agnox(database_url)


async def covered(session: AsyncSession, secret: str | None = None) -> Installation:
    """An installation of organization `lucky` with one repository, a pull request, a cycle and a comment."""
    lucky = Organization(id=new_id(), name="lucky")
    row = Installation(
        id=new_id(), organization_id=lucky.id, provider="github", external_id="7", account="lucky", permissions={}
    )
    if secret is not None:
        HOOK_SECRET.seal(Vault(Keyring(KEY)), row, secret)
    repository = Repository(
        id=new_id(),
        organization_id=lucky.id,
        installation_id=row.id,
        provider="github",
        external_id="70",
        path="Lucky/Shop",
        path_key="lucky/shop",
    )
    pull = PullRequest(id=new_id(), organization_id=lucky.id, repository_id=repository.id, number=1, head_sha="a" * 40)
    project = Project(id=new_id(), organization_id=lucky.id, name="shop")
    now = datetime(2026, 5, 1, tzinfo=UTC)
    cycle = TestCycle(
        organization_id=lucky.id,
        project_id=project.id,
        suite="ci",
        request={},
        page_key=new_id(),
        repository_id=repository.id,
        pull_request_id=pull.id,
    )
    comment = Publication(organization_id=lucky.id, subject=pull.id, kind="comment", external_id="9", updated_at=now)
    for part in (lucky, row, repository, pull, project, cycle, comment):
        session.add(part)
        await session.flush()
    return row
