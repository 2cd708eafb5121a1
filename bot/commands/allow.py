"""`/agnox allow`: a maintainer lets the head of a fork run."""

import re

from bot.commands.definition import Definition, Outcome, Request
from bot.store.hosting import audit
from bot.usecases.errors import Conflict, Invalid
from bot.usecases.policy_tests import enqueue_pull_tests
from providers.values import Permission

_SHA = re.compile(r"[0-9a-f]{7,64}", re.ASCII)


async def _allow(request: Request) -> Outcome:
    pull, named = request.pull, request.at_most_one().lower()
    if named and not _SHA.fullmatch(named):
        raise Invalid(f"`{named[:80]}` is no commit: `/agnox allow {pull.head_sha[:7]}` would name the head")
    if not pull.from_fork:
        return Outcome("nothing to allow: it does not come from a fork")
    if not pull.head_sha.startswith(named):
        raise Conflict(f"the head is {pull.head_sha[:7]} by now: look at it, then say `/agnox allow` again")
    # Between the look at a head and the word for it another may have been pushed, and it takes little to make one
    # whose name begins as wanted: only the whole name is proof by itself.
    if named != pull.head_sha:
        _demand_seen(request)
    pull.allowed_sha, pull.allowed_by = pull.head_sha, request.account.login
    audit(request.session, pull.organization_id, request.actor, "head.allowed", f"{pull.id}: {pull.head_sha}")
    await enqueue_pull_tests(request.session, request.services, pull)
    return Outcome(f"{pull.head_sha[:7]} may run, and no later head")


def _demand_seen(request: Request) -> None:
    """Raises Conflict where the head may be another than its author looked at."""
    pull, written = request.pull, request.written_at
    head = pull.head_sha[:7]
    if not request.seen_sha:
        raise Conflict(f"this pull request is new to us: look at its head, {head}, then say `/agnox allow` again")
    # Hosts tell whole seconds: what may be at once is no proof.
    late = written is not None and pull.head_at is not None and written <= pull.head_at
    if request.seen_sha != pull.head_sha or late:
        raise Conflict(f"{head} came while your comment was on its way: look at it, then say `/agnox allow` again")


ALLOW = Definition(
    name="allow",
    usage="allow [COMMIT]",
    about="Lets the current head of a pull request from a fork run on our testing nodes, and no later one.",
    do=_allow,
    examples=(("allow", "the head as it is now"), ("allow a1b2c3d", "only if this is still the head")),
    details="It takes the head that we knew of when your comment was written, and nothing if that is not the head any "
    "more; to be sure that it is what you looked at, name the commit, best by its whole name: that alone holds for a "
    "head however new it is. After a push it has to be said again.",
    least=Permission.MAINTAIN,
)
