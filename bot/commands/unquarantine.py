"""`/agnox unquarantine`: the failures of a test count again."""

from bot.commands.definition import Definition, Outcome, Request
from bot.usecases.quarantine import lift


async def _unquarantine(request: Request) -> Outcome:
    test = request.at_most_one()
    if not test:
        raise request.wrong
    return Outcome(await lift(request.session, request.services, request.repository, test, by=request.account.login))


UNQUARANTINE = Definition(
    name="unquarantine",
    usage="unquarantine TEST",
    about="Takes a test, or a pattern, out of quarantine by the name it was put in with.",
    do=_unquarantine,
    examples=(('unquarantine "pays with a voucher"', "its failures count again"),),
)
