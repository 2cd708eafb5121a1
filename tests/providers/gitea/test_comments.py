"""Our comment, reactions, and comments of others."""

import pytest

from providers.errors import Forbidden, NotFound, Unavailable
from providers.interface import Connection
from providers.report import Verdict
from providers.values import Reaction, Revision, Slot
from simulators.faults import Fault
from simulators.gitea.faults import refused
from tests.providers.benches.gitea import URL, GiteaBench
from tests.providers.samples import TIMEOUT, report, suite

pytestmark = pytest.mark.anyio


async def test_a_new_user_of_ours_writes_a_comment_of_its_own(gitea: GiteaBench) -> None:
    """Without the right to edit those of others: 403 without a word."""
    first = await gitea.provider.put_comment(gitea.repository, 1, "words", Slot())
    gitea.simulator.set_right(gitea.place, "robot", "read")
    robot = gitea.host.connect(Connection(credential=gitea.simulator.token("robot"), base_url=URL))
    second = await robot.put_comment(gitea.repository, 1, "other words", Slot(first.id))
    assert second.id != first.id
    again = await robot.put_comment(gitea.repository, 1, "more words", Slot(second.id))
    assert again.id == second.id
    assert [body.splitlines()[-1] for body in gitea.comments()] == ["words", "more words"]


async def test_who_may_not_write_at_all_hears_so(gitea: GiteaBench) -> None:
    weak = gitea.weak_provider()
    body = gitea.provider.render_comment(report(suite(Verdict.PASSED)))
    for slot in (Slot(), Slot(gitea.we_said(body)), Slot()):
        with pytest.raises(Forbidden, match=r"required=\[write:issue\]"):
            await weak.put_comment(gitea.repository, 1, body, slot)


async def test_foreign_comments_that_were_migrated_by_us_are_not_ours(gitea: GiteaBench) -> None:
    """Gitea names whoever did the migration as their user, beside the original author."""
    planted = gitea.provider.render_comment(report(suite(Verdict.PASSED)))
    body = f'[{{"id": 7, "body": "{planted.splitlines()[0]}", "original_author": "mallory", "user": {{"id": 2}}}}]'
    me = await gitea.provider.inspect()
    body = body.replace('"id": 2}', f'"id": {me.account.id}}}')
    headers = {"content-type": "application/json"}
    gitea.fault(Fault(method="GET", path="/issues/1/comments$", status=200, headers=headers, body=body.encode()))
    gitea.calls()
    await gitea.provider.put_comment(gitea.repository, 1, planted, Slot())
    assert gitea.comments() == [planted]


async def test_a_pull_request_that_is_not_there_is_not_found_though_gitea_breaks(gitea: GiteaBench) -> None:
    with pytest.raises(NotFound):
        await gitea.provider.put_comment(gitea.repository, 99, "words", Slot())
    gitea.fault(Fault(method="GET", path="/issues/1/comments$", status=500))
    with pytest.raises(Unavailable):
        await gitea.provider.put_comment(gitea.repository, 1, "words", Slot())


async def test_a_commit_that_is_not_there_is_not_found_though_gitea_breaks(gitea: GiteaBench) -> None:
    each = report(suite(Verdict.FAILED, TIMEOUT))
    check = gitea.provider.render_check(each.suites[0], each)
    with pytest.raises(NotFound):
        await gitea.provider.put_status(Revision(gitea.repository, "0" * 40), check, Slot())
    gitea.fault(Fault(method="POST", path="/statuses/", status=500))
    with pytest.raises(Unavailable):
        await gitea.provider.put_status(Revision(gitea.repository, gitea.pull.head_sha), check, Slot())


async def test_a_reaction_that_the_instance_does_not_allow_is_left_out(gitea: GiteaBench) -> None:
    ref = gitea.stranger_says("/agnox rerun")
    gitea.fault(refused(403, "'eyes' is not an allowed reaction", method="POST"))
    await gitea.provider.react(ref, Reaction.SEEN)
    with pytest.raises(Forbidden):
        await gitea.weak_provider().react(ref, Reaction.SEEN)


async def test_what_is_no_comment_is_not_found(gitea: GiteaBench) -> None:
    """Gitea answers 204 for other things of the conversation."""
    ref = gitea.stranger_says("hello")
    gitea.fault(Fault(method="GET", path="/issues/comments/", status=204))
    with pytest.raises(NotFound):
        await gitea.provider.get_comment(ref)


async def test_the_host_s_own_accounts_are_bots(gitea: GiteaBench) -> None:
    ref = gitea.stranger_says("hello")
    gitea.simulator.add_user("mallory").id = -1
    assert (await gitea.provider.get_comment(ref)).author.bot
