"""`agnox project rerun-hook`."""

import pytest

from bot.store.models import Project
from tests.cli.conftest import Agnox

HOOK = ("project", "rerun-hook", "shop", "--org", "acme")
URL = "https://ci.example.com/job/rerun?token=x"


@pytest.fixture
def shop(agnox: Agnox) -> Agnox:
    agnox.json("org", "create", "acme")
    agnox.json("project", "create", "--org", "acme", "shop")
    return agnox


def test_a_secret_is_made_and_shown_once(shop: Agnox) -> None:
    made = shop.json(*HOOK, "--url", URL)
    (row,) = shop.all(Project)
    assert (row.rerun_url, made["rerun_url"]) == (URL, URL)
    assert row.rerun_secret is not None and made["secret"].encode() not in row.rerun_secret
    assert "secret" not in shop.json(*HOOK, "--url", URL, "--secret-stdin", stdin="a secret of my own\n")
    assert shop.json(*HOOK, "--remove")["rerun_url"] == ""
    (row,) = shop.all(Project)
    assert (row.rerun_url, row.rerun_secret) == ("", None)
    names = [name for name, _ in shop.audit()][-3:]
    assert names == ["project.rerun_hook_set", "project.rerun_hook_set", "project.rerun_hook_removed"]


def test_what_can_not_be(shop: Agnox) -> None:
    assert "not encrypted" in shop.refused(*HOOK, "--url", "http://ci.example.com")
    assert shop.json(*HOOK, "--url", "http://ci.internal/x", "--plain")["rerun_url"] == "http://ci.internal/x"
    assert "has no project" in shop.refused("project", "rerun-hook", "other", "--org", "acme", "--url", URL)
    assert "16 to" in shop.refused(*HOOK, "--url", URL, "--secret-stdin", stdin="short")
    for wrong in ((), ("--url", URL, "--remove")):
        assert "--url or --remove" in shop(*HOOK, *wrong, exit_code=2).stderr
