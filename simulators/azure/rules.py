"""What Azure DevOps demands of a body beyond its OpenAPI description."""

from urllib.parse import urlsplit

from simulators.azure.answers import bad_request
from simulators.azure.models import Json, PullRequest

COMMENT_LIMIT = 150_000
_POSITIONS = ("leftFileStart", "leftFileEnd", "rightFileStart", "rightFileEnd")
STATES = ("notSet", "pending", "succeeded", "failed", "error", "notApplicable")


def check_content(body: Json) -> str:
    """The text of a comment: not empty, and at most 150,000 UTF-16 units long."""
    content = body.get("content")
    if not isinstance(content, str) or not content.strip():
        raise bad_request("A comment must have content.", "ArgumentNullException")
    if len(content.encode("utf-16-le", "surrogatepass")) // 2 > COMMENT_LIMIT:
        raise bad_request(
            f"A discussion comment cannot be longer than {COMMENT_LIMIT} characters.", "ArgumentOutOfRangeException"
        )
    return content


def check_place(context: Json | None, place: Json | None, pull: PullRequest) -> None:
    """A thread at a place of a file: an absolute path, lines and offsets from 1, and iterations that exist."""
    if context is not None:
        if not str(context.get("filePath") or "").startswith("/"):
            raise bad_request("filePath of a threadContext begins with a slash.")
        for name in _POSITIONS:
            position = context.get(name)
            if position is not None and min(position.get("line", 0), position.get("offset", 0)) < 1:
                raise bad_request(f"{name}: line and offset count from 1.")
        starts = [name for name in _POSITIONS if context.get(name) is not None]
        if any(name.replace("Start", "End") not in starts for name in starts if name.endswith("Start")):
            raise bad_request("A range of a threadContext has a start and an end.")
    for name in ("firstComparingIteration", "secondComparingIteration"):
        number = ((place or {}).get("iterationContext") or {}).get(name)
        if number is not None and not 1 <= number <= len(pull.iterations):
            raise bad_request(f"{name}: there is no iteration {number}.")


def check_status(body: Json) -> None:
    """State, context and address of a commit's or pull request's status."""
    if body.get("state") not in STATES:
        raise bad_request(f"{body.get('state')} is not a state of a status.", "InvalidArgumentValueException")
    name = (body.get("context") or {}).get("name")
    if not isinstance(name, str) or not name.strip():
        raise bad_request("The context of a status needs a name.", "InvalidArgumentValueException")
    target = body.get("targetUrl")
    if target and (urlsplit(target).scheme not in ("http", "https") or not urlsplit(target).netloc):
        raise bad_request("targetUrl must be an absolute http or https address.", "InvalidArgumentValueException")


def properties(given: Json | None, old: Json) -> Json:
    """A property bag after a change: each value with its type, null takes a key away (PropertiesCollection)."""
    merged = dict(old)
    for name, value in (given or {}).items():
        plain = value.get("$value") if isinstance(value, dict) else value
        if plain is None:
            merged.pop(name, None)
        elif isinstance(plain, str | int | float):
            number = isinstance(plain, int) and not isinstance(plain, bool)
            kind = "System.Int32" if number else "System.Double" if isinstance(plain, float) else "System.String"
            merged[name] = {"$type": kind, "$value": str(plain) if isinstance(plain, bool) else plain}
        else:
            raise bad_request(f"The property {name} is no text and no number.")
    return merged
