"""Counts the calls to each git host that a published report costs, beside the simulated hosts.

    python -m benchmarks.calls.run [HOST ...]

Reads and writes of each step, without those for tokens and without the discovery of an SDK, which are told apart.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import select

from bot.app import open_app, open_services
from bot.settings import Settings
from bot.store.models import Installation, Job, JobState, Organization, PullRequest
from bot.usecases import publishing
from bot.usecases.administer import create_api_key, create_organization, create_project
from bot.usecases.hooks import add_hook
from bot.usecases.integrations import add_integration
from bot.usecases.publish_report import publish_report
from bot.usecases.services import Services
from simulators.calls import Call
from simulators.diff import FileDiff
from simulators.names import STAGES
from simulators.stage import Post, Pull, Stage
from simulators.stages import make_stage

_OPEN = (JobState.QUEUED, JobState.RUNNING)


@dataclass
class Bench:
    """A running bot and the stage it speaks to."""

    stage: Stage
    services: Services
    http: httpx2.AsyncClient
    project: str = ""
    key: str = ""
    seen: int = 0

    async def let_in(self) -> None:
        """Gives the bot its access, a project and a key."""
        if self.stage.integration is None:
            await self.post(self.stage.installed())
            async with self.services.database.read() as session:
                owner = (await session.scalars(select(Installation.organization_id))).one()
        else:
            credential, address, place = self.stage.integration
            await create_organization(self.services.database, "acme", actor="benchmark")
            await add_integration(self.services, "acme", self.stage.name, credential, address, actor="benchmark")
            await add_hook(self.services, "acme", self.stage.name, place, actor="benchmark")
            async with self.services.database.read() as session:
                owner = (await session.scalars(select(Organization.id))).one()
        self.project = (await create_project(self.services.database, owner, "shop", actor="benchmark")).id
        _, self.key = await create_api_key(self.services.database, owner, None, "ci", actor="benchmark")

    async def post(self, posts: Sequence[Post]) -> None:
        for post in posts:
            answer = await self.http.post(post.path, content=post.body, headers=dict(post.headers))
            answer.raise_for_status()
        await self.idle()

    async def upload(self, pull: Pull, report: str) -> None:
        context = {
            "source": self.stage.name,
            "repository": self.stage.path,
            "prNumber": pull.number,
            "commitSha": pull.head_sha,
        }
        answer = await self.http.post(
            "/api/results",
            headers={"x-api-key": self.key},
            data={"projectId": self.project, "context": json.dumps(context)},
            files={"report": ("junit.xml", report.encode())},
        )
        answer.raise_for_status()
        await self.idle()

    async def again(self) -> None:
        """Publishes what stands already."""
        async with self.services.database.read() as session:
            pull = (await session.scalars(select(PullRequest.id))).one()
        await publish_report(self.services, pull)

    async def idle(self) -> None:
        while True:
            async with self.services.database.read() as session:
                if not (await session.scalars(select(Job.id).where(Job.state.in_(_OPEN)).limit(1))).all():
                    return
            await asyncio.sleep(0.02)

    def counted(self) -> tuple[int, int, int]:
        """Reads, writes and discovery since this was last asked."""
        calls = [call for call in self.stage.calls[self.seen :] if not call.token_request]
        self.seen = len(self.stage.calls)
        found = [call for call in calls if not _discovers(call)]
        writes = sum(call.write for call in found)
        return len(found) - writes, writes, len(calls) - len(found)


def _discovers(call: Call) -> bool:
    """The SDK of Azure DevOps asks where things are, once a connection."""
    return call.method == "OPTIONS" or call.path.lower().endswith("/_apis/resourceareas")


def junit(failing: int, word: str) -> str:
    """A report of so many failures of different causes."""
    cases = "".join(
        f'<testcase classname="tests.test_shop" name="test_{word}_{number}" file="tests/test_shop.py">'
        f'<failure message="KeyError: {word} {chr(97 + number // 26)}{chr(97 + number % 26)}">'
        f"shop/cart.py:{number + 1}: in price_{word}</failure></testcase>"
        for number in range(failing)
    )
    return f'<testsuite tests="{failing + 1}"><testcase classname="tests.test_shop" name="test_ok"/>{cases}</testsuite>'


@asynccontextmanager
async def bench(host: str, options: dict[str, Any]) -> AsyncIterator[Bench]:
    stage = make_stage(host, **options)
    with tempfile.TemporaryDirectory() as folder, stage.serve():
        for name, value in stage.settings().items():
            os.environ[f"AGNOX_{host.upper()}_{name.upper()}"] = value
        settings = Settings(data_dir=Path(folder), public_url="https://agnox.example.com")
        async with open_services(settings) as services, open_app(settings, services, worker=True) as app:
            transport = httpx2.ASGITransport(app=app)
            async with httpx2.AsyncClient(transport=transport, base_url=settings.public_url) as http:
                made = Bench(stage, services, http)
                await made.let_in()
                yield made
    if stage.violations:
        raise SystemExit("\n".join(map(str, stage.violations)))


async def measure(host: str, options: dict[str, Any]) -> list[tuple[str, int, int, int]]:
    """Gives for each step its name, reads, writes and discovery calls."""
    rows = []
    async with bench(host, options) as made:
        pull = made.stage.open_pull(files=[FileDiff("shop/cart.py", "@@ -1 +1 @@\n-a\n+b")])
        await made.post(made.stage.opened(pull))
        made.counted()
        steps: list[tuple[str, Callable[[], Any]]] = [
            ("first red report", lambda: made.upload(pull, junit(2, "one"))),
            ("the same again", made.again),
            ("changed report", lambda: made.upload(pull, junit(3, "two"))),
            ("120 more causes", lambda: made.upload(pull, junit(120, "three"))),
            ("a new push", lambda: made.post(_pushed(made.stage, pull))),
            ("red on the new head", lambda: made.upload(pull, junit(2, "four"))),
            ("another push", lambda: made.post(_pushed(made.stage, pull))),
            ("green on the new head", lambda: made.upload(pull, junit(0, "five"))),
        ]
        for name, step in steps:
            await step()
            rows.append((name, *made.counted()))
    return rows


def _pushed(stage: Stage, pull: Pull) -> list[Post]:
    stage.push(pull)
    return stage.pushed(pull)


def main() -> None:
    """Prints a table for each host."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hosts", nargs="*", metavar="HOST", help=f"one of {', '.join(STAGES)}; default: all")
    hosts = parser.parse_args().hosts or list(STAGES)
    publishing.COALESCE = timedelta(milliseconds=300)
    for host in hosts:
        sys.stdout.write(f"\n{host:<24}{'reads':>7}{'writes':>8}{'discovery':>11}\n")
        for name, reads, writes, discovery in asyncio.run(measure(host, {})):
            sys.stdout.write(f"{name:<24}{reads:>7}{writes:>8}{discovery:>11}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
