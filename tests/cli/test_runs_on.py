"""`agnox project runs-on`, and the labels of workers."""

import pytest
from click.testing import CliRunner

from bot.cli import worker
from bot.store.models import Project
from tests.cli.conftest import Agnox

HERE = ("project", "runs-on", "shop", "--org", "acme")


@pytest.fixture
def shop(agnox: Agnox) -> Agnox:
    agnox.json("org", "create", "acme")
    agnox.json("project", "create", "--org", "acme", "shop")
    return agnox


def test_what_is_not_given_stays(shop: Agnox) -> None:
    assert shop.json(*HERE, "--executor", "docker", "--label", "Linux,gpu")["labels"] == "gpu,linux"
    assert shop.json(*HERE)["executor"] == "docker"
    assert shop.json(*HERE, "--no-labels")["labels"] == ""
    assert shop.json(*HERE, "--executor", "auto")["executor"] == "auto"
    (row,) = shop.all(Project)
    assert (row.executor, row.labels) == ("", "")
    assert [name for name, _ in shop.audit()][-4:] == ["project.placed"] * 4


def test_what_can_not_be(shop: Agnox) -> None:
    assert "there is no executor 'podman'" in shop.refused(*HERE, "--executor", "podman")
    assert "is no label" in shop.refused(*HERE, "--label", "a b")
    assert "has no project" in shop.refused("project", "runs-on", "other", "--org", "acme")
    assert "--label or --no-labels" in shop(*HERE, "--label", "a", "--no-labels", exit_code=2).stderr


def test_a_workers_label_is_a_word() -> None:
    result = CliRunner().invoke(worker.command, ["--label", "executor:docker"])
    assert result.exit_code == 2 and "is no label" in result.output
