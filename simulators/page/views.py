"""What the page of a pull request shows, the same for every host."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from markupsafe import Markup

from simulators.diff import Annotation, FileDiff

Tone = Literal["open", "closed", "merged", "draft"]
Mark = Literal["success", "failure", "attention", "running", "skipped", "neutral"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on the host; `key` names them in forms, `tint` is any number that stays the same for them."""

    key: str
    name: str
    tint: int = 0
    bot: bool = False


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press under a check or thread; `value` comes back in the form and may be empty."""

    value: str
    label: str
    hint: str = ""
    plain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One comment; `body` is rendered and safe, `reactions` counts each emoji, `label` is a word such as "system"."""

    id: str
    author: Person
    body: Markup
    at: datetime
    edited: bool = False
    label: str = ""
    reactions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """Comments that belong together; a host without threads shows each comment as one.

    `status` is the host's word ("Active", "Resolved"), `settled` folds the thread, `anchor` is "src/pay.py, line 3".
    """

    id: str
    remarks: Sequence[Remark]
    status: str = ""
    settled: bool = False
    anchor: str = ""
    replies: bool = False
    buttons: Sequence[Button] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A verdict on the head: a check run, a commit status, a pipeline.

    `state` is the host's word and `mark` what it amounts to. With `folds` it can be opened to show what it says;
    `older` are its earlier attempts, newest first.
    """

    id: str
    name: str
    state: str
    mark: Mark
    title: str = ""
    summary: Markup | None = None
    text: Markup | None = None
    url: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    buttons: Sequence[Button] = ()
    annotations: Sequence[Annotation] = ()
    older: Sequence["Check"] = ()
    folds: bool = True


@dataclass(frozen=True, slots=True)
class Webhook:
    """The last webhook that was sent; `answered` is an HTTP status, 0 for none yet."""

    name: str
    answered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PullLine:
    """A pull request in the list of all; `url` is the path of its page."""

    url: str
    project: str
    number: int
    title: str
    author: Person
    state: str
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class PullPage:
    """Everything on one page.

    `head` and `base` are branches as the host shows them (a fork's with its owner), `origin` a remark on the head such
    as "(the fork was deleted)". `role` is what the viewer may do here. `webhook_url` is None if none is set.
    """

    project: str
    number: int
    title: str
    author: Person
    state: str
    tone: Tone
    opened_at: datetime
    head: str
    base: str
    sha: str
    commits: int
    viewer: Person
    people: Sequence[Person]
    body: Markup | None = None
    origin: str = ""
    role: str = ""
    threads: Sequence[Thread] = ()
    checks: Sequence[Check] = ()
    files: Sequence[FileDiff] = ()
    webhook: Webhook | None = None
    webhook_url: str | None = None
