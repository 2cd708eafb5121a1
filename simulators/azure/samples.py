"""The constant events that the button "Test" sends."""

from datetime import UTC, datetime

from simulators.azure.events import Events
from simulators.azure.subscriptions import RUN_STATE, Event
from simulators.azure.views.common import Urls
from simulators.azure.world import World

_MOMENT = datetime(2016, 9, 19, 13, 3, 27, 287_909, UTC)


def sample(event_type: str, urls: Urls) -> Event:
    """The sample of an event type: always the same pull request of a project that does not exist."""
    world = World("fabrikam", lambda: _MOMENT)
    jamal = world.add_user("jamal hartnett")
    repository = world.add_repository(world.add_project("Fabrikam"), default_branch="master")
    pull = world.add_pull_request(repository, source="mytopic", title="my first pull request", user=jamal)
    events = Events(world.state, lambda: urls)
    if event_type == "build.complete":
        build = world.add_build(pull, user=jamal)
        world.finish_build(build, "succeeded")
        return events.build_completed(build)
    if event_type == RUN_STATE:
        return events.run_state_changed(world.add_build(pull, user=jamal))
    if event_type == "git.repo.renamed":
        return events.repository_renamed(repository, "Diber-Git")
    if event_type == "git.repo.deleted":
        return events.repository_deleted(repository)
    if event_type == "git.push":
        return events.push(repository, pull.source_ref, None, pull.head, jamal)
    if event_type == "ms.vss-code.git-pullrequest-comment-event":
        return events.comment(world.add_comment(pull, jamal, "This is my comment."))
    kinds = {
        "git.pullrequest.created": events.pull_request_created,
        "git.pullrequest.updated": events.pull_request_updated,
        "git.pullrequest.merged": events.pull_request_merged,
    }
    return kinds[event_type](pull)
