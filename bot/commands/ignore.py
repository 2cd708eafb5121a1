"""`/agnox ignore`: a cause has nothing to do with the pull request."""

from bot.commands.definition import Definition, Outcome, Request
from bot.commands.head import causes_of, only, read_head, short
from bot.store.commands import add_ignored, ignored_on
from bot.store.hosting import audit
from bot.usecases.errors import Invalid


async def _ignore(request: Request) -> Outcome:
    word = request.at_most_one()
    if not word:
        raise request.wrong
    cause = only(causes_of(await read_head(request)), word)
    if not cause.fingerprint:
        raise Invalid(f"{short(cause)}: it can't be known again, so it can't be ignored")
    session, pull = request.session, request.pull
    if cause.fingerprint in {row.fingerprint for row in await ignored_on(session, pull)}:
        return Outcome(f"{short(cause)}: is ignored on this pull request already")
    await add_ignored(session, pull, cause.fingerprint, cause.title, request.account.login)
    audit(session, pull.organization_id, request.actor, "finding.ignored", f"{pull.id}: {cause.fingerprint}")
    return Outcome(f"{short(cause)}: fails no check of this pull request any more")


IGNORE = Definition(
    name="ignore",
    usage="ignore NUMBER|TITLE|TEST",
    about="Says that a cause has nothing to do with this pull request: here it fails no check any more.",
    do=_ignore,
    examples=(
        ("ignore 2", "the second cause of the report"),
        ('ignore "TimeoutError*"', "the only cause whose title fits the pattern"),
    ),
    details="It is known again by its fingerprint on later heads of the pull request too, whatever its number is then.",
)
