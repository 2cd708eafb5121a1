"""The CI of a simulated host, whose runs are told to the bot as they go on."""

import re
from dataclasses import dataclass

from sqlalchemy import select

from bot.store.models import CiRun, Execution, TestCycle
from bot.usecases.note_run import QUICK
from simulators.diff import FileDiff
from simulators.stage import Pull, Run, Said, SimJob, Stage
from tests.e2e.suites import junit
from tests.usecases.conftest import Desk

CART = [FileDiff("shop/cart.py", "@@ -0,0 +1,4 @@\n+one\n+two\n+three\n+four")]
GREEN = SimJob("lint", log="all is well\n")
WORKFLOW = "CI"


def job(red: int = 1, name: str = "test", *, log: str = "") -> SimJob:
    """A job that left a report with so many failing tests; without any it passed."""
    outcome = "failed" if red else "passed"
    said = log or ("pytest\nError: Process completed with exit code 1.\n" if red else "pytest\n3 passed in 0.1s\n")
    return SimJob(name, outcome, said, {"junit.xml": junit(red).encode()})


def healed() -> SimJob:
    """The job of one failing test, run again: now it passes."""
    report = re.sub(r"(?s)<failure.*?</failure>", "", junit(1)).replace('failures="1"', 'failures="0"')
    return SimJob("test", "passed", "pytest\n3 passed in 0.1s\n", {"junit.xml": report.encode()})


@dataclass
class Ci:
    """Runs on one stage, told to one desk."""

    desk: Desk

    @property
    def stage(self) -> Stage:
        return self.desk.stage

    async def opened(self, branch: str = "feature", *, fork: bool = False, told: bool = True) -> Pull:
        pull = self.stage.open_pull(branch, files=CART, fork=fork)
        if told:
            await self.desk.tell(self.stage.opened(pull))
        return pull

    async def learn(self) -> None:
        """A push tells which branch is the default one: not all hosts say so with a run."""
        await self.desk.tell(self.stage.pushed_default())

    async def pushed(self, pull: Pull) -> None:
        self.stage.push(pull)
        await self.desk.tell(self.stage.pushed(pull))

    async def begin(self, pull: Pull | None, name: str = WORKFLOW, *, sha: str = "") -> Run:
        run = self.stage.begin_run(name, pull, sha=sha)
        await self.desk.tell(self.stage.run_posts(run))
        return run

    async def end(self, run: Run, *jobs: SimJob, drain: bool = True) -> None:
        """It ends; where the host tells nobody, it is asked after."""
        self.stage.end_run(run, *jobs)
        if posts := self.stage.run_posts(run):
            await self.desk.tell(posts)
        else:
            await self.desk.drain(within=QUICK[0])
        if drain:
            await self.desk.drain()

    async def run(self, pull: Pull | None, *jobs: SimJob, name: str = WORKFLOW, sha: str = "") -> Run:
        """A whole run, worked off."""
        run = await self.begin(pull, name, sha=sha)
        await self.end(run, *jobs)
        return run

    def comment(self, pull: Pull) -> Said:
        (said,) = self.stage.comments(pull)
        return said

    async def rows(self) -> list[CiRun]:
        async with self.desk.database.read() as session:
            return list(await session.scalars(select(CiRun).order_by(CiRun.id)))

    async def cycles(self) -> list[TestCycle]:
        async with self.desk.database.read() as session:
            return list(await session.scalars(select(TestCycle).order_by(TestCycle.id)))

    async def executions(self) -> list[Execution]:
        async with self.desk.database.read() as session:
            return list(await session.scalars(select(Execution).order_by(Execution.id)))

    def reads(self) -> list[str]:
        """The paths that were read since this was last asked."""
        return [call.path for call in self.desk.calls()[0]]
