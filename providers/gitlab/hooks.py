"""Webhooks of projects and groups that bring us their events (GitLab REST, Project webhooks; Group webhooks)."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from providers.errors import NotFound, ProviderError, Rejected
from providers.gitlab.client import Client, place
from providers.gitlab.webhooks import SIGNING
from providers.payloads import Json, child, word
from providers.values import Hook

_NO_SIGNING = (
    "this GitLab does not know signing tokens (they came with version 19.0) or has them switched off: "
    "give the hook a plain secret token"
)
_EVENTS = {
    "merge_requests_events": True,
    "note_events": True,
    "pipeline_events": True,
    "confidential_note_events": False,
    "enable_ssl_verification": True,
}
_PROBLEMS = {
    "temporarily_disabled": "GitLab sends nothing until {until}, since deliveries failed",
    "disabled": "GitLab has disabled it, since deliveries failed; a successful test on its page enables it",
}


async def ensure_hooks(client: Client, place: str, url: str, secret: str) -> Sequence[Hook]:
    """Makes our hook on a project or group, or brings the one that leads to `url` up to date.

    Raises Rejected when it would not sign: with its flag `webhook_signing_token` off, GitLab passes over such a token.
    """
    target, options = await _target(client, place)
    there = await _leading(client, target, url)
    signing = secret.startswith(SIGNING)
    if signing and any("signing_token_present" not in hook for hook in there):
        raise Rejected(_NO_SIGNING)
    body = {"url": url, **_EVENTS, **options, **({"signing_token": secret} if signing else {"token": secret})}
    if not there:
        made = child(await client.post(target, body))
        if signing and not _signs(made):
            # Nothing would prove its deliveries.
            with suppress(ProviderError):
                await _delete(client, target, made)
            raise Rejected(_NO_SIGNING)
        return (_hook(made),)
    kept, *duplicates = there
    for duplicate in duplicates:
        await _delete(client, target, duplicate)
    ours = f"{target}/{word(kept, 'id')}"
    changed = child(await client.put(ours, body))
    if signing and not _signs(changed):
        raise Rejected(_NO_SIGNING)
    if signing and changed.get("token_present") is not False:
        # A token in the clear proves less and would go on being sent.
        changed = child(await client.put(ours, body | {"token": ""}))
    return (_hook(changed),)


async def hooks(client: Client, place: str, url: str) -> Sequence[Hook]:
    target, _ = await _target(client, place)
    return [_hook(each) for each in await _leading(client, target, url)]


async def remove_hooks(client: Client, place: str, url: str) -> None:
    target, _ = await _target(client, place)
    for each in await _leading(client, target, url):
        await _delete(client, target, each)


async def hooks_of(client: Client, place: str, url: str) -> tuple[str, list[Json]]:
    """Gives the address of a place's hooks, and those that lead to `url` as GitLab tells of them."""
    target, _ = await _target(client, place)
    return target, await _leading(client, target, url)


async def _target(client: Client, where: str) -> tuple[str, dict[str, Any]]:
    """Finds out what `where` is; gives the address of its hooks and what is special to it.

    A project's pushes are asked for on its default branch only; those of a group all come, since its projects may have
    different ones.
    """
    name = where.strip().strip("/")
    if not name:
        raise Rejected("name a project (GROUP/PROJECT or its numeric id) or a group")
    try:
        found = child(await client.get(place("projects", name)))
    except NotFound:
        return await _group(client, name), {"push_events": True}
    branch = word(found, "default_branch")
    pushes = {"push_events": True, "push_events_branch_filter": branch} if branch else {"push_events": False}
    return place("projects", word(found, "id") or name, "hooks"), pushes


async def _group(client: Client, name: str) -> str:
    try:
        target = place("groups", name, "hooks")
        await client.get(target, {"per_page": 1})
    except NotFound as error:
        raise Rejected(
            f"{name[:100]!r} is neither a project nor a group with webhooks that our token may see; "
            "webhooks of groups need GitLab Premium or Ultimate"
        ) from error
    return target


async def _leading(client: Client, target: str, url: str) -> list[Json]:
    found = await client.pages(target)
    return [each for each in found if word(each, "url") == url and word(each, "id")]


async def _delete(client: Client, target: str, hook: Json) -> None:
    try:
        await client.delete(f"{target}/{word(hook, 'id')}")
    except NotFound:
        return


def _signs(hook: Json) -> bool:
    return hook.get("signing_token_present") is True


def _hook(data: Json) -> Hook:
    status = word(data, "alert_status")
    problem = _PROBLEMS.get(status, "").format(until=word(data, "disabled_until") or "later")
    events = sorted(
        name.removesuffix("_events") for name, on in data.items() if name.endswith("_events") and on is True
    )
    return Hook(word(data, "id"), word(data, "url"), tuple(events), active=not problem, problem=problem)
