"""The pages of the documentation that are written from the code are current: `make docs` writes them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli.pages import SCHEMA, pages
from bot.commands.registry import DEFINITIONS, KNOWN
from bot.domain.commands import read_commands

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", sorted(pages()))
def test_a_page_is_current(name: str) -> None:
    assert DOCS.joinpath(name).read_text(encoding="utf-8") == pages()[name], "run `make docs`"


def test_the_command_writes_all_pages(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "bot.cli.pages", str(tmp_path)], check=True, timeout=60)
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == pages()
    assert SCHEMA in pages()


def test_every_command_says_what_it_is() -> None:
    assert len(KNOWN) == sum(1 + len(one.aliases) for one in DEFINITIONS)
    for one in DEFINITIONS:
        assert one.usage.split()[0] == one.name
        assert re.fullmatch(r"[A-Z].*\.", one.about)
        assert f"### `{one.name}`" in pages()["commands.md"]


@pytest.mark.parametrize(("name", "line"), [(one.name, line) for one in DEFINITIONS for line, _ in one.examples])
def test_every_example_is_a_command_of_its_kind(name: str, line: str) -> None:
    (command,) = read_commands(f"/agnox {line}")
    assert command.name == name
    assert read_commands(str(command)) == (command,)
