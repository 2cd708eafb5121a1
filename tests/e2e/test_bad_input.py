"""Whatever is wrong is told to whoever can mend it, and the next good run is reported as if nothing had been."""

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from bot.store.models import Installation
from simulators.faults import html_page
from simulators.github import GithubSimulator, models
from simulators.github.markdown import references, render
from simulators.github.webhooks import signature
from tests.e2e.inside import PATH, Inside, Open
from tests.e2e.suites import suite

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)]


async def works(bot: Inside, pull: models.PullRequest | None = None) -> None:
    """Proves that a good run goes all the way to the pull request."""
    pull = pull or await bot.open_pull_request(head=f"good-{uuid4().hex[:8]}")
    before = len(bot.checks(pull))
    view = await bot.ended(await bot.trigger(pull, suite(1)))
    assert (view["status"], view["problem"]) == ("FAILED", "")
    check = bot.checks(pull)[-1]
    assert (len(bot.checks(pull)), check.status, check.conclusion) == (before + 1, "completed", "failure")
    (comment,) = bot.comments(pull)
    assert "1 of 3 tests failed" in comment.body


async def error_of(bot: Inside, pull: models.PullRequest, command: str) -> str:
    """Runs a command that leaves no whole result; gives what is said of it, the same at every place."""
    cycle = await bot.trigger(pull, command)
    view = await bot.ended(cycle)
    problem: str = view["attempts"][-1]["problem"]
    assert (view["status"], view["problem"]) == ("ERROR", "")
    check = bot.checks(pull)[-1]
    assert (check.status, check.conclusion) == ("completed", "failure")
    (comment,) = bot.comments(pull)
    assert problem
    for place in (f"{check.title}\n{check.summary}\n{check.text}", comment.body):
        assert problem in _plain(place), place
    assert problem in _plain(await bot.page(cycle))
    return problem


def _plain(markup: str) -> str:
    """Takes escapes away, so that words can be looked for."""
    for escaped, plain in (("&#39;", "'"), ("&#34;", '"'), ("&quot;", '"'), ("&amp;", "&"), ("\\", "")):
        markup = markup.replace(escaped, plain)
    return markup


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
        pull = bot.simulator.add_pull_request(next(iter(bot.simulator.state.repositories.values())))
        signed = bot.simulator.sign(bot.simulator.events.pull_request("opened", pull))
        body = signed.body[:-20]
        headers = signed.headers | {"X-Hub-Signature-256": signature(bot.simulator.deliveries.secret or "", body)}
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
        installation = await bot.install()
        pull = await bot.open_pull_request()
        bot.simulator.suspend(installation)
        # First the host refuses us without having told, then it has told.
        for words in ("suspended", "its owner can unsuspend it"):
            cycle = await bot.trigger(pull, suite(1))
            view = await bot.ended(cycle)
            assert view["status"] == "FAILED" and words in view["problem"], view["problem"]
            assert view["problem"] in _plain(await bot.page(cycle))
            await bot.deliver(bot.simulator.events.installation("suspend", installation))
        assert not bot.comments(pull) and not bot.checks(pull)
        bot.simulator.unsuspend(installation)
        await bot.deliver(bot.simulator.events.installation("unsuspend", installation))
        await bot.ended(await bot.trigger(pull, suite(1)))
        # The results that could not be told before have their checks by now as well.
        assert {check.conclusion for check in bot.checks(pull)} == {"failure"}
        assert len(bot.checks(pull)) == 3 and len(bot.comments(pull)) == 1

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
        bot = await open_bot(host={"clock": lambda: datetime.now(UTC) + timedelta(hours=hours)})
        await bot.install()
        await works(bot)

    async def test_a_host_that_answers_with_pages_for_people(self, bot: Inside) -> None:
        await bot.install()
        pull = await bot.open_pull_request()
        faults = [
            bot.simulator.faults.add(html_page(502, path="/access_tokens$", times=1)),
            bot.simulator.faults.add(html_page(200, path=r"/issues/\d+/comments", times=1)),
        ]
        await works(bot, pull)
        assert [fault.hits for fault in faults] == [1, 1]


class TestSuites:
    """What a suite may do to us."""

    @pytest.fixture
    async def pull(self, bot: Inside) -> models.PullRequest:
        await bot.install()
        return await bot.open_pull_request()

    async def test_binary_where_xml_is_expected(self, bot: Inside, pull: models.PullRequest) -> None:
        problem = await error_of(bot, pull, 'head -c 4096 /dev/urandom > "$AGNOX_RESULTS_DIR/junit.xml"')
        assert problem.startswith("junit.xml could not be read: ")
        await works(bot, pull)

    async def test_a_binary_upload(self, bot: Inside, pull: models.PullRequest) -> None:
        context = f'{{"source": "github", "repository": "{PATH}", "commitSha": "{pull.head.sha}"}}'
        png = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
        answer = await bot.api(
            "POST",
            "/api/results",
            data={"projectId": bot.project, "context": context},
            files={"report": ("target/TEST-shop.xml", png)},
        )
        assert answer.status_code == 202, answer.text
        view = await bot.ended(answer.json()["data"]["cycleId"])
        assert view["status"] == "ERROR"
        assert "target/TEST-shop.xml could not be read" in view["attempts"][0]["problem"]
        (check,) = bot.checks(pull)
        assert check.conclusion == "failure" and "TEST-shop.xml" in f"{check.title}{check.summary}{check.text}"

    async def test_a_command_that_is_not_there(self, bot: Inside, pull: models.PullRequest) -> None:
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

    async def test_a_hostile_test_name(self, bot: Inside, pull: models.PullRequest) -> None:
        evil = (
            "@octocat #1 octo-org/shop#1 GH-7 fixes #1 <img src=x onerror=alert(1)> <script>alert(1)</script> "
            "![x](https://evil.example/a.png) [click](javascript:alert(1)) </details></td> ``` <!-- agnox --> | **b**"
        )
        cycle = await bot.trigger(pull, suite(1, name=evil))
        assert (await bot.ended(cycle))["status"] == "FAILED"
        (check,), (comment,) = bot.checks(pull), bot.comments(pull)
        for text in (comment.body, check.summary or "", check.text or ""):
            assert references(text) == []
            _harmless(render(text))
        assert "octocat" in comment.body
        page = await bot.page(cycle)
        assert "octocat" in page
        _harmless(page)
        await works(bot)


def _harmless(html: str) -> None:
    """Proves that nothing in a page comes from somebody else: no active content, and only links of our own."""
    found = _Elements()
    found.feed(html)
    assert found.tags and not found.tags & {"img", "script", "iframe", "form"}
    assert not [link for link in found.links if not link.startswith(_OUR_LINKS)]


_OUR_LINKS = ("http://agnox.example.com/", "http://127.0.0.1:", "/cycles/", "/static/", "?attempt=")


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            if name in ("href", "src"):
                self.links.append(value or "")


def _command_lines() -> str:
    """What runs on this machine."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_text(errors="replace"))
        except OSError:
            continue
    return "\n".join(found)
