"""GitHub's pull requests as the shared page shows them, and what its buttons do."""

from collections.abc import Mapping, Sequence
from typing import Any

from simulators.github.events import Events
from simulators.github.models import Account, PullRequest
from simulators.github.state import State
from simulators.github.views import pages
from simulators.github.webhooks import Deliveries, Event
from simulators.github.world import World
from simulators.page import Look, NotThere, PullLine, PullPage

GITHUB = Look(name="GitHub", address="/{owner}/{repo}/pull/{number:int}", accent="#1f2328")


class Pages:
    """GitHub behind the pages."""

    look = GITHUB

    def __init__(self, world: World, events: Events, deliveries: Deliveries) -> None:
        self._world = world
        self._state: State = world.state
        self._events = events
        self._deliveries = deliveries

    def pulls(self) -> Sequence[PullLine]:
        """All pull requests."""
        with self._state.lock:
            living = [repository for repository in self._state.repositories.values() if not repository.deleted]
            return [pages.line(pull) for repository in living for pull in self._state.pull_requests(repository)]

    def show(self, place: Mapping[str, Any], viewer: str) -> PullPage:
        """One pull request."""
        with self._state.lock:
            pull = self._pull(place)
            return pages.page(self._state, pull, self._viewer(viewer, pull), self._deliveries.url)

    def comment(self, place: Mapping[str, Any], viewer: str, body: str, thread: str | None) -> None:
        """Somebody comments; GitHub's conversation has no threads."""
        with self._state.lock:
            pull = self._pull(place)
            comment = self._world.add_comment(pull, self._viewer(viewer, pull).login, body)
            event = self._events.issue_comment("created", comment)
        self._send(event)

    def press(self, place: Mapping[str, Any], viewer: str, target: str, button: str) -> None:
        """One of a check run's actions, or "Re-run", which has no identifier."""
        with self._state.lock:
            pull = self._pull(place)
            run = next((r for r in self._state.check_runs.values() if pages.target(r) == target), None)
            if run is None or run.suite.repository is not pull.repository:
                raise NotThere
            if button and button not in [action["identifier"] for action in run.actions]:
                raise NotThere
            action = "requested_action" if button else "rerequested"
            event = self._events.check_run(action, run, self._viewer(viewer, pull), button or None)
        self._send(event)

    def _send(self, event: Event) -> None:
        if self._deliveries.url is not None:
            self._deliveries.send(self._deliveries.prepare(event))

    def _pull(self, place: Mapping[str, Any]) -> PullRequest:
        repository = self._state.repository("{owner}/{repo}".format_map(place))
        pull = self._state.issues.get((repository.id, place["number"])) if repository else None
        if not isinstance(pull, PullRequest):
            raise NotThere
        return pull

    def _viewer(self, login: str, pull: PullRequest) -> Account:
        return self._state.account(login) or pull.user
