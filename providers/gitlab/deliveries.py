"""Deliveries that GitLab lost, found in the logs of its hooks (GitLab REST, Project webhooks, Events; Resend; Test).

GitLab never tries again by itself, and while it has switched a hook off what happens is lost for good.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from providers.errors import Forbidden, NotFound, Rejected
from providers.gitlab.client import Client
from providers.gitlab.hooks import hooks_of
from providers.payloads import Json, child, items, word
from providers.runs import Resent

AT_ONCE = 5
"""Resends a minute, for a project and user (GitLab Docs, Rate limits)."""
_PAGES = 25
_PER_PAGE = 20
"""More are not given at once (GitLab REST, Project webhooks, Events)."""
_KEYS = ("webhook-id", "idempotency-key")
_JOB = "Job Hook"
_OFF = ("disabled", "temporarily_disabled")


async def resend_missed(client: Client, place: str, url: str, since: datetime) -> Resent:
    """The newest go first. More than `AT_ONCE` at a time GitLab does not take; the rest are for the next call."""
    target, there = await hooks_of(client, place, url)
    problems: list[str] = []
    lost: list[str] = []
    for hook in there:
        path = f"{target}/{word(hook, 'id')}"
        if word(hook, "alert_status") in _OFF:
            problem = await _switch_on(client, path)
            if problem:
                problems.append(problem)
                continue
        try:
            log = await _log(client, f"{path}/events", since)
        except (NotFound, Forbidden):
            problems.append("GitLab does not show us what its hook delivered")
            continue
        lost += [f"{path}/events/{each}/resend" for each in _missed(log, since)]
    count = 0
    for resend in lost[:AT_ONCE]:
        try:
            await client.post(resend, {})
        except (NotFound, Rejected) as error:
            problems.append(f"one could not be sent again: {error}")
        else:
            count += 1
    if len(lost) > AT_ONCE:
        problems.append(f"{len(lost) - AT_ONCE} more are left, since GitLab sends {AT_ONCE} a minute again")
    return Resent(count, "; ".join(dict.fromkeys(problems)))


async def _log(client: Client, path: str, since: datetime) -> list[Json]:
    """Reads back to `since`, the newest first."""
    found: list[Json] = []
    for page in range(1, _PAGES + 1):
        read = items(await client.get(path, {"page": page, "per_page": _PER_PAGE}))
        found += read
        if len(read) < _PER_PAGE or _before(read[-1], since):
            break
    return found


def _missed(log: Sequence[Json], since: datetime) -> list[str]:
    """Gives the newest try of each delivery that was never taken, newest first."""
    tries: dict[str, Json] = {}
    taken: set[str] = set()
    for each in log:
        headers = _headers(each, "request_headers")
        if headers.get("x-gitlab-event") == _JOB:
            # There are many, and what they tell is asked after anyway: they must not come before all others.
            continue
        key = next((headers[name] for name in _KEYS if headers.get(name)), "") or f"try {word(each, 'id')}"
        if word(each, "response_status")[:1] == "2":
            taken.add(key)
        elif word(each, "id") and not _before(each, since):
            tries.setdefault(key, each)
    return [word(each, "id") for key, each in tries.items() if key not in taken]


def _before(each: Json, since: datetime) -> bool:
    """Old versions do not say when; then it is within the seven days that GitLab remembers."""
    sent = _headers(each, "request_headers").get("webhook-timestamp", "")
    if sent.isascii() and sent.isdecimal() and len(sent) < 12:
        return datetime.fromtimestamp(int(sent), UTC) < since
    try:
        return parsedate_to_datetime(_headers(each, "response_headers").get("date", "")) < since
    except (ValueError, TypeError):
        return False


def _headers(each: Json, name: str) -> dict[str, str]:
    """Header names come in any case, and values of responses in lists."""
    found = child(each, name)
    return {key.lower(): str(value[0] if isinstance(value, list) and value else value) for key, value in found.items()}


async def _switch_on(client: Client, path: str) -> str:
    """A test that we take switches a hook on again (GitLab Docs, Auto-disabled webhooks); gives why it did not."""
    try:
        await client.post(f"{path}/test/push_events", {})
    except (NotFound, Forbidden, Rejected) as error:
        return f"GitLab has switched the hook off, and a test did not switch it on: {error}"
    return ""
