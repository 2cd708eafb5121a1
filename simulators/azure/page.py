"""The pull requests of the simulated Azure DevOps, for people."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from simulators.azure.effects import DIALECT
from simulators.azure.events import Events
from simulators.azure.hooks import Hooks
from simulators.azure.models import Comment, Identity, PullRequest, Status, Thread
from simulators.azure.permissions import CONTRIBUTE, PULL_REQUEST_CONTRIBUTE, READ
from simulators.azure.state import State
from simulators.azure.trees import changes, patch
from simulators.azure.views.common import Urls
from simulators.azure.world import World
from simulators.diff import FileDiff
from simulators.page import Button, Check, Look, Mark, NotThere, Person, PullLine, PullPage, Remark, Tone, Webhook
from simulators.page import Thread as Conversation

_MARKS: Mapping[str, Mark] = {
    "notSet": "neutral",
    "pending": "running",
    "succeeded": "success",
    "failed": "failure",
    "error": "failure",
    "notApplicable": "skipped",
}
_TONES: Mapping[str, Tone] = {"active": "open", "abandoned": "closed", "completed": "merged"}
_WORDS = {
    "active": "Active",
    "fixed": "Resolved",
    "wontFix": "Won't fix",
    "closed": "Closed",
    "byDesign": "By design",
    "pending": "Pending",
}
_RESOLVE, _REACTIVATE = Button("fixed", "Resolve"), Button("active", "Reactivate", plain=True)


class AzurePages:
    """Shows pull requests and does what their buttons say; a comment is published to the service hooks."""

    def __init__(self, world: World, hooks: Hooks, events: Events, urls: Callable[[], Urls], prefix: str) -> None:
        self._world = world
        self._hooks = hooks
        self._events = events
        self._urls = urls
        self._prefix = prefix

    @property
    def look(self) -> Look:
        """Azure DevOps in its own words."""
        address = f"{self._prefix}/{{project}}/_git/{{repository}}/pullrequest/{{number:int}}"
        return Look(name="Azure DevOps", address=address, accent="#0078d4", sign="!", check="status")

    def pulls(self) -> Sequence[PullLine]:
        """All pull requests, newest first."""
        with self._state.lock:
            living = [pull for pull in self._state.pulls.values() if not pull.repository.deleted]
            return [self._line(pull) for pull in sorted(living, key=lambda pull: -pull.id)]

    def show(self, place: Mapping[str, Any], viewer: str) -> PullPage:
        """One pull request as it is now."""
        with self._state.lock:
            pull = self._pull(place)
            viewing = self._viewer(viewer, pull)
            sent = self._hooks.notifications[-1] if self._hooks.notifications else None
            listening = [s.url for s in self._hooks.subscriptions.values() if s.listening]
            return PullPage(
                project=pull.repository.full_name,
                number=pull.id,
                title=pull.title,
                author=_person(pull.created_by),
                state="Draft" if pull.draft else pull.status.title(),
                tone="draft" if pull.draft else _TONES[pull.status],
                opened_at=pull.created_at,
                head=(f"{pull.source_repository.name}:" if pull.from_fork else "") + _short(pull.source_ref),
                base=_short(pull.target_ref),
                sha=pull.head,
                commits=len(pull.iterations),
                viewer=_person(viewing),
                people=[_person(i) for i in self._state.identities.values() if i.kind == "user" and not i.ours],
                body=DIALECT.render(pull.description) if pull.description else None,
                origin="(the fork was deleted)" if pull.source_repository.deleted else "",
                role=self._role(viewing, pull),
                threads=[_conversation(thread) for thread in pull.threads.values() if not thread.deleted],
                checks=_checks(pull),
                files=_files(pull),
                webhook=_webhook(sent.event.type, [a.status_code for a in sent.attempts]) if sent else None,
                webhook_url=listening[0] if listening else None,
            )

    def comment(self, place: Mapping[str, Any], viewer: str, body: str, thread: str | None) -> None:
        """Somebody comments, or answers in a thread."""
        with self._state.lock:
            pull = self._pull(place)
            where = self._thread(pull, thread) if thread else None
            parent = 1 if where else 0
            said = self._world.add_comment(pull, self._viewer(viewer, pull), body, thread=where, parent_id=parent)
            event = self._events.comment(said)
        self._hooks.publish(event)

    def press(self, place: Mapping[str, Any], viewer: str, target: str, button: str) -> None:
        """A thread is resolved or made active again."""
        with self._state.lock:
            thread = self._thread(self._pull(place), target)
            if button not in (_RESOLVE.value, _REACTIVATE.value):
                raise NotThere
            thread.status, thread.updated = button, self._state.now()

    @property
    def _state(self) -> State:
        return self._world.state

    def _line(self, pull: PullRequest) -> PullLine:
        return PullLine(
            url=urlsplit(self._urls().page(pull)).path,
            project=pull.repository.full_name,
            number=pull.id,
            title=pull.title,
            author=_person(pull.created_by),
            state="Draft" if pull.draft else pull.status.title(),
            tone="draft" if pull.draft else _TONES[pull.status],
        )

    def _pull(self, place: Mapping[str, Any]) -> PullRequest:
        project = self._state.project(place["project"])
        repository = self._state.repository(place["repository"], project) if project else None
        pull = self._state.pulls.get(place["number"])
        if repository is None or pull is None or pull.repository is not repository:
            raise NotThere
        return pull

    def _thread(self, pull: PullRequest, name: str) -> Thread:
        thread = pull.threads.get(int(name)) if name.isdecimal() else None
        if thread is None:
            raise NotThere
        return thread

    def _viewer(self, key: str, pull: PullRequest) -> Identity:
        return self._state.identities.get(key, pull.created_by)

    def _role(self, viewer: Identity, pull: PullRequest) -> str:
        rights = {"contributor": CONTRIBUTE, "reviewer": PULL_REQUEST_CONTRIBUTE, "reader": READ}
        return next((word for word, bit in rights.items() if self._state.may(viewer, pull.repository, bit)), "no")


def _person(identity: Identity) -> Person:
    bot = identity.ours or identity.kind != "user"
    return Person(identity.id, identity.display_name, int(identity.id[:4], 16), bot)


def _conversation(thread: Thread) -> Conversation:
    context = thread.context or {}
    line = (context.get("rightFileStart") or context.get("leftFileStart") or {}).get("line")
    settled = thread.status not in (None, "active", "pending")
    return Conversation(
        id=str(thread.id),
        remarks=[_remark(thread, comment) for comment in thread.comments if not comment.deleted],
        status=_WORDS.get(thread.status or "", ""),
        settled=settled,
        anchor=f"{context['filePath']}, line {line}" if line else str(context.get("filePath", "")),
        replies=True,
        buttons=() if thread.status is None else (_REACTIVATE,) if settled else (_RESOLVE,),
    )


def _remark(thread: Thread, comment: Comment) -> Remark:
    return Remark(
        id=f"{thread.id}-{comment.id}",
        author=_person(comment.author),
        body=DIALECT.render(comment.content),
        at=comment.published,
        edited=comment.content_updated > comment.published,
        label="" if comment.kind == "text" else comment.kind,
        reactions={"👍": len(comment.liked)} if comment.liked else {},
    )


def _checks(pull: PullRequest) -> list[Check]:
    """The newest status of each context; what was said of an earlier push is marked as such."""
    by_context: dict[tuple[str | None, str], list[Status]] = {}
    for status in reversed(pull.statuses):
        by_context.setdefault((status.genre, status.name), []).append(status)
    return [_check(pull, newest, older) for newest, *older in by_context.values()]


def _check(pull: PullRequest, status: Status, older: Sequence[Status]) -> Check:
    stale = status.iteration_id is not None and status.iteration_id != pull.iterations[-1].id
    return Check(
        id=f"status-{status.id}",
        name="/".join(part for part in (status.genre, status.name) if part),
        state=status.state + (f" on push {status.iteration_id}, not the newest" if stale else ""),
        mark=_MARKS[status.state],
        title=status.description or "",
        url=status.target_url or "",
        older=[_check(pull, each, ()) for each in older],
        folds=bool(older),
    )


def _files(pull: PullRequest) -> list[FileDiff]:
    newest, commits = pull.iterations[-1], pull.repository.commits
    old, new = commits[newest.common_sha].tree, commits[newest.source_sha].tree
    return [FileDiff(c.path, patch(c, old, new), c.original_path) for c in changes(old, new)]


def _webhook(name: str, answers: Sequence[int]) -> Webhook:
    return Webhook(name, answers[-1] if answers else 0)


def _short(ref: str) -> str:
    return ref.removeprefix("refs/heads/")
