"""What Gitea shows on the page of a pull request."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from simulators.gitea.events import Events
from simulators.gitea.markdown import GITEA
from simulators.gitea.models import Account, Comment, PullRequest, Right, Status
from simulators.gitea.webhooks import Deliveries
from simulators.gitea.world import World
from simulators.page import Check, Look, Mark, Person, PullLine, PullPage, Remark, Thread, Tone, Webhook

EMOJI = {
    "+1": "👍",
    "-1": "👎",
    "laugh": "😄",
    "hooray": "🎉",
    "confused": "😕",
    "heart": "❤️",
    "rocket": "🚀",
    "eyes": "👀",
}
_MARKS: Mapping[str, Mark] = {
    "success": "success",
    "failure": "failure",
    "error": "failure",
    "warning": "attention",
    "pending": "running",
}


class Pages:
    """The pages' host; the webhooks of what is done there go to the hooks that listen."""

    look = Look(name="Gitea", address="/{owner}/{repo}/pulls/{number:int}", accent="#609926")

    def __init__(self, world: World, events: Events, deliveries: Deliveries) -> None:
        self._world = world
        self._events = events
        self._deliveries = deliveries

    def pulls(self) -> Sequence[PullLine]:
        """All pull requests."""
        state = self._world.state
        with state.lock:
            living = [repository for repository in state.repositories.values() if not repository.deleted]
            return [_line(pull) for repository in living for pull in state.pull_requests(repository)]

    def show(self, place: Mapping[str, Any], viewer: str) -> PullPage:
        """One pull request."""
        with self._world.state.lock:
            return self._page(self._pull(place), viewer)

    def comment(self, place: Mapping[str, Any], viewer: str, body: str, thread: str | None) -> None:
        """Somebody comments; Gitea's conversation has no threads."""
        with self._world.state.lock:
            pull = self._pull(place)
            comment = self._world.add_comment(pull, self._viewer(viewer, pull).login, body)
            deliveries = self._deliveries.prepare(self._events.issue_comment("created", comment))
        for delivery in deliveries:
            self._deliveries.send(delivery)

    def press(self, place: Mapping[str, Any], viewer: str, target: str, button: str) -> None:
        """A commit status has no buttons."""
        raise LookupError(target)

    def _page(self, pull: PullRequest, viewer: str) -> PullPage:
        state, account = self._world.state, self._viewer(viewer, pull)
        people = [each for each in state.accounts.values() if not each.organization]
        sent = max(state.deliveries.values(), key=lambda delivery: delivery.id, default=None)
        hook = next(iter(state.hooks_of(pull.repository)), None)
        word, tone = _state(pull)
        return PullPage(
            project=pull.repository.full_name,
            number=pull.number,
            title=pull.title,
            author=_person(pull.user),
            state=word,
            tone=tone,
            opened_at=pull.created_at,
            head=_head(pull),
            base=pull.base.branch,
            sha=pull.head.sha,
            commits=len(pull.commits),
            viewer=_person(account),
            people=[_person(each) for each in people],
            body=GITEA.render(pull.body) if pull.body else None,
            origin="(the fork was deleted)" if _orphan(pull) else "",
            role=pull.repository.right_of(account).word,
            threads=[_thread(comment) for comment in state.comments_of(pull)],
            checks=[_check(status) for status in state.latest_statuses(pull.repository, pull.head.sha)],
            files=pull.files,
            webhook=Webhook(sent.event, sent.status_code) if sent else None,
            webhook_url=hook.url if hook else None,
        )

    def _pull(self, place: Mapping[str, Any]) -> PullRequest:
        repository = self._world.state.repository("{owner}/{repo}".format_map(place))
        pulls = self._world.state.pull_requests(repository) if repository else []
        return {pull.number: pull for pull in pulls}[place["number"]]

    def _viewer(self, login: str, pull: PullRequest) -> Account:
        account = self._world.state.account(login)
        seen = account is not None and pull.repository.right_of(account) is not Right.NONE
        return account if account is not None and seen else pull.user


def _line(pull: PullRequest) -> PullLine:
    word, tone = _state(pull)
    project = pull.repository.full_name
    url = f"/{project}/pulls/{pull.number}"
    return PullLine(
        url=url,
        project=project,
        number=pull.number,
        title=pull.title,
        author=_person(pull.user),
        state=word,
        tone=tone,
    )


def _state(pull: PullRequest) -> tuple[str, Tone]:
    if pull.merged_at is not None:
        return "Merged", "merged"
    if pull.state == "closed":
        return "Closed", "closed"
    return ("Draft", "draft") if pull.draft else ("Open", "open")


def _head(pull: PullRequest) -> str:
    repository = pull.head.repository
    return f"{repository.owner.login}:{pull.head.branch}" if repository and pull.from_fork else pull.head.branch


def _orphan(pull: PullRequest) -> bool:
    return pull.head.repository is None or pull.head.repository.deleted


def _person(account: Account) -> Person:
    return Person(account.login, account.login, account.id)


def _thread(comment: Comment) -> Thread:
    remark = Remark(
        id=f"issuecomment-{comment.id}",
        author=_person(comment.user),
        body=GITEA.render(comment.body),
        at=comment.created_at,
        edited=comment.updated_at != comment.created_at,
        reactions=Counter(EMOJI[reaction.content] for reaction in comment.reactions),
    )
    return Thread(id=str(comment.id), remarks=[remark])


def _check(status: Status) -> Check:
    return Check(
        id=f"status-{status.index}",
        name=status.context or "default",
        state=status.state,
        mark=_MARKS.get(status.state, "neutral"),
        title=status.description,
        url=status.target_url,
        started_at=status.created_at,
        folds=False,
    )
