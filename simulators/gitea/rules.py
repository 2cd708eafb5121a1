"""What a body must hold to beyond the API description, and what a webhook's event names mean."""

from simulators.gitea.answers import GiteaRefusal, unprocessable
from simulators.gitea.models import Json

STATES = frozenset({"pending", "success", "error", "failure", "warning"})
# Gitea's default [ui] REACTIONS.
REACTIONS = frozenset({"+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes"})

# Every event type that a hook can listen to, with the words in a hook's `events` that choose it
# (routers/api/v1/utils/hook.go). "pull_request" and "issues" choose a whole family.
CHOICES: dict[str, tuple[str, ...]] = {
    "create": ("create",),
    "delete": ("delete",),
    "fork": ("fork",),
    "push": ("push",),
    "issues": ("issues_only", "issues"),
    "issue_assign": ("issue_assign", "issues"),
    "issue_label": ("issue_label", "issues"),
    "issue_milestone": ("issue_milestone", "issues"),
    "issue_comment": ("issue_comment", "issues"),
    "pull_request": ("pull_request_only", "pull_request"),
    "pull_request_assign": ("pull_request_assign", "pull_request"),
    "pull_request_label": ("pull_request_label", "pull_request"),
    "pull_request_milestone": ("pull_request_milestone", "pull_request"),
    "pull_request_comment": ("pull_request_comment", "pull_request"),
    "pull_request_review_approved": ("pull_request_review", "pull_request"),
    "pull_request_review_rejected": ("pull_request_review", "pull_request"),
    "pull_request_review_comment": ("pull_request_comment", "pull_request"),
    "pull_request_sync": ("pull_request_sync", "pull_request"),
    "wiki": ("wiki",),
    "repository": ("repository",),
    "release": ("release",),
    "pull_request_review_request": ("pull_request_review_request", "pull_request"),
}
WORDS = frozenset(word for words in CHOICES.values() for word in words)


def chosen(words: list[str]) -> tuple[str, ...]:
    """The event types that a hook's `events` choose; none chosen is push alone, and unknown words choose nothing."""
    asked = {word.lower() for word in words} or {"push"}
    return tuple(kind for kind, words_for_it in CHOICES.items() if not asked.isdisjoint(words_for_it))


def check_object(body: object) -> None:
    """A body is an object, if there is one."""
    if not isinstance(body, dict):
        raise unprocessable("", "Deserialization")


def check_strings(value: object, where: str = "body") -> None:
    """No NUL, which no database behind Gitea takes, and no half of a surrogate pair."""
    if isinstance(value, str):
        if any(char == "\0" or 0xD800 <= ord(char) <= 0xDFFF for char in value):
            raise unprocessable(where, "invalid characters")
    elif isinstance(value, dict):
        for key, inner in value.items():
            check_strings(inner, str(key))
    elif isinstance(value, list):
        for inner in value:
            check_strings(inner, where)


def check_comment(body: Json) -> None:
    """A comment says something."""
    if not body.get("body"):
        raise unprocessable("Body", "Required")


def check_status(body: Json) -> None:
    """The states of a commit status; 1.23 stores any word, later releases refuse what they do not know."""
    if body.get("state") not in STATES:
        raise unprocessable("State", f"{body.get('state')!r} is no state of a commit status")


def check_reaction(content: str) -> None:
    """403 for an emoji that the instance does not allow."""
    if content not in REACTIONS:
        message = f"'{content}' is not an allowed reaction"
        raise GiteaRefusal(403, message, violation=message)


def check_new_hook(body: Json) -> None:
    """A hook has a type and says where it goes."""
    for field in ("type", "config"):
        if not body.get(field):
            raise unprocessable(field.title(), "Required")
    for name in ("url", "content_type"):
        if name not in body["config"]:
            message = f"Missing config option: {name}"
            raise GiteaRefusal(422, message, violation=message)
    check_content_type(body["config"])


def check_content_type(config: dict[str, str]) -> None:
    """A payload comes in one of two forms."""
    if config.get("content_type", "json") not in ("json", "form"):
        raise GiteaRefusal(422, "Invalid content type", violation="Invalid content type")
