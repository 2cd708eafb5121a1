"""The defaults of an organization."""

from pathlib import Path

from tests.cli.conftest import Agnox


def test_defaults_are_set_shown_and_removed(agnox: Agnox, tmp_path: Path) -> None:
    agnox.json("org", "create", "acme")
    assert "acme has no defaults of its own" in agnox("org", "policy", "show", "--org", "acme").stdout
    file = tmp_path / "defaults.yml"
    file.write_text("comment: always\n")
    assert "are set" in agnox("org", "policy", "set", str(file), "--org", "acme").stdout
    assert agnox("org", "policy", "show", "--org", "acme").stdout == "comment: always\n"
    agnox("org", "policy", "remove", "--org", "acme")
    assert "no defaults" in agnox("org", "policy", "show", "--org", "acme").stdout
    assert [action for action, _ in agnox.audit()] == ["organization.created", *["organization.policy"] * 2]


def test_mistakes_are_told_with_their_place_and_nothing_is_set(agnox: Agnox, tmp_path: Path) -> None:
    agnox.json("org", "create", "acme")
    file = tmp_path / "defaults.yml"
    file.write_text("version: 1\ncomment: sometimes\n")
    assert f"{file}:2:10: " in agnox.refused("org", "policy", "set", str(file), "--org", "acme")
    assert "no defaults" in agnox("org", "policy", "show", "--org", "acme").stdout
    assert "no organization" in agnox.refused("org", "policy", "show", "--org", "other")
