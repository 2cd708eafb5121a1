"""Whatever is wrong is told to whoever can mend it, and the next good run is reported as if nothing had been."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from bot.store.models import Installation, Integration
from simulators.faults import Fault, html_page
from simulators.github import GithubSimulator
from simulators.github.webhooks import signature
from simulators.stage import Pull
from tests.e2e.inside import Inside, Open
from tests.e2e.suites import suite
from tests.usecases.hosts import WHERE, once_on

pytestmark = pytest.mark.anyio
one_host = once_on({"github"})


async def works(bot: Inside, pull: Pull | None = None) -> None:
    """Proves that a good run goes all the way to the pull request, be it after others on it."""
    pull = pull or await bot.open_pull_request(branch=f"good-{uuid4().hex[:8]}")
    await bot.push(pull)
    view = await bot.ended(await bot.trigger(pull, suite(1)))
    assert (view["status"], view["problem"]) == ("FAILED", "")
    assert [verdict.outcome for verdict in bot.verdicts(pull)] == ["failed"]
    (comment,) = bot.comments(pull)
    assert "1 of 3 tests failed" in comment.body


async def error_of(bot: Inside, pull: Pull, command: str) -> str:
    """Runs a command that leaves no whole result; gives what is said of it, the same at every place."""
    cycle = await bot.trigger(pull, command)
    view = await bot.ended(cycle)
    problem: str = view["attempts"][-1]["problem"]
    assert (view["status"], view["problem"]) == ("ERROR", "")
    verdict = bot.verdicts(pull)[-1]
    assert verdict.outcome == "failed"
    (comment,) = bot.comments(pull)
    assert problem and problem in _plain(comment.body)
    assert problem in _plain(await bot.page(cycle))
    # A status has room for a title only.
    assert problem in _plain(verdict.text) or bot.stage.name not in WHERE["checks"]
    return problem


def _plain(markup: str) -> str:
    """Takes escapes away, so that words can be looked for."""
    for escaped, plain in (("&#39;", "'"), ("&#34;", '"'), ("&quot;", '"'), ("&amp;", "&"), ("\\", "")):
        markup = markup.replace(escaped, plain)
    return markup


@one_host
class TestRequests:
    """What the doors refuse."""

    @pytest.fixture(autouse=True)
    async def installed(self, bot: Inside) -> None:
        await bot.install()

    async def test_a_trigger_that_is_not_json(self, bot: Inside) -> None:
        headers = {"x-api-key": bot.key, "content-type": "application/json"}
        answer = await bot.http.post("/api/ci/trigger", content=b'{"projectId": "shop",', headers=headers)
        told = answer.json()
        assert (answer.status_code, told["error"]) == (400, "Malformed JSON")
        assert "the body is not JSON" in told["message"] and "line 1 column 22" in told["message"]
        await works(bot)

    async def test_a_webhook_that_is_signed_but_cut_off(self, bot: Inside) -> None:
        pull = bot.stage.open_pull()
        (post,) = bot.stage.opened(pull)
        body = post.body[:-20]
        secret = bot.stage.settings()["webhook_secret"]
        headers = dict(post.headers) | {"X-Hub-Signature-256": signature(secret, body)}
        answer = await bot.http.post("/webhooks/github", content=body, headers=headers)
        assert answer.status_code == 202
        row = await bot.delivery(answer.json()["data"]["deliveryId"])
        assert row.state == "failed" and "can't be read" in row.note
        # The pull request was never heard of: the host is asked.
        await works(bot, pull)

    async def test_an_unknown_project_and_an_unknown_source(self, bot: Inside) -> None:
        pull = await bot.open_pull_request()
        body = bot.request(pull, "true")
        missing = await bot.api("POST", "/api/ci/trigger", json=body | {"projectId": "nowhere"})
        assert missing.status_code == 404
        assert missing.json()["message"] == "there is no project 'nowhere' for this API key"
        unknown = await bot.api("POST", "/api/ci/trigger", json=bot.request(pull, "true", source="sourceforge"))
        assert unknown.status_code == 400
        for word in ("ciContext.source 'sourceforge' is not known", "github", "jenkins", "scm"):
            assert word in unknown.json()["message"]
        assert (await bot.api("GET", "/api/cycles")).json()["data"]["cycles"] == []
        await works(bot, pull)


@one_host
class TestAccess:
    """Nobody let us in, or not any more."""

    async def test_a_repository_without_an_installation(self, bot: Inside) -> None:
        await bot.install()
        body = bot.request(None, suite(1), repository="octo-org/elsewhere", prNumber=1)
        answer = await bot.api("POST", "/api/ci/trigger", json=body)
        assert answer.status_code == 201
        (warning,) = answer.json()["data"]["warnings"]
        assert "no github installation of this organization covers octo-org/elsewhere" in warning
        cycle = answer.json()["data"]["cycleId"]
        view = await bot.ended(cycle)
        assert view["status"] == "FAILED"
        assert "install the app on it" in view["problem"] and "agnox integration add github" in view["problem"]
        assert f"Not reported on the pull request: {view['problem']}" in _plain(await bot.page(cycle))
        await works(bot)

    async def test_a_suspended_installation(self, bot: Inside) -> None:
        await bot.install()
        pull = await bot.open_pull_request()
        simulator = bot.github.simulator
        (installation,) = simulator.state.installations.values()
        simulator.suspend(installation)
        # First the host refuses us without having told, then it has told.
        for words in ("suspended", "its owner can unsuspend it"):
            cycle = await bot.trigger(pull, suite(1))
            view = await bot.ended(cycle)
            assert view["status"] == "FAILED" and words in view["problem"], view["problem"]
            assert view["problem"] in _plain(await bot.page(cycle))
            await bot.deliver(bot.github.posts(simulator.events.installation("suspend", installation)))
        assert not bot.comments(pull) and not bot.verdicts(pull)
        simulator.unsuspend(installation)
        await bot.deliver(bot.github.posts(simulator.events.installation("unsuspend", installation)))
        await bot.ended(await bot.trigger(pull, suite(1)))
        # The results that could not be told before have their checks by now as well.
        assert [verdict.outcome for verdict in bot.verdicts(pull)] == ["failed"] * 3
        assert len(bot.comments(pull)) == 1

    async def test_a_wrong_private_key(self, open_bot: Open) -> None:
        bot = await open_bot(github_private_key=GithubSimulator().private_key_pem)
        await bot.install()
        pull = await bot.open_pull_request()
        cycle = await bot.trigger(pull, suite(1))
        view = await bot.ended(cycle)
        assert view["status"] == "FAILED"
        assert "private_key was revoked or is not that of its app_id" in view["problem"], view["problem"]
        assert view["problem"] in _plain(await bot.page(cycle))
        async with bot.database.read() as session:
            assert (await session.scalars(select(Installation.broken))).one() == view["problem"]

    @pytest.mark.parametrize("hours", [-1, 1])
    async def test_a_clock_that_is_an_hour_off(self, open_bot: Open, hours: int) -> None:
        bot = await open_bot(simulated={"clock": lambda: datetime.now(UTC) + timedelta(hours=hours)})
        await bot.install()
        await works(bot)


class TestHosts:
    """What any host may do to us."""

    @once_on()
    async def test_a_host_that_answers_with_pages_for_people(self, bot: Inside) -> None:
        await bot.install()
        pull = await bot.open_pull_request()
        targets = bot.stage.targets
        # Where a page with 200 is that for signing in, it means another thing.
        fine = 504 if bot.stage.name == "azure" else 200
        faults = [
            bot.stage.faults.add(html_page(status, method=target.method, path=target.path, times=1))
            for status, target in (
                (502, targets.get("token", targets["verdict"])),
                (fine, targets["comments"]),
            )
        ]
        await works(bot, pull)
        assert [fault.hits for fault in faults] == [1, 1]

    @once_on(WHERE["hooks"])
    async def test_a_credential_that_was_revoked(self, bot: Inside) -> None:
        await bot.install()
        pull = await bot.open_pull_request()
        refused = bot.stage.faults.add(Fault(status=401, times=None))
        cycle = await bot.trigger(pull, suite(1))
        view = await bot.ended(cycle)
        assert refused.hits
        assert view["status"] == "FAILED" and f"{bot.stage.name} refuses us: " in view["problem"]
        assert view["problem"] in _plain(await bot.page(cycle))
        async with bot.database.read() as session:
            assert (await session.scalars(select(Integration.broken))).one() == view["problem"]
        bot.stage.faults.clear()
        await works(bot, pull)
        async with bot.database.read() as session:
            assert (await session.scalars(select(Integration.broken))).one() == ""


@one_host
class TestSuites:
    """What a suite may do to us."""

    @pytest.fixture
    async def pull(self, bot: Inside) -> Pull:
        await bot.install()
        return await bot.open_pull_request()

    async def test_binary_where_xml_is_expected(self, bot: Inside, pull: Pull) -> None:
        problem = await error_of(bot, pull, 'head -c 4096 /dev/urandom > "$AGNOX_RESULTS_DIR/junit.xml"')
        assert problem.startswith("junit.xml could not be read: ")
        await works(bot, pull)

    async def test_a_binary_upload(self, bot: Inside, pull: Pull) -> None:
        where = f'"repository": "{bot.stage.path}", "commitSha": "{pull.head_sha}"'
        png = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
        answer = await bot.api(
            "POST",
            "/api/results",
            data={"projectId": bot.project, "context": f'{{"source": "github", {where}}}'},
            files={"report": ("target/TEST-shop.xml", png)},
        )
        assert answer.status_code == 202, answer.text
        view = await bot.ended(answer.json()["data"]["cycleId"])
        assert view["status"] == "ERROR"
        assert "target/TEST-shop.xml could not be read" in view["attempts"][0]["problem"]
        (verdict,) = bot.verdicts(pull)
        assert verdict.outcome == "failed" and "TEST-shop.xml" in verdict.text

    async def test_a_command_that_is_not_there(self, bot: Inside, pull: Pull) -> None:
        assert "the command was not found: " in await error_of(bot, pull, "pytset -q")
        await works(bot, pull)

    async def test_a_suite_that_never_ends(self, open_bot: Open) -> None:
        bot = await open_bot(execution_limit=timedelta(seconds=1))
        await bot.install()
        pull = await bot.open_pull_request()
        marker = f"{uuid4().int % 10**9 + 10**6}"
        problem = await error_of(bot, pull, f"echo waiting; (setsid sleep {marker} &) ; sleep {marker}")
        assert "stopped after 1 s: the time limit" in problem
        assert marker not in _command_lines()
        await works(bot, pull)

    async def test_no_executor_is_allowed(self, open_bot: Open) -> None:
        bot = await open_bot(executors="")
        await bot.install()
        problem = await error_of(bot, await bot.open_pull_request(), suite(1))
        assert "AGNOX_EXECUTORS allows nothing" in problem


def _command_lines() -> str:
    """What runs on this machine."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_text(errors="replace"))
        except OSError:
            continue
    return "\n".join(found)
