"""`/agnox help`: which commands there are, or how one is used."""

from difflib import get_close_matches

from bot.commands.definition import Definition, Outcome, Request
from bot.usecases.errors import Missing


async def _help(request: Request) -> Outcome:
    wanted = request.at_most_one().removeprefix("/agnox").lower()
    if not wanted:
        return Outcome("\n".join(f"`/agnox {one.usage}` — {one.about}" for one in _all(request)))
    one = request.known.get(wanted)
    if one is None:
        near = get_close_matches(wanted, request.known, n=1)
        hint = f", did you mean `{near[0]}`?" if near else ""
        raise Missing(f"there is no command `{wanted}`{hint}")
    examples = (f"`/agnox {line}` — {meaning}" for line, meaning in one.examples)
    return Outcome("\n".join((f"`/agnox {one.usage}` — {one.about}", f"For {one.who}.", *examples)))


def _all(request: Request) -> list[Definition]:
    return list({one.name: one for one in request.known.values()}.values())


HELP = Definition(
    name="help",
    usage="help [COMMAND]",
    about="Lists the commands, or says how one of them is used.",
    do=_help,
    examples=(("help rerun", "how `rerun` is used"),),
)
