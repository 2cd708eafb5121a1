import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
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
from bot.store import keys, migrate
from bot.store.database import Database
from bot.store.models import (
    ApiKey,
    AuditEntry,
    Installation,
    Integration,
    Organization,
    Project,
    Publication,
    PullRequest,
    Repository,
    TestCycle,
)
from bot.store.sealed import HOOK_SECRET, INTEGRATION_TOKEN
from bot.store.vault import Changed, Keyring, Vault, new_key

T = TypeVar("T")

KEY = new_key()
TOKEN = "glpat-tErRiBlY-s3cret"


class Agnox:
    """The command line on one database."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __call__(self, *arguments: str, stdin: str | None = None, exit_code: int = 0) -> Result:
        result = CliRunner().invoke(_command(arguments[0]), arguments[1:], input=stdin)
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


def _command(name: str) -> click.Command:
    (entry,) = entry_points(group="agnox.commands", name=name)
    command: click.Command = entry.load()
    return command


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


def test_every_list_says_what_to_do_when_it_is_empty(agnox: Agnox) -> None:
    for name, hint in {
        "org": "agnox org create",
        "project": "agnox project create",
        "apikey": "agnox apikey create",
        "integration": "agnox integration add",
        "installation": "install the app",
    }.items():
        assert hint in agnox(name, "list").stdout
        assert agnox.json(name, "list") == []


def test_organizations(agnox: Agnox) -> None:
    made = agnox.json("org", "create", "  Acme   Inc ")
    assert made["name"] == "Acme Inc"
    assert agnox.json("org", "list") == [made]
    assert "Acme Inc" in agnox("org", "list").stdout
    assert agnox.refused("org", "create", "Acme Inc") == "agnox: there is already an organization 'Acme Inc'\n"
    assert agnox.audit() == [("organization.created", "Acme Inc")]


@pytest.mark.parametrize("name", ["", " ", "a\x1b[2Jb", "x" * 256, "0" * 32])
def test_names_that_nobody_could_use(agnox: Agnox, name: str) -> None:
    assert "must have 1 to 255 printable characters" in agnox.refused("org", "create", name)
    assert agnox.all(Organization) == []
    assert agnox.audit() == []


def test_projects(agnox: Agnox) -> None:
    acme = agnox.json("org", "create", "acme")
    other = agnox.json("org", "create", "other")
    made = agnox.json("project", "create", "--org", "acme", "shop")
    assert made["organization_id"] == acme["id"]
    same = agnox.json("project", "create", "--org", other["id"], "shop")
    assert [row["id"] for row in agnox.json("project", "list")] == [made["id"], same["id"]]
    assert [row["organization"] for row in agnox.json("project", "list", "--org", "other")] == ["other"]
    assert "acme already has a project 'shop'" in agnox.refused("project", "create", "--org", "acme", "shop")
    assert "no organization 'nobody'" in agnox.refused("project", "create", "--org", "nobody", "shop")
    assert "no organization 'nobody'" in agnox.refused("project", "list", "--org", "nobody")
    agnox("project", "create", "shop", exit_code=2)
    assert agnox.audit()[2:] == [("project.created", "shop"), ("project.created", "shop")]


def test_an_id_wins_over_a_name_like_it(agnox: Agnox) -> None:
    acme = agnox.json("org", "create", "acme")

    async def impostor(session: AsyncSession) -> None:
        session.add(Organization(id="0" * 32, name=acme["id"]))

    agnox.store(impostor)
    assert agnox.json("project", "create", "--org", acme["id"], "shop")["organization_id"] == acme["id"]


def test_an_api_key_works_until_it_is_revoked(agnox: Agnox) -> None:
    agnox("org", "create", "acme")
    project = agnox.json("project", "create", "--org", "acme", "shop")
    made = agnox.json("apikey", "create", "--org", "acme", "--project", "shop", "--name", "ci")

    def caller() -> ApiKey | None:
        async def authenticate() -> ApiKey | None:
            database = Database(agnox.url)
            found = await keys.authenticate(database, made["key"], datetime(2026, 5, 1, tzinfo=UTC))
            await database.aclose()
            return found

        return asyncio.run(authenticate())

    found = caller()
    assert found is not None
    assert (found.id, found.project_id) == (made["id"], project["id"])
    agnox("apikey", "revoke", made["id"])
    assert caller() is None
    first = agnox.json("apikey", "list")[0]["revoked_at"]
    assert agnox.json("apikey", "revoke", made["id"])["revoked_at"] == first
    prefix = made["key"][:12]
    assert agnox.audit()[2:] == [("api_key.created", f"{prefix} ci"), ("api_key.revoked", f"{prefix} ci")]


def test_an_api_key_is_shown_once(agnox: Agnox) -> None:
    agnox("org", "create", "acme")
    created = agnox("apikey", "create", "--org", "acme")
    key = next(word for word in created.stdout.split() if word.startswith("agx_"))
    assert "not shown again" in created.stderr
    rows = agnox.json("apikey", "list", "--org", "acme")
    assert rows[0]["prefix"] == key[:12]
    for shown in (json.dumps(rows), agnox("apikey", "list").output, str(agnox.audit())):
        assert key not in shown
    (row,) = agnox.all(ApiKey)
    assert key[12:].encode() not in row.digest
    assert row.digest == keys.digest(key)


def test_refusals_of_api_keys(agnox: Agnox) -> None:
    agnox("org", "create", "acme")
    agnox("org", "create", "other")
    agnox("project", "create", "--org", "other", "theirs")
    assert "acme has no project 'theirs'" in agnox.refused("apikey", "create", "--org", "acme", "--project", "theirs")
    assert "agnox apikey list" in agnox.refused("apikey", "revoke", "nonesuch")
    agnox("apikey", "create", exit_code=2)
    assert agnox.all(ApiKey) == []


def test_integrations(agnox: Agnox) -> None:
    agnox("org", "create", "acme")
    url = "https://ghe.example/api/v3"
    made = agnox.json(
        "integration", "add", "GitHub", "--org", "acme", "--base-url", url + "/", "--token-stdin", stdin=TOKEN + "\n"
    )
    assert (made["provider"], made["base_url"], made["enabled"]) == ("github", url, True)
    (row,) = agnox.all(Integration)
    assert row.token is not None
    assert TOKEN.encode() not in row.token
    assert INTEGRATION_TOKEN.open(Vault(Keyring(KEY)), row) == TOKEN
    for shape in ("text", "json"):
        assert TOKEN not in agnox("integration", "list", "--format", shape).output
    assert "agnox integration remove" in agnox.refused(
        "integration", "add", "github", "--org", "acme", "--token-stdin", stdin="other"
    )
    assert agnox.json("integration", "disable", made["id"])["enabled"] is False

    async def break_it(session: AsyncSession) -> None:
        (await session.scalars(select(Integration))).one().broken = "401"

    agnox.store(break_it)
    enabled = agnox.json("integration", "enable", made["id"])
    assert (enabled["enabled"], enabled["broken"]) == (True, "")
    agnox("integration", "enable", made["id"])
    agnox("integration", "remove", made["id"])
    assert agnox.json("integration", "list") == []
    for verb in ("remove", "enable", "disable"):
        assert "agnox integration list" in agnox.refused("integration", verb, made["id"])
    assert agnox.audit()[1:] == [
        ("integration.added", f"github {url}"),
        ("integration.disabled", "github"),
        ("integration.enabled", "github"),
        ("integration.removed", "github"),
    ]


@pytest.mark.parametrize("token", ["", " \n", "two words", "two\nlines", "t\u00f6ken", "x" * 5000, "\x1b[2J"])
def test_what_can_not_be_a_token(agnox: Agnox, token: str) -> None:
    agnox("org", "create", "acme")
    told = agnox.refused("integration", "add", "github", "--org", "acme", "--token-stdin", stdin=token)
    assert "that is no token" in told
    assert not token.strip() or token.strip() not in told
    assert agnox.all(Integration) == []


@pytest.mark.parametrize(
    "url", ["ghe.example", "ftp://ghe.example", "https://", "https://u:p@ghe.example", "https://h/?a=b", "http://[::1"]
)
def test_what_can_not_be_a_base_url(agnox: Agnox, url: str) -> None:
    agnox("org", "create", "acme")
    told = agnox.refused(
        "integration", "add", "github", "--org", "acme", "--base-url", url, "--token-stdin", stdin="token"
    )
    assert "the base URL must be" in told


def test_wrong_use_of_integration_add(agnox: Agnox) -> None:
    agnox("org", "create", "acme")
    agnox("integration", "add", "github", "--org", "acme", stdin="token", exit_code=2)
    agnox("integration", "add", "--org", "acme", "--token-stdin", stdin="token", exit_code=2)
    told = agnox.refused("integration", "add", "sourcehut", "--org", "acme", "--token-stdin", stdin="token")
    assert "unknown provider 'sourcehut'; known are " in told
    assert "github" in told


def test_a_token_without_a_key_is_refused(agnox: Agnox, monkeypatch: pytest.MonkeyPatch) -> None:
    agnox("org", "create", "acme")
    monkeypatch.setenv("AGNOX_SECRET_KEYS", "not-a-key")
    told = agnox.refused("integration", "add", "github", "--org", "acme", "--token-stdin", stdin="token")
    assert "agnox vault new-key" in told
    assert "not-a-key" not in told


# Installations.


async def _covered(session: AsyncSession, secret: str | None = None) -> Installation:
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


def test_an_installation_is_assigned_with_its_repositories(agnox: Agnox) -> None:
    acme = agnox.json("org", "create", "acme")
    row = agnox.store(_covered)
    (listed,) = agnox.json("installation", "list")
    assert (listed["organization"], listed["repositories"], listed["state"]) == ("lucky", 1, "active")
    moved = agnox.json("installation", "assign", row.id, "--org", "acme")
    assert (moved["organization"], moved["repositories"]) == ("acme", 1)
    assert agnox.json("installation", "list", "--org", "lucky") == []
    assert agnox.json("installation", "list", "--org", "acme") == [moved]
    owners = {
        agnox.all(Installation)[0].organization_id,
        agnox.all(Repository)[0].organization_id,
        agnox.all(PullRequest)[0].organization_id,
        agnox.all(Publication)[0].organization_id,
    }
    assert owners == {acme["id"]}
    (cycle,) = agnox.all(TestCycle)
    assert cycle.organization_id == row.organization_id
    assert (cycle.repository_id, cycle.pull_request_id) == (None, None)
    assert "another organization" in cycle.problem
    assigned = ("installation.assigned", "github 7 from lucky to acme")
    assert agnox.audit()[1:] == [assigned, assigned]
    assert {entry.organization_id for entry in agnox.all(AuditEntry)} == {acme["id"], row.organization_id}


def test_assigning_to_the_same_organization_changes_nothing(agnox: Agnox) -> None:
    row = agnox.store(_covered)
    agnox("installation", "assign", row.id, "--org", "lucky")
    (cycle,) = agnox.all(TestCycle)
    assert cycle.repository_id is not None
    assert agnox.audit() == []


def test_a_repository_that_the_new_owner_has_by_token_stays_one(agnox: Agnox) -> None:
    acme = agnox.json("org", "create", "acme")
    row = agnox.store(_covered)

    async def by_token(session: AsyncSession) -> str:
        known = Repository(
            id=new_id(), organization_id=acme["id"], provider="github", external_id="70", path="old/name", path_key="x"
        )
        session.add(known)
        return known.id

    known_id = agnox.store(by_token)
    agnox("installation", "assign", row.id, "--org", "acme")
    known, left = sorted(agnox.all(Repository), key=lambda repository: repository.id != known_id)
    assert (known.installation_id, known.path, known.path_key) == (row.id, "Lucky/Shop", "lucky/shop")
    assert known.removed_at is None
    assert (left.organization_id, left.installation_id) == (row.organization_id, None)
    assert left.removed_at is not None
    (cycle,) = agnox.all(TestCycle)
    assert cycle.repository_id == left.id


def test_a_hook_secret_moves_along(agnox: Agnox) -> None:
    agnox("org", "create", "acme")
    row = agnox.store(lambda session: _covered(session, "hook-secret"))
    agnox("installation", "assign", row.id, "--org", "acme")
    (moved,) = agnox.all(Installation)
    assert HOOK_SECRET.open(Vault(Keyring(KEY)), moved) == "hook-secret"
    moved.organization_id = row.organization_id
    with pytest.raises(Changed):
        HOOK_SECRET.open(Vault(Keyring(KEY)), moved)


def test_a_hook_secret_that_can_not_be_opened_stops_the_move(agnox: Agnox, monkeypatch: pytest.MonkeyPatch) -> None:
    agnox("org", "create", "acme")
    row = agnox.store(lambda session: _covered(session, "hook-secret"))
    monkeypatch.setenv("AGNOX_SECRET_KEYS", new_key())
    assert "not in the key ring" in agnox.refused("installation", "assign", row.id, "--org", "acme")
    (kept,) = agnox.all(Installation)
    assert kept.organization_id == row.organization_id
    assert len(agnox.audit()) == 1


def test_refusals_of_assign(agnox: Agnox) -> None:
    row = agnox.store(_covered)
    assert "agnox installation list" in agnox.refused("installation", "assign", "nonesuch", "--org", "lucky")
    assert "no organization 'nobody'" in agnox.refused("installation", "assign", row.id, "--org", "nobody")
    agnox("installation", "assign", row.id, exit_code=2)


# The vault.


def test_rotation_of_the_vault(agnox: Agnox, monkeypatch: pytest.MonkeyPatch) -> None:
    agnox("org", "create", "acme")
    agnox("integration", "add", "github", "--org", "acme", "--token-stdin", stdin=TOKEN)
    agnox.store(lambda session: _covered(session, "hook-secret"))
    old = KEY.partition(":")[0]
    assert agnox.json("vault", "status") == [{"key": old, "secrets": 2, "state": "newest"}]

    made = agnox.json("vault", "new-key")
    assert agnox("vault", "new-key").stdout.strip() != made["key"]
    monkeypatch.setenv("AGNOX_SECRET_KEYS", f"{made['key']},{KEY}")
    assert agnox.json("vault", "status") == [
        {"key": made["id"], "secrets": 0, "state": "newest"},
        {"key": old, "secrets": 2, "state": "older"},
    ]
    done = agnox("vault", "rotate").stdout
    assert f"2 secrets were sealed anew, with key {made['id']}" in done
    assert f"can be removed from the key ring: {old}." in done
    expected = {"newest": made["id"], "resealed": 0, "unreadable": [], "unused_keys": [old]}
    assert agnox.json("vault", "rotate") == expected
    monkeypatch.setenv("AGNOX_SECRET_KEYS", made["key"])
    (row,) = agnox.all(Integration)
    assert agnox.audit()[2:] == [("vault.rotated", f"2 secrets, key {made['id']}")]
    assert INTEGRATION_TOKEN.open(Vault(Keyring(made["key"])), row) == TOKEN


def test_a_rotation_tells_what_it_could_not_open(agnox: Agnox, monkeypatch: pytest.MonkeyPatch) -> None:
    agnox("org", "create", "acme")
    agnox("integration", "add", "github", "--org", "acme", "--token-stdin", stdin=TOKEN)
    (row,) = agnox.all(Integration)
    lost = KEY.partition(":")[0]
    monkeypatch.setenv("AGNOX_SECRET_KEYS", new_key())
    result = agnox("vault", "rotate", "--format", "json", exit_code=1)
    assert json.loads(result.stdout)["unreadable"][0]["secret"] == f"integration.token of {row.id}"
    assert f"key '{lost}', which is not in the key ring" in result.stderr
    assert agnox.json("vault", "status")[1] == {"key": lost, "secrets": 1, "state": "missing"}


def test_a_key_can_not_be_saved_where_keys_are_given(agnox: Agnox) -> None:
    assert "AGNOX_SECRET_KEYS" in agnox.refused("vault", "new-key", "--save")


def test_an_embedded_instance_from_nothing(settings: Path) -> None:
    """No variable set but the folder: the schema, the key file, a key added to it, and the rotation."""
    agnox = Agnox(f"sqlite:///{settings / 'agnox.db'}")
    assert "agnox db upgrade" in agnox.refused("org", "create", "acme")
    agnox("db", "upgrade")
    agnox("org", "create", "acme")
    agnox("integration", "add", "github", "--org", "acme", "--token-stdin", stdin=TOKEN)
    file = settings / "secret.keys"
    assert file.stat().st_mode & 0o777 == 0o600
    (old,) = Keyring(file.read_text()).ids
    saved = agnox.json("vault", "new-key", "--save")
    assert saved["file"] == str(file)
    assert Keyring(file.read_text()).ids == (saved["id"], old)
    assert agnox.json("vault", "rotate") == {
        "newest": saved["id"],
        "resealed": 1,
        "unreadable": [],
        "unused_keys": [old],
    }
    file.chmod(0o644)
    assert "chmod 600" in agnox.refused("vault", "status")
    assert "chmod 600" in agnox.refused("vault", "new-key", "--save")


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_shared_database_needs_a_given_key(agnox: Agnox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AGNOX_SECRET_KEYS")
    assert "AGNOX_SECRET_KEYS is not set" in agnox.refused("vault", "status")
    assert "AGNOX_SECRET_KEYS" in agnox.refused("vault", "new-key", "--save")


# The schema.


def test_the_schema_comes_and_goes(settings: Path) -> None:
    agnox = Agnox(f"sqlite:///{settings / 'agnox.db'}")
    needed = migrate.revisions()[-1]
    assert "agnox db upgrade" in agnox.refused("db", "check")
    assert agnox.json("db", "upgrade") == {"before": None, "revision": needed}
    assert agnox.json("db", "upgrade") == {"before": needed, "revision": needed}
    assert agnox.json("db", "current") == {"revision": needed, "needed": needed}
    agnox("db", "check")
    assert CliRunner().invoke(_command("db"), ["downgrade", "base"], input="n\n").exit_code == 1
    agnox("db", "check")
    assert agnox.json("db", "downgrade", "base", "--yes") == {"before": needed, "revision": None}
    assert "agnox db upgrade" in agnox.refused("db", "check")
    assert "nonesuch" in agnox.refused("db", "downgrade", "nonesuch", "--yes")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mysql://h/d", "AGNOX_DATABASE_URL"),
        ("rubbish", "AGNOX_DATABASE_URL"),
        ("postgresql://someone:hunter2@127.0.0.1:1/agnox", "can't be used"),
    ],
)
def test_a_database_that_can_not_be_used_is_told(
    settings: Path, monkeypatch: pytest.MonkeyPatch, url: str, told: str
) -> None:
    monkeypatch.setenv("AGNOX_DATABASE_URL", url)
    message = Agnox(url).refused("db", "current")
    assert told in message
    assert "hunter2" not in message
