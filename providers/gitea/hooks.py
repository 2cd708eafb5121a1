"""Webhooks of repositories that bring us their events (Gitea API, repoCreateHook)."""

from collections.abc import Sequence

from providers.errors import NotFound, Rejected
from providers.gitea.client import Client, place, repo
from providers.payloads import Json, child, word
from providers.values import Hook, Repository

# `pull_request` would bring labels, assignments and reviews too; comments on pull requests are no `issue_comment`.
_ASKED = ("pull_request_only", "pull_request_sync", "pull_request_comment")
_HEARD = frozenset({"pull_request", "pull_request_sync", "pull_request_comment"})


async def ensure_hooks(client: Client, place: str, url: str, secret: str) -> Sequence[Hook]:
    """Makes our hook on a repository anew: the secret of an old one can neither be seen nor changed.

    The old ones go last, so that a refusal leaves them.
    """
    target = await _target(client, place)
    old = await _leading(client, target, url)
    # A hook is asleep unless it is told to be active.
    body = {
        "type": "gitea",
        "active": True,
        "events": _ASKED,
        "config": {"url": url, "content_type": "json", "secret": secret},
    }
    made = child(await client.write("POST", target, body))
    for each in old:
        await _delete(client, target, each)
    return (_hook(made),)


async def hooks(client: Client, place: str, url: str) -> Sequence[Hook]:
    return [_hook(each) for each in await _leading(client, await _target(client, place), url)]


async def remove_hooks(client: Client, place: str, url: str) -> None:
    target = await _target(client, place)
    for each in await _leading(client, target, url):
        await _delete(client, target, each)


async def _target(client: Client, where: str) -> str:
    """Gives the address of a repository's hooks, by its present name: a redirect would not be followed twice."""
    named = where.strip().strip("/")
    try:
        path = place("repositories", named) if named.isdecimal() else repo(Repository("", named))
        found = child(await client.get(path))
    except NotFound as error:
        raise Rejected(
            f"{named[:100]!r} is not a repository that our token may see: name it as OWNER/NAME or by its numeric id"
        ) from error
    return repo(Repository("", word(found, "full_name") or named), "hooks")


async def _leading(client: Client, target: str, url: str) -> list[Json]:
    found = [each async for each in client.pages(target)]
    return [each for each in found if word(child(each, "config"), "url") == url and word(each, "id")]


async def _delete(client: Client, target: str, hook: Json) -> None:
    try:
        await client.write("DELETE", f"{target}/{word(hook, 'id')}")
    except NotFound:
        return


def _hook(data: Json) -> Hook:
    told = data.get("events")
    events = sorted(map(str, told)) if isinstance(told, list) else []
    deaf = sorted(_HEARD.difference(events))
    problem = f"it does not hear of {', '.join(deaf)}" if deaf else ""
    if data.get("active") is not True:
        problem = "it is switched off on its page"
    return Hook(
        word(data, "id"), word(child(data, "config"), "url"), tuple(events), active=not problem, problem=problem
    )
