"""An installation that is assigned to another organization."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import new_id
from bot.store.models import (
    AuditEntry,
    Installation,
    Publication,
    PullRequest,
    Repository,
    TestCycle,
)
from bot.store.sealed import HOOK_SECRET
from bot.store.vault import Changed, Keyring, Vault, new_key
from tests.cli.conftest import KEY, Agnox, covered


def test_an_installation_is_assigned_with_its_repositories(agnox: Agnox) -> None:
    acme = agnox.json("org", "create", "acme")
    row = agnox.store(covered)
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
    row = agnox.store(covered)
    agnox("installation", "assign", row.id, "--org", "lucky")
    (cycle,) = agnox.all(TestCycle)
    assert cycle.repository_id is not None
    assert agnox.audit() == []


def test_a_repository_that_the_new_owner_has_by_token_stays_one(agnox: Agnox) -> None:
    acme = agnox.json("org", "create", "acme")
    row = agnox.store(covered)

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
    row = agnox.store(lambda session: covered(session, "hook-secret"))
    agnox("installation", "assign", row.id, "--org", "acme")
    (moved,) = agnox.all(Installation)
    assert HOOK_SECRET.open(Vault(Keyring(KEY)), moved) == "hook-secret"
    moved.organization_id = row.organization_id
    with pytest.raises(Changed):
        HOOK_SECRET.open(Vault(Keyring(KEY)), moved)


def test_a_hook_secret_that_can_not_be_opened_stops_the_move(agnox: Agnox, monkeypatch: pytest.MonkeyPatch) -> None:
    agnox("org", "create", "acme")
    row = agnox.store(lambda session: covered(session, "hook-secret"))
    monkeypatch.setenv("AGNOX_SECRET_KEYS", new_key())
    assert "not in the key ring" in agnox.refused("installation", "assign", row.id, "--org", "acme")
    (kept,) = agnox.all(Installation)
    assert kept.organization_id == row.organization_id
    assert len(agnox.audit()) == 1


def test_refusals_of_assign(agnox: Agnox) -> None:
    row = agnox.store(covered)
    assert "agnox installation list" in agnox.refused("installation", "assign", "nonesuch", "--org", "lucky")
    assert "no organization 'nobody'" in agnox.refused("installation", "assign", row.id, "--org", "nobody")
    agnox("installation", "assign", row.id, exit_code=2)
