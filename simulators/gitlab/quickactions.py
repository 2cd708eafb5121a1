"""Quick actions: lines of a note that are carried out instead of shown (GitLab, Quick actions)."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt

from simulators.gitlab.models import User
from simulators.gitlab.requests import MergeRequest
from simulators.gitlab.roles import Level
from simulators.gitlab.state import State

_NAMES = frozenset(
    [
        "add_child",
        "add_contacts",
        "add_email",
        "approve",
        "assign",
        "assign_reviewer",
        "award",
        "cc",
        "child_of",
        "clear_health_status",
        "clear_weight",
        "clone",
        "close",
        "confidential",
        "convert_to_ticket",
        "copy_metadata",
        "create_merge_request",
        "done",
        "draft",
        "due",
        "duplicate",
        "epic",
        "estimate",
        "estimate_time",
        "health_status",
        "iteration",
        "label",
        "labels",
        "link",
        "lock",
        "merge",
        "milestone",
        "move",
        "page",
        "parent_epic",
        "promote",
        "promote_to",
        "promote_to_incident",
        "publish",
        "react",
        "ready",
        "reassign",
        "reassign_reviewer",
        "rebase",
        "relabel",
        "relate",
        "remove_contacts",
        "remove_due_date",
        "remove_email",
        "remove_epic",
        "remove_estimate",
        "remove_iteration",
        "remove_milestone",
        "remove_parent",
        "remove_parent_epic",
        "remove_time_spent",
        "remove_zoom",
        "reopen",
        "request_changes",
        "request_review",
        "reviewer",
        "run_pipeline",
        "set_parent",
        "severity",
        "shrug",
        "ship",
        "spend",
        "spend_time",
        "spent",
        "submit_review",
        "subscribe",
        "tableflip",
        "target_branch",
        "timeline",
        "title",
        "todo",
        "type",
        "unapprove",
        "unassign",
        "unassign_reviewer",
        "unlabel",
        "unlink",
        "unlock",
        "unrelate",
        "unsubscribe",
        "weight",
        "zoom",
        "blocks",
        "blocked_by",
    ]
)
_LINE = re.compile(r" {0,3}/(\w+)(?:[ \t]+(.*?))?[ \t]*")


@dataclass(frozen=True)
class QuickAction:
    """One line to be carried out."""

    name: str
    argument: str
    line: str


@dataclass(frozen=True)
class Change:
    """What an action does, and the role that it needs."""

    apply: Callable[[State, MergeRequest, User, str], None]
    level: Level = Level.DEVELOPER


def extract(text: str) -> tuple[str, list[QuickAction]]:
    """The text without its quick actions, and those; what stands in code stays."""
    code = set(_code_lines(text))
    kept, found = list[str](), list[QuickAction]()
    for at, line in enumerate(text.split("\n")):
        match = _LINE.fullmatch(line.rstrip("\r"))
        if match is not None and at not in code and match[1].lower() in _NAMES:
            found.append(QuickAction(match[1].lower(), match[2] or "", line.strip()))
        else:
            kept.append(line)
    return ("\n".join(kept).strip(), found) if found else (text, found)


def run(state: State, request: MergeRequest, user: User, action: QuickAction) -> None:
    """Carries an action out with the rights of who wrote it; without them nothing happens."""
    change = _CHANGES.get(action.name)
    author = request.author is user and action.name in _BY_AUTHOR
    if change is not None and (author or request.project.level_of(user) >= change.level):
        change.apply(state, request, user, action.argument)
        request.updated_at = state.now()


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark")


def _code_lines(text: str) -> Iterator[int]:
    for token in _markdown().parse(text):
        if token.type in ("fence", "code_block") and token.map is not None:
            yield from range(*token.map)


def _close(state: State, request: MergeRequest, user: User, argument: str) -> None:
    if request.state == "opened":
        request.state, request.closed_at = "closed", state.now()


def _reopen(state: State, request: MergeRequest, user: User, argument: str) -> None:
    if request.state == "closed":
        request.state, request.closed_at = "opened", None


def _merge(state: State, request: MergeRequest, user: User, argument: str) -> None:
    if request.state == "opened" and not request.draft:
        request.state, request.merged_at = "merged", state.now()


def _approve(state: State, request: MergeRequest, user: User, argument: str) -> None:
    if user not in request.approvals:
        request.approvals.append(user)


def _unapprove(state: State, request: MergeRequest, user: User, argument: str) -> None:
    if user in request.approvals:
        request.approvals.remove(user)


def _title(state: State, request: MergeRequest, user: User, argument: str) -> None:
    request.title = argument or request.title


def _draft(state: State, request: MergeRequest, user: User, argument: str) -> None:
    request.draft = True


def _ready(state: State, request: MergeRequest, user: User, argument: str) -> None:
    request.draft = False


_BY_AUTHOR = frozenset({"close", "reopen", "title", "draft", "ready"})
_CHANGES: Mapping[str, Change] = {
    "close": Change(_close),
    "reopen": Change(_reopen),
    "merge": Change(_merge),
    "ship": Change(_merge),
    "approve": Change(_approve),
    "unapprove": Change(_unapprove),
    "title": Change(_title),
    "draft": Change(_draft),
    "ready": Change(_ready),
}
