"""The schema."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.store import migrate
from tests.cli.conftest import Agnox, command_named


def test_the_schema_comes_and_goes(settings: Path) -> None:
    agnox = Agnox(f"sqlite:///{settings / 'agnox.db'}")
    needed = migrate.revisions()[-1]
    assert "agnox db upgrade" in agnox.refused("db", "check")
    assert agnox.json("db", "upgrade") == {"before": None, "revision": needed}
    assert agnox.json("db", "upgrade") == {"before": needed, "revision": needed}
    assert agnox.json("db", "current") == {"revision": needed, "needed": needed}
    agnox("db", "check")
    assert CliRunner().invoke(command_named("db"), ["downgrade", "base"], input="n\n").exit_code == 1
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
