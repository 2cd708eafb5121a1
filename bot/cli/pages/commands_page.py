"""The commands as markdown, from their definitions."""

from collections.abc import Iterator

from bot.commands.definition import Definition
from bot.commands.registry import DEFINITIONS


def commands_of_registry() -> str:
    """Gives a table of all commands, and a section of each that there is more to say of."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield from ("| command | what it does | who may |", "| --- | --- | --- |")
    for one in DEFINITIONS:
        who = one.least.name.lower() if one.least else "by the policy"
        yield f"| {_usage(one)} | {_cell(one.about)} | {who} |"
    for one in DEFINITIONS:
        yield from ("", *_section(one))
    yield ""


def _section(one: Definition) -> Iterator[str]:
    yield from (f"### `{one.name}`", "", f"{_usage(one, cell=False)}", "")
    yield one.about
    if one.details:
        yield one.details
    if one.least:
        yield f"For {one.who}."
    if one.aliases:
        yield f"Also called {', '.join(f'`{alias}`' for alias in one.aliases)}."
    if one.examples:
        yield from ("", "| example | |", "| --- | --- |")
    for line, meaning in one.examples:
        yield f"| `{_cell(f'/agnox {line}')}` | {_cell(meaning)} |"


def _usage(one: Definition, *, cell: bool = True) -> str:
    text = f"/agnox {one.usage}"
    return f"`{_cell(text) if cell else text}`"


def _cell(text: str) -> str:
    """A bar ends a cell, even in code."""
    return text.replace("|", "\\|")
