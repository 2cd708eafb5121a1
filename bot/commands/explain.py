"""`/agnox explain`: a cause with all that is known of it."""

from bot.commands.definition import Definition, Outcome, Request
from bot.commands.head import causes_of, meant, read_head, short
from providers.text import plural

MOST = 5
"""Causes that are told in full at once."""


async def _explain(request: Request) -> Outcome:
    word = request.at_most_one()
    causes = causes_of(await read_head(request))
    if not causes and not word:
        return Outcome("nothing failed on this head, so there is nothing to explain")
    found = meant(causes, word) if word else causes
    told = [cause for cause in found if cause.fingerprint]
    if not told:
        return Outcome(f"nothing more is known of {', '.join(map(short, found[:MOST]))}", done=False)
    words = short(told[0]) if len(told) == 1 else plural(len(told), "cause")
    rest = f", of which the first {MOST} are told" if len(told) > MOST else ""
    return Outcome(f"{words}{rest}", findings=tuple(cause.fingerprint for cause in told[:MOST]))


EXPLAIN = Definition(
    name="explain",
    usage="explain [NUMBER|TEST]",
    about="Shows all lines of evidence and all tests of a cause, folded; without a name, of each cause.",
    do=_explain,
    examples=(
        ("explain 2", "the second cause of the report"),
        ("explain test_refund", "the cause that this test fails of"),
    ),
)
