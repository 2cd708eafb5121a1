"""A runner that is no host of ours is told to run tests again."""

import hashlib
import hmac
import json
from collections.abc import Iterator

import pytest

from bot.store.models import Project, TestCycle
from bot.usecases.errors import Invalid, Missing
from bot.usecases.manage_runner_hook import remove_runner_hook, set_runner_hook
from providers.errors import Unavailable
from simulators.stage import Pull
from tests.e2e.suites import junit
from tests.usecases.hosts import once_on
from tests.usecases.past import Past
from tests.usecases.reruns.bench import Again
from tests.usecases.reruns.runner import FakeRunner, fake_runner

pytestmark = pytest.mark.anyio
SECRET = "a secret of 21 letters"


@pytest.fixture
def runner() -> Iterator[FakeRunner]:
    with fake_runner() as runner:
        yield runner


async def red(again: Again, url: str = "") -> Pull:
    """A pull request with red results that a client sent."""
    desk, pull = again.desk, again.desk.stage.open_pull()
    if url:
        await set_runner_hook(desk.database, desk.services.vault, "acme", "shop", url, SECRET, actor="test")
    await Past(desk, again.folder).change(pull, junit(1))
    return pull


async def cycle_of(again: Again) -> TestCycle:
    (cycle,) = await again.cycles()
    return cycle


@once_on({"gitlab"})
async def test_it_gets_a_signed_request_with_the_tests(again: Again, runner: FakeRunner) -> None:
    pull = await red(again, runner.url)
    assert (await again.ask(pull)).started == ("shop",)
    ((headers, body),) = runner.got
    told = json.loads(body)
    assert headers["x-agnox-signature"] == "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert headers["x-agnox-delivery"] == told["deliveryId"]
    assert headers["x-agnox-timestamp"] == str(told["sentAt"])
    assert told["event"] == "rerun"
    assert (told["prNumber"], told["commitSha"]) == (pull.number, pull.head_sha)
    assert told["tests"] == ["tests/test_shop.py::test_aa"]
    assert (told["requestedBy"], told["repository"]) == ("github:grace", again.desk.stage.path)
    assert (await again.ask(pull)).refused == ("shop: it was asked for already and has not begun yet",)
    assert (await cycle_of(again)).state == "FAILED"


@once_on({"gitlab"})
async def test_new_results_end_the_waiting(again: Again, runner: FakeRunner) -> None:
    pull = await red(again, runner.url)
    await again.ask(pull)
    await Past(again.desk, again.folder).change(pull, junit(0, 3).replace("test_ok_2", "test_aa"))
    assert (await again.ask(pull, "all")).started == ("shop",)


@once_on({"gitlab"})
@pytest.mark.parametrize(("status", "words"), [(404, "status 404"), (302, "a redirect (302), which is not followed")])
async def test_a_refusal_stands_in_the_report(again: Again, runner: FakeRunner, status: int, words: str) -> None:
    pull = await red(again, runner.url)
    runner.status, runner.location = status, runner.url
    await again.ask(pull)
    assert len(runner.got) == 1
    assert words in (await cycle_of(again)).unasked
    assert "shop was not run again" in again.desk.stage.comments(pull)[0].body


@once_on({"gitlab"})
async def test_a_runner_in_trouble_is_tried_again(again: Again, runner: FakeRunner) -> None:
    pull = await red(again, runner.url)
    runner.status = 503
    with pytest.raises(Unavailable, match="status 503"):
        await again.ask(pull)


@once_on({"gitlab"})
async def test_without_an_address_it_says_what_to_do(again: Again) -> None:
    pull = await red(again)
    (refusal,) = (await again.ask(pull)).refused
    assert "run them again there" in refusal and "agnox project rerun-hook" in refusal


@once_on({"gitlab"})
async def test_the_address_is_set_and_taken_away(again: Again) -> None:
    desk = again.desk
    mine = (desk.database, desk.services.vault, "acme", "shop")
    project, made = await set_runner_hook(*mine, "https://ci.example.com/rerun", actor="test")
    assert len(made) > 30 and project.rerun_secret is not None and made.encode() not in project.rerun_secret
    for url in ("http://ci.example.com", "https://169.254.169.254/", "https://a:b@ci.example.com", "ftp://x", "x"):
        with pytest.raises(Invalid):
            await set_runner_hook(*mine, url, actor="test")
    with pytest.raises(Invalid, match="16 to"):
        await set_runner_hook(*mine, "https://ci.example.com", "short", actor="test")
    project, _ = await set_runner_hook(*mine, "http://ci.internal", SECRET, plain=True, actor="test")
    with pytest.raises(Missing):
        await remove_runner_hook(desk.database, "acme", "other", actor="test")
    await remove_runner_hook(desk.database, "acme", "shop", actor="test")
    async with desk.database.read() as session:
        row = await session.get_one(Project, project.id)
    assert (row.rerun_url, row.rerun_secret) == ("", None)
