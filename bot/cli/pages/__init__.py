"""Pages of the documentation that are written from the code: `python -m bot.cli.pages FOLDER` writes them."""

from collections.abc import Mapping
from importlib import resources

from bot.cli.pages.commands_page import commands_of_registry
from bot.cli.pages.policy_page import keys_of_policy
from bot.domain.policy.schema import schema_text

SCHEMA = "agnox.schema.json"
"""The JSON Schema of policies, for editors."""

_HEAD = "<!-- Written by `make docs` from {source}: change these instead. -->\n"


def pages() -> Mapping[str, str]:
    """Gives the contents of each page by its name in docs/."""
    commands = _page("commands.md", "bot/commands/ and bot/cli/pages/commands.md", commands_of_registry())
    policy = _page("policy.md", "bot/domain/policy/model.py and bot/cli/pages/policy.md", keys_of_policy())
    return {"commands.md": commands, "policy.md": policy, SCHEMA: schema_text()}


def _page(name: str, source: str, generated: str) -> str:
    """Puts what is generated into the text that people write."""
    text = resources.files(__name__).joinpath(name).read_text(encoding="utf-8")
    before, mark, after = text.partition("<!-- here -->\n")
    if not mark:
        raise ValueError(f"{name} does not say where the rest of it goes")
    return f"{_HEAD.format(source=source)}{before}{generated}{after}"
