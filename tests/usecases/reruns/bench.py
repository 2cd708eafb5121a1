"""Tests on a pull request that are run again."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from bot.store.models import Execution, Repository, TestCycle
from bot.usecases.rerun import RerunHead, rerun_head
from simulators.stage import Pull
from tests.usecases.conftest import Desk
from tests.usecases.test_loop import trigger

PYTEST = """#!/bin/sh
chosen=" "
for word in "$@"; do
  case $word in *::test_*) chosen="$chosen${word##*::test_} " ;; esac
done
code=0
echo running
exec > "$AGNOX_RESULTS_DIR/junit.xml"
echo '<testsuite name="pytest">'
for name in $(cat ROOT/all); do
  case $chosen in " " | *" $name "*) ;; *) continue ;; esac
  echo "$name" >> ROOT/ran
  echo "<testcase classname='tests.test_shop' file='tests/test_shop.py' name='test_$name' time='0.01'>"
  case " $(cat ROOT/red) " in
    *" $name "*) code=1; echo "<failure message='KeyError: broken $name'>shop/$name.py:1: KeyError</failure>" ;;
  esac
  echo '</testcase>'
done
echo '</testsuite>'
exit $code
"""
"""Stands for pytest: it starts a hundred times as fast."""


@dataclass
class Again:
    """One desk, and a folder where its suites leave word of what ran."""

    desk: Desk
    folder: Path

    @property
    def ran(self) -> list[str]:
        """The tests that ran since this was last asked."""
        file = self.folder / "ran"
        names = file.read_text().split() if file.exists() else []
        file.unlink(missing_ok=True)
        return sorted(names)

    def fails(self, names: Iterable[str]) -> None:
        """Has tests fail from now on, all others pass."""
        (self.folder / "red").write_text(" ".join(names))

    async def pytest(self, pull: Pull, *names: str, command: str = "pytest -q tests") -> str:
        """A suite of such tests on a pull request, run by what looks like pytest; gives its cycle."""
        self.has(names)
        tool = self.folder / "bin/pytest"
        tool.parent.mkdir(exist_ok=True)
        tool.write_text(PYTEST.replace("ROOT", str(self.folder)))
        tool.chmod(0o755)
        cycle = await trigger(self.desk, pull, f"export PATH={tool.parent}:$PATH\n{command}")
        await self.desk.drain()
        return cycle

    def has(self, names: Iterable[str]) -> None:
        """These are the tests there are from now on."""
        (self.folder / "all").write_text(" ".join(names))

    async def ask(
        self, pull: Pull, wanted: str = "failed", *, actor: str = "github:grace", run: bool = True
    ) -> RerunHead:
        """Somebody wants tests of the head again, and they run."""
        async with self.desk.database.write() as session:
            repository = (await session.scalars(select(Repository))).one()
            asked = await rerun_head(session, self.desk.services, repository, pull.number, pull.head_sha, actor, wanted)
        if run:
            await self.desk.drain()
        return asked

    async def executions(self) -> list[Execution]:
        async with self.desk.database.read() as session:
            return list(await session.scalars(select(Execution).order_by(Execution.id)))

    async def cycles(self) -> list[TestCycle]:
        async with self.desk.database.read() as session:
            return list(await session.scalars(select(TestCycle).order_by(TestCycle.id)))
