"""The doors for whoever watches the process: `/healthz` (it lives) and `/readyz` (it can work)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.inbound.envelope import failure, success
from bot.store.database import Database
from bot.store.models import Delivery, Job

log = logging.getLogger(__name__)

LIMIT_SECONDS = 1.0

Check = Callable[[], Awaitable[None]]
"""Returns when its part works; raises NotReady with words for the public, or anything else without."""


class NotReady(Exception):
    """A part does not work; the message may be read by anybody."""


def database_check(database: Database) -> Check:
    """Asks whether the database answers and has its tables."""

    async def check() -> None:
        async with database.read() as session:
            for column in (Delivery.id, Job.id):
                await session.execute(select(column).limit(1))

    return check


@dataclass(frozen=True)
class HealthDoor:
    """Runs all checks at once, each for at most a second."""

    checks: Mapping[str, Check]

    def routes(self) -> list[BaseRoute]:
        return [Route("/healthz", self.healthz), Route("/readyz", self.readyz)]

    async def healthz(self, _request: Request) -> Response:
        return success({"status": "ok"})

    async def readyz(self, _request: Request) -> Response:
        found = await asyncio.gather(*(_outcome(name, check) for name, check in self.checks.items()))
        outcomes = dict(zip(self.checks, found, strict=True))
        bad = [name for name, outcome in outcomes.items() if outcome != "ok"]
        if bad:
            return failure(503, f"not ready: {', '.join(bad)}", details=outcomes, headers={"retry-after": "1"})
        return success({"status": "ok", "checks": outcomes})


async def _outcome(name: str, check: Check) -> str:
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            await check()
    except NotReady as error:
        return str(error)
    except TimeoutError:
        return f"no answer within {LIMIT_SECONDS:g} s"
    except Exception:
        log.exception("the readiness check %r failed", name)
        return "failed; the log says why"
    return "ok"
