"""`/agnox quarantine`: the failures of a test fail no check for a while."""

from datetime import timedelta

from bot.commands.definition import Definition, Outcome, Request
from bot.domain.deadline import ACCEPTED, read_deadline
from bot.usecases.errors import Invalid
from bot.usecases.quarantine import put

DAYS = 14
"""How long a test is in quarantine if nobody says how long: what is forgotten there hides failures."""


async def _quarantine(request: Request) -> Outcome:
    if not request.command.arguments:
        raise request.wrong
    test, *words = request.command.arguments
    now = request.services.clock()
    if words and words[0].lower() not in ("for", "until"):
        raise Invalid(f"after the name of the test, which has quotation marks if it has spaces, may stand {ACCEPTED}")
    try:
        until = read_deadline(words, now) if words else now + timedelta(days=DAYS)
    except ValueError as error:
        raise Invalid(str(error)) from None
    by, reason = request.account.login, request.command.reason
    return Outcome(
        await put(request.session, request.services, request.repository, test, by=by, until=until, reason=reason)
    )


QUARANTINE = Definition(
    name="quarantine",
    usage="quarantine TEST [for 14d|until DATE] [because ...]",
    about=f"Lets the failures of a test fail no check of the repository, for {DAYS} days unless you say how long.",
    do=_quarantine,
    examples=(
        ("quarantine checkout/test_pay.py::test_refund because the sandbox is down", f"for {DAYS} days"),
        ('quarantine "pays with a voucher" for 2w', "a name with spaces, for two weeks"),
        ("quarantine checkout/* until 2026-12-24", "all tests that fit the pattern, to the end of that day (UTC)"),
    ),
    details="A time is a number and a unit (`90m`, `12h`, `14d`, `2w`) or a day, of at most a year. It holds for all "
    "pull requests of the repository; its failures are told, apart from the others. [quarantine.md](quarantine.md) "
    "says how tests get there, and out again, by themselves.",
)
