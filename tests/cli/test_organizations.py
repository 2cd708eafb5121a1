"""Organizations, their projects and API keys."""

import asyncio
import json
from datetime import UTC, datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store import keys
from bot.store.database import Database
from bot.store.models import (
    ApiKey,
    Organization,
)
from tests.cli.conftest import Agnox


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
