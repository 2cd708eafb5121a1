"""The commands there are."""

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

from bot.commands.allow import ALLOW
from bot.commands.cancel import CANCEL
from bot.commands.config import CONFIG
from bot.commands.definition import Definition
from bot.commands.explain import EXPLAIN
from bot.commands.help import HELP
from bot.commands.ignore import IGNORE
from bot.commands.quarantine import QUARANTINE
from bot.commands.rerun import RERUN
from bot.commands.status import STATUS
from bot.commands.unignore import UNIGNORE
from bot.commands.unquarantine import UNQUARANTINE

DEFINITIONS = (
    HELP,
    RERUN,
    STATUS,
    EXPLAIN,
    CANCEL,
    QUARANTINE,
    UNQUARANTINE,
    IGNORE,
    UNIGNORE,
    ALLOW,
    CONFIG,
)
"""In the order in which they are shown."""
KNOWN: Mapping[str, Definition] = MappingProxyType(
    {name: definition for definition in DEFINITIONS for name in (definition.name, *definition.aliases)}
)

_LIKE = 0.74
"""How much of a name has to be right for it to be taken for one."""


def unknown(name: str) -> str:
    """Says that there is no such command, and which was meant."""
    if not name:
        return "what may I do? `/agnox help` lists the commands"
    near = [known for known in KNOWN if known.startswith(name)] or get_close_matches(name, KNOWN, n=1, cutoff=_LIKE)
    hint = f"did you mean `{KNOWN[near[0]].name}`? " if near else ""
    return f"there is no such command: {hint}`/agnox help` lists them"
