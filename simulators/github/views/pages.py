"""A pull request for people: the shared page's values made from GitHub's state."""

from collections import Counter

from simulators.diff import Annotation
from simulators.github.markdown import render
from simulators.github.models import Account, CheckRun, Comment, Json, PullRequest, Status
from simulators.github.state import State
from simulators.page import Button, Check, Mark, Person, PullLine, PullPage, Remark, Thread, Tone, Webhook
from simulators.webhooks import Delivery

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
MARKS: dict[str, Mark] = {
    "success": "success",
    "failure": "failure",
    "error": "failure",
    "timed_out": "failure",
    "action_required": "attention",
    "in_progress": "running",
    "queued": "running",
    "pending": "running",
    "cancelled": "skipped",
    "skipped": "skipped",
    "stale": "skipped",
}


def line(pull: PullRequest) -> PullLine:
    """In the list of all pull requests."""
    tone = _tone(pull)
    return PullLine(
        url=f"/{pull.repository.full_name}/pull/{pull.number}",
        project=pull.repository.full_name,
        number=pull.number,
        title=pull.title,
        author=person(pull.user),
        state=tone.capitalize(),
        tone=tone,
    )


def page(state: State, pull: PullRequest, viewer: Account, webhook_url: str | None) -> PullPage:
    """The whole pull request, as `viewer` sees it."""
    tone, head = _tone(pull), pull.head
    delivery = max(state.deliveries.values(), key=lambda d: d.id, default=None)
    statuses = state.latest_statuses(pull.repository, head.sha)
    return PullPage(
        project=pull.repository.full_name,
        number=pull.number,
        title=pull.title,
        author=person(pull.user),
        state=tone.capitalize(),
        tone=tone,
        opened_at=pull.created_at,
        head=f"{head.owner.login}:{head.ref}" if pull.from_fork else head.ref,
        base=pull.base.ref,
        sha=head.sha,
        commits=len(pull.commits),
        viewer=person(viewer),
        people=[person(account) for account in state.accounts.values() if account.type == "User"],
        body=render(pull.body) if pull.body else None,
        origin="(the fork was deleted)" if not head.repository or head.repository.deleted else "",
        role=pull.repository.role_of(viewer).role_name,
        threads=[_thread(comment) for comment in state.comments_of(pull)],
        checks=[*_runs(state, pull), *(_status(status) for status in statuses)],
        files=[file.diff for file in pull.files],
        webhook=_webhook(delivery) if delivery else None,
        webhook_url=webhook_url,
    )


def person(account: Account) -> Person:
    """An account; a bot is shown without the ending of its login."""
    return Person(account.login, account.login.removesuffix("[bot]"), account.id, account.type == "Bot")


def target(run: CheckRun) -> str:
    """How the page's forms name a check run."""
    return f"run-{run.id}"


def _tone(pull: PullRequest) -> Tone:
    if pull.merged_at:
        return "merged"
    if pull.state == "closed":
        return "closed"
    return "draft" if pull.draft else "open"


def _thread(comment: Comment) -> Thread:
    remark = Remark(
        id=f"issuecomment-{comment.id}",
        author=person(comment.user),
        body=render(comment.body),
        at=comment.created_at,
        edited=comment.updated_at != comment.created_at,
        reactions=Counter(EMOJI[reaction.content] for reaction in comment.reactions),
    )
    return Thread(id=str(comment.id), remarks=[remark])


def _runs(state: State, pull: PullRequest) -> list[Check]:
    every = state.runs_on(pull.repository, pull.head.sha)
    latest = state.latest_runs(pull.repository, pull.head.sha)
    return [
        _run(run, [other for other in every if (other.name, other.suite) == (run.name, run.suite) and other is not run])
        for run in latest
    ]


def _run(run: CheckRun, older: list[CheckRun]) -> Check:
    word = run.conclusion or run.status
    buttons = [Button(action["identifier"], action["label"], action["description"]) for action in run.actions]
    return Check(
        id=target(run),
        name=run.name,
        state=word.replace("_", " "),
        mark=MARKS.get(word, "neutral" if run.conclusion else "running"),
        title=run.title or "",
        summary=render(run.summary) if run.summary else None,
        text=render(run.text) if run.text else None,
        url=run.details_url or "",
        started_at=run.started_at,
        finished_at=run.completed_at,
        buttons=[*buttons, Button("", "Re-run", plain=True)] if run.status == "completed" else [],
        annotations=[_annotation(note) for note in run.annotations],
        older=[_run(attempt, []) for attempt in older],
    )


def _annotation(note: Json) -> Annotation:
    return Annotation(
        path=note["path"],
        start_line=note["start_line"],
        end_line=note["end_line"],
        level=note["annotation_level"],
        message=note["message"],
        title=note.get("title"),
        details=note.get("raw_details"),
    )


def _status(status: Status) -> Check:
    return Check(
        id=f"status-{status.id}",
        name=status.context,
        state=status.state,
        mark=MARKS.get(status.state, "neutral"),
        title=status.description or "",
        url=status.target_url or "",
        folds=False,
    )


def _webhook(delivery: Delivery) -> Webhook:
    action = delivery.payload.get("action")
    return Webhook(f"{delivery.event} ({action})" if action else delivery.event, delivery.status_code)
