"""The attempts of a suite stand side by side in the report."""

from collections.abc import Sequence

import pytest

from bot.domain.excuses import Rules
from bot.store.models import Repository
from bot.store.publications import Told, executions_of
from bot.usecases.compose_report import compose_report
from providers.report import Report, Verdict
from simulators.stage import Pull
from tests.e2e.suites import junit
from tests.usecases.hosts import once_on
from tests.usecases.past import Past
from tests.usecases.reruns.bench import Again

pytestmark = pytest.mark.anyio


async def report(again: Again, pull: Pull) -> Report:
    (*_, cycle) = await again.cycles()
    async with again.desk.database.read() as session:
        repository = await session.get_one(Repository, cycle.repository_id)
        told: Sequence[Told] = await executions_of(
            session, pull_request_id=cycle.pull_request_id, repository_id=repository.id, head_sha=pull.head_sha
        )
    return compose_report(pull.head_sha, told, "https://agnox.example.com", Rules())


@once_on({"github"})
async def test_each_says_what_came_of_it_and_who_wanted_it(again: Again) -> None:
    pull = again.desk.stage.open_pull()
    again.fails("ab")
    await again.pytest(pull, *"abc")
    (suite,) = (await report(again, pull)).suites
    assert (suite.attempts, suite.rerunnable, suite.rerunnable_failed, suite.quarantinable) == ((), True, True, True)
    again.fails("")
    await again.ask(pull, run=False)
    asked = await report(again, pull)
    assert (asked.running, asked.verdict) == (("shop",), Verdict.FAILED)
    await again.desk.drain()
    done = await report(again, pull)
    (suite,) = done.suites
    assert done.running == ()
    told = [(each.number, each.verdict, each.counts.red, each.requested_by) for each in suite.attempts]
    assert told == [(1, Verdict.FAILED, 2, ""), (2, Verdict.UNSTABLE, 0, "grace")]
    assert suite.healed == ("tests/test_shop.py::test_a", "tests/test_shop.py::test_b")
    assert (suite.verdict, suite.rerunnable_failed, suite.quarantinable) == (Verdict.UNSTABLE, False, False)


@once_on({"github"})
async def test_results_that_were_sent_again_are_attempts_too(again: Again) -> None:
    pull, past = again.desk.stage.open_pull(), Past(again.desk, again.folder)
    await past.change(pull, junit(1))
    await past.change(pull, junit(2))
    (suite,) = (await report(again, pull)).suites
    assert [(each.number, each.counts.red) for each in suite.attempts] == [(1, 1), (2, 2)]
    assert not suite.rerunnable and not suite.rerunnable_failed
