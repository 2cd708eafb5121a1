"""`/agnox unignore`: a cause counts again on the pull request."""

from bot.commands.definition import Definition, Outcome, Request
from bot.commands.head import causes_of, only, read_head, short
from bot.store.commands import drop_ignored, ignored_on
from bot.store.hosting import audit
from bot.usecases.errors import Missing
from providers.report import Finding


async def _unignore(request: Request) -> Outcome:
    word = request.at_most_one()
    if not word:
        raise request.wrong
    session, pull = request.session, request.pull
    rows = {row.fingerprint: row for row in await ignored_on(session, pull)}
    if not rows:
        raise Missing("nothing is ignored on this pull request")
    shown = causes_of(await read_head(request))
    # What is ignored may not have failed on this head; then it has no number.
    gone = [
        Finding(row.title, fingerprint=row.fingerprint)
        for row in rows.values()
        if row.fingerprint not in {cause.fingerprint for cause in shown}
    ]
    cause = only([*shown, *gone], word)
    row = rows.get(cause.fingerprint)
    if row is None:
        raise Missing(f"{short(cause)}: is not ignored on this pull request")
    await drop_ignored(session, row)
    audit(session, pull.organization_id, request.actor, "finding.heeded", f"{pull.id}: {cause.fingerprint}")
    return Outcome(f"{short(cause)}: counts again on this pull request")


UNIGNORE = Definition(
    name="unignore",
    usage="unignore NUMBER|TITLE|TEST",
    about="Takes an `ignore` back.",
    do=_unignore,
)
