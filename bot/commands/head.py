"""What stands on the head that a command is about, and which cause somebody means."""

import re
from collections.abc import Sequence
from difflib import get_close_matches

from bot.commands.definition import Request
from bot.domain.globs import text_glob
from bot.store.publications import executions_of
from bot.usecases.compose_report import compose_report
from bot.usecases.errors import Invalid, Missing
from bot.usecases.excuse_failures import read_rules, with_policy
from providers.causes import worst_first
from providers.report import Finding, Report

_NUMBER = re.compile(r"#?([0-9]{1,4})", re.ASCII)
_FINGERPRINT = re.compile(r"[0-9a-f]{6,64}", re.ASCII)
_SHOWN = 5
"""Causes that are named where several are meant."""
_TRIED = 100
"""Tests of a cause that are looked at for what was meant."""
_LEVELS = re.compile(r"::|[./#>\\]")
_LONG = 80


async def read_head(request: Request) -> Report:
    """Reads what is known of the head, as the report tells it."""
    told = await executions_of(
        request.session,
        pull_request_id=request.pull.id,
        repository_id=request.repository.id,
        head_sha=request.pull.head_sha,
    )
    rules = await read_rules(request.session, request.services, request.repository.id, request.pull.id)
    rules = with_policy(rules, request.policy)
    return compose_report(request.pull.head_sha, told, request.services.public_url, rules)


def causes_of(report: Report) -> Sequence[Finding]:
    """Gives the causes by the numbers that they have in the comment, from 1."""
    return worst_first(report.findings)


def meant(causes: Sequence[Finding], word: str) -> Sequence[Finding]:
    """Finds the causes that a word means: a number in the report, the start of a fingerprint, a test or a title.

    Tests and titles may be patterns with `*` and `?`, or a part that only one cause has. Raises Missing that names
    what is near.
    """
    number = _NUMBER.fullmatch(word)
    if number is not None and 1 <= int(number[1]) <= len(causes):
        return (causes[int(number[1]) - 1],)
    if not causes:
        raise Missing("nothing failed on this head")
    low = word.lower()
    if _FINGERPRINT.fullmatch(low):
        found = [cause for cause in causes if cause.fingerprint.startswith(low)]
        if found:
            return found
    glob = text_glob(low)
    for fits in (lambda name: name == low, glob.matches, lambda name: low in name):
        found = [cause for cause in causes if any(fits(name.lower()) for name in (cause.title, *cause.tests))]
        if found:
            return found
    raise Missing(_none(causes, word, number is not None))


def only(causes: Sequence[Finding], word: str) -> Finding:
    """Finds the one cause that a word means. Raises Missing, and Invalid where it means several."""
    found = meant(causes, word)
    if len(found) > 1:
        named = "; ".join(f"{causes.index(cause) + 1} {short(cause)}" for cause in found[:_SHOWN])
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise Invalid(f"`{word[:_LONG]}` means {len(found)} causes, so give a number: {named}{more}")
    return found[0]


def short(cause: Finding) -> str:
    """Names a cause in a line."""
    title = " ".join(cause.title.split())
    return title if len(title) <= _LONG else f"{title[: _LONG - 1]}…"


def _none(causes: Sequence[Finding], word: str, is_number: bool) -> str:
    if is_number:
        return f"there is no cause {word}: the report has {len(causes)}"
    names = {name.lower(): name for cause in causes for name in (cause.title, *cause.tests[:_TRIED])}
    # People write a test without the file and the class that it is in.
    names |= {_LEVELS.split(name)[-1].strip(): names[name] for name in tuple(names)}
    near = get_close_matches(word.lower(), names, n=1)
    hint = f", did you mean `{names[near[0]][:_LONG]}`?" if near else ": a number of the report will do"
    return f"no cause and no failing test is called `{word[:_LONG]}`{hint}"
