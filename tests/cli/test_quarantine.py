"""Tests in quarantine, from the command line."""

from click.testing import CliRunner, Result
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cli.administration import actor
from bot.cli.quarantine import command
from bot.store.models import Job, Quarantined
from tests.cli.conftest import Agnox, covered

WHERE = ("--org", "lucky", "--repository", "lucky/shop")


def quarantine(*arguments: str, exit_code: int = 0) -> Result:
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == exit_code, result.output
    return result


def test_a_test_goes_in_and_out(agnox: Agnox) -> None:
    agnox.store(covered)
    assert quarantine("list", *WHERE).stdout == "No tests are in quarantine.\n"
    said = quarantine("add", "test_pay*", *WHERE, "--because", "waits for the new prices").stdout
    assert "test_pay* is in quarantine until " in said
    (row,) = agnox.all(Quarantined)
    assert (row.by, row.reason, row.automatic) == (actor(), "waits for the new prices", False)
    assert [job.function for job in agnox.all(Job)] == ["tell_excused"] * 2, "now, and when it ends"
    assert "waits for the new prices" in quarantine("list", *WHERE).stdout

    assert "test_pay* is out of quarantine" in quarantine("lift", "test_pay*", *WHERE).stdout
    assert quarantine("list", *WHERE).stdout == "No tests are in quarantine.\n"
    assert actor() in quarantine("list", *WHERE, "--all").stdout
    assert [action for action, _ in agnox.audit()] == ["quarantine.put", "quarantine.lifted"]


def test_what_is_over_is_not_listed(agnox: Agnox) -> None:
    agnox.store(covered)
    quarantine("add", "test_pay", *WHERE, "--until", "2999-01-01", exit_code=1)
    quarantine("add", "test_pay", *WHERE, "--forever")
    assert agnox.all(Quarantined)[0].until is None

    async def end(session: AsyncSession) -> None:
        await session.execute(update(Quarantined).values(until=row.created_at))

    (row,) = agnox.all(Quarantined)
    agnox.store(end)
    assert quarantine("list", *WHERE).stdout == "No tests are in quarantine.\n"
    assert "its time" in quarantine("list", *WHERE, "--all").stdout


def test_what_can_not_be_done_is_said(agnox: Agnox) -> None:
    agnox.store(covered)
    for arguments, words in {
        ("add", "*", *WHERE): "name a test, or a pattern that does not match every test",
        ("add", "x", *WHERE, "--for", "ever"): "is no time",
        ("add", "x", "--org", "lucky", "--repository", "lucky/none"): "lucky has no repository 'lucky/none'",
        ("add", "x", "--org", "lucky", "--repository", "gitlab:lucky/shop"): "has no repository",
        ("lift", "x", *WHERE): "x was not put into quarantine",
        ("list", "--org", "other", "--repository", "lucky/shop"): "there is no organization 'other'",
    }.items():
        assert words in quarantine(*arguments, exit_code=1).stderr
    assert "Give either" in quarantine("add", "x", *WHERE, "--forever", "--until", "2026-12-01", exit_code=2).stderr
    assert "is in quarantine" in quarantine("add", "x", "--org", "lucky", "--repository", "github:Lucky/Shop").stdout
