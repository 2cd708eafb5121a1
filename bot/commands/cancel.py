"""`/agnox cancel`: what runs on the head is stopped."""

from bot.commands.definition import Definition, Outcome, Request
from bot.usecases.cancel import cancel_head


async def _cancel(request: Request) -> Outcome:
    if request.command.arguments:
        raise request.wrong
    pull = request.pull
    stopped = await cancel_head(
        request.session, request.services, request.repository, pull.number, pull.head_sha, request.actor
    )
    told = ", ".join(f"{name}: is stopped" for name in stopped)
    return Outcome(told or f"nothing runs on {pull.head_sha[:7]}", done=bool(stopped))


CANCEL = Definition(
    name="cancel",
    usage="cancel",
    about="Stops the tests of the current head that run or wait to run.",
    do=_cancel,
)
