"""A runner that is no host of ours is told to run tests again, by a signed request."""

import hashlib
import hmac
import ipaddress
import json
import socket
from typing import Any

import httpx2
from anyio import to_thread
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.context import CiContext
from bot.domain.ids import new_id
from bot.domain.masking import mask
from bot.domain.web_addresses import NotAnAddress, NotEncrypted, OwnNetwork, check_address, is_link_local
from bot.store.jobs import enqueue
from bot.store.models import Project, PullRequest, TestCycle
from bot.store.sealed import RERUN_SECRET
from bot.store.vault import VaultError
from bot.usecases.rerun_target import Target, forget_asked, note_asked
from bot.usecases.services import Services
from providers.errors import Unavailable

TIMEOUT = 15.0
"""Seconds for one step of a request."""
_TESTS_BYTES = 200_000


async def rerun_by_hook(
    session: AsyncSession, services: Services, cycle: TestCycle, target: Target, actor: str
) -> None:
    """Has the project's runner told. Raises Conflict when that was done and it has not begun yet."""
    await note_asked(session, services, cycle, actor)
    assert cycle.asked_at is not None
    await enqueue(
        session,
        "call_runner",
        {
            "cycle_id": cycle.id,
            "delivery": new_id(),
            "tests": _cut(target.tests),
            "asked_at": cycle.asked_at.isoformat(),
        },
        organization_id=cycle.organization_id,
        dedupe_key=f"rerun:{cycle.id}",
        exclusive_key=f"rerun:{cycle.id}",
        on_dead="fail_rerun",
        now=services.clock(),
    )


async def call_runner(services: Services, cycle_id: str, delivery: str, tests: list[str], asked_at: str) -> None:
    """Sends the request; a refusal is told in the report. Raises Unavailable where another try may do."""
    async with services.database.read() as session:
        cycle = await session.get(TestCycle, cycle_id)
        if cycle is None or cycle.asked_at is None or cycle.asked_at.isoformat() != asked_at:
            return
        project = await session.get_one(Project, cycle.project_id)
        told = _body(cycle, await _number(session, cycle), tests)
    try:
        secret = RERUN_SECRET.open(services.vault, project) or ""
        await _check(project.rerun_url)
    except (VaultError, ValueError) as error:
        await forget_asked(services, cycle_id, asked_at, mask(str(error)))
        return
    sent_at = int(services.clock().timestamp())
    # In the body too: what stands in a header only is not proven.
    body = json.dumps({**told, "deliveryId": delivery, "sentAt": sent_at}).encode()
    headers = {
        "content-type": "application/json",
        "user-agent": "agnox-bot",
        "x-agnox-event": "rerun",
        "x-agnox-delivery": delivery,
        "x-agnox-timestamp": str(sent_at),
        "x-agnox-signature": sign(secret, body),
    }
    refusal = await _post(project.rerun_url, body, headers)
    if refusal:
        await forget_asked(services, cycle_id, asked_at, refusal)


def sign(secret: str, body: bytes) -> str:
    """Signs a body as `sha256=` and the hexadecimal HMAC-SHA256 of its bytes."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def check_runner_url(url: str, *, plain: bool = False) -> str:
    """Gives a runner's address if requests may go there. Raises ValueError with what would do."""
    url = url.strip()
    try:
        check_address(url, plain=plain, query=True)
    except NotAnAddress:
        raise ValueError("the URL must be https://HOST[:PORT][/PATH], without a login or fragment") from None
    except OwnNetwork as host:
        raise ValueError(f"{host} is no address of a runner: such addresses are for a machine's own network") from None
    except NotEncrypted as host:
        raise ValueError(f"the way to {host} is not encrypted: use https, or --plain if you trust it") from None
    return url


async def _check(url: str) -> None:
    """Asks what the name stands for now: one that leads to a machine's own network is refused. Raises ValueError."""
    host = check_address(url, plain=True, query=True)
    try:
        found = await to_thread.run_sync(lambda: socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
    except OSError:
        return
    if any(is_link_local(str(ipaddress.ip_address(str(address[0]).partition("%")[0]))) for *_, address in found):
        raise ValueError(f"{host} is no address of a runner: it leads to this machine's own network")


async def _post(url: str, body: bytes, headers: dict[str, str]) -> str:
    """Gives why the runner would not, empty when it will. Raises Unavailable."""
    try:
        async with (
            httpx2.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client,
            # What it answers is of no interest, and may be endless.
            client.stream("POST", url, content=body, headers=headers) as answer,
        ):
            status = answer.status_code
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol):
        return "the address of its runner is no address"
    except httpx2.HTTPError as error:
        raise Unavailable(f"the runner could not be reached: {type(error).__name__}") from None
    if 200 <= status < 300:
        return ""
    if status in (408, 425, 429) or status >= 500:
        raise Unavailable(f"the runner answered with status {status}")
    if 300 <= status < 400:
        return f"its runner answered with a redirect ({status}), which is not followed: set the address it leads to"
    return f"its runner answered with status {status}"


def _body(cycle: TestCycle, number: int | None, tests: list[str]) -> dict[str, Any]:
    context = CiContext.model_validate(cycle.ci_context) if cycle.ci_context else None
    return {
        "event": "rerun",
        "cycleId": cycle.id,
        "suite": cycle.suite,
        "repository": context.repository if context else None,
        "prNumber": number or (context.pr_number if context else None),
        "commitSha": cycle.head_sha or (context.commit_sha if context else None),
        "branch": context.branch if context else None,
        "runUrl": context.run_url if context else None,
        "runner": (context.runner or context.source) if context else None,
        "tests": tests,
        "requestedBy": cycle.asked_by,
    }


async def _number(session: AsyncSession, cycle: TestCycle) -> int | None:
    pull = await session.get(PullRequest, cycle.pull_request_id) if cycle.pull_request_id else None
    return pull.number if pull else None


def _cut(tests: tuple[str, ...]) -> list[str]:
    """Gives no tests, which means all, where their names are too long to be sent."""
    return list(tests) if sum(map(len, tests)) <= _TESTS_BYTES else []
