"""A name of a test that would do more than be shown."""

from html.parser import HTMLParser

import pytest

from simulators.github.markdown import references, render
from simulators.gitlab.stage import GitlabStage
from tests.e2e.inside import Inside
from tests.e2e.suites import suite
from tests.e2e.test_bad_input import one_host, works
from tests.usecases.hosts import once_on

pytestmark = pytest.mark.anyio


EVIL = (
    "@octocat #1 octo-org/shop#1 GH-7 fixes #1 !1 <img src=x onerror=alert(1)> <script>alert(1)</script> "
    "![x](https://evil.example/a.png) [click](javascript:alert(1)) </details></td> ``` <!-- agnox --> | **b**"
)


@one_host
async def test_a_hostile_test_name(bot: Inside) -> None:
    await bot.install()
    pull = await bot.open_pull_request()
    cycle = await bot.trigger(pull, suite(1, name=EVIL))
    assert (await bot.ended(cycle))["status"] == "FAILED"
    (check,), (comment,) = bot.github.simulator.state.check_runs.values(), bot.comments(pull)
    for text in (comment.body, check.summary or "", check.text or ""):
        assert references(text) == []
        _harmless(render(text))
    assert "octocat" in comment.body
    page = await bot.page(cycle)
    assert "octocat" in page
    _harmless(page)
    await works(bot)


@once_on({"gitlab"})
async def test_a_hostile_test_name_commands_nothing(bot: Inside) -> None:
    await bot.install()
    pull = await bot.open_pull_request()
    evil = f"/close\n/approve\n{EVIL}\n/label ~bug"
    assert (await bot.ended(await bot.trigger(pull, suite(1, name=evil))))["status"] == "FAILED"
    (comment,) = bot.comments(pull)
    assert "octocat" in comment.body
    assert isinstance(bot.stage, GitlabStage)
    ours = bot.stage.token.user
    assert [effect for effect in bot.stage.simulator.effects if effect.by is ours] == []


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
