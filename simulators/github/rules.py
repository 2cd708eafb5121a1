"""What GitHub demands of a body beyond its OpenAPI description."""

from simulators.github.answers import invalid
from simulators.github.models import Json

TEXT_LIMIT = 65_535
COMMENT_LIMIT = 65_536
ANNOTATION_BYTES = 64 * 1024
TITLE_LIMIT = 255
DESCRIPTION_LIMIT = 140


def check_strings(value: object, where: str = "body") -> None:
    """No control characters but tab and line ends, and no half of a surrogate pair."""
    if isinstance(value, str):
        if any(ord(char) < 0x20 and char not in "\t\n\r" for char in value):
            raise invalid("Request", where, f"{where} contains control characters")
        if any(0xD800 <= ord(char) <= 0xDFFF for char in value):
            raise invalid("Request", where, f"{where} contains invalid unicode characters")
    elif isinstance(value, dict):
        for key, inner in value.items():
            check_strings(inner, str(key))
    elif isinstance(value, list):
        for inner in value:
            check_strings(inner, where)


def check_check_run(body: Json) -> None:
    """Conclusion, output, annotations and actions of a check run (GitHub REST, Checks)."""
    conclusion = body.get("conclusion")
    if conclusion == "stale":
        raise invalid("CheckRun", "conclusion", "stale can only be set by GitHub")
    if conclusion is None and (body.get("status") == "completed" or "completed_at" in body):
        raise invalid("CheckRun", "conclusion", "conclusion is required when the status is completed")
    if body.get("status") in ("waiting", "requested", "pending"):
        raise invalid("CheckRun", "status", "only GitHub Actions can set this status")
    if not body.get("name", "name").strip():
        raise invalid("CheckRun", "name", "name cannot be blank")
    output = body.get("output")
    if output is not None:
        if not (output.get("title") or "").strip() or not (output.get("summary") or "").strip():
            raise invalid("CheckRun", "output", "output needs a title and a summary")
        for part in ("summary", "text"):
            if len(output.get(part) or "") > TEXT_LIMIT:
                raise invalid("CheckRun", part, f"{part} exceeds a maximum length of {TEXT_LIMIT} characters")
        for annotation in output.get("annotations", ()):
            check_annotation(annotation)


def check_annotation(annotation: Json) -> None:
    """Lines, columns and sizes of one annotation (GitHub REST, Checks)."""
    start, end = annotation["start_line"], annotation["end_line"]
    if start < 1 or end < start:
        raise invalid("CheckRun", "annotations", "end_line must not be before start_line, and lines start at 1")
    columns = [annotation[name] for name in ("start_column", "end_column") if name in annotation]
    if columns and start != end:
        raise invalid("CheckRun", "annotations", "columns are only supported when start_line and end_line are equal")
    if any(column < 1 for column in columns) or columns != sorted(columns):
        raise invalid("CheckRun", "annotations", "end_column must not be before start_column")
    if not annotation["path"] or annotation["path"].startswith("/"):
        raise invalid("CheckRun", "annotations", "path must be relative to the root of the repository")
    if not annotation["message"]:
        raise invalid("CheckRun", "annotations", "message cannot be blank")
    for part in ("message", "raw_details"):
        if len((annotation.get(part) or "").encode()) > ANNOTATION_BYTES:
            raise invalid("CheckRun", "annotations", f"{part} exceeds a maximum size of 64 KB")
    if len(annotation.get("title") or "") > TITLE_LIMIT:
        raise invalid("CheckRun", "annotations", f"title exceeds a maximum length of {TITLE_LIMIT} characters")


def check_comment(body: Json) -> None:
    """A comment says something, and not too much (GitHub REST, Issue comments)."""
    if not body["body"].strip():
        raise invalid("IssueComment", "body", "Body can't be blank")
    if len(body["body"]) > COMMENT_LIMIT:
        raise invalid("IssueComment", "body", f"Body is too long (maximum is {COMMENT_LIMIT} characters)")


def check_status(body: Json) -> None:
    """Lengths of a commit status (GitHub REST, Commit statuses)."""
    if len(body.get("description") or "") > DESCRIPTION_LIMIT:
        raise invalid("Status", "description", "description is too long (maximum is 140 characters)")
    if len(body.get("context", "default")) > TITLE_LIMIT:
        raise invalid("Status", "context", "context is too long (maximum is 255 characters)")
    target = body.get("target_url") or "https://"
    if not target.startswith(("https://", "http://")):
        raise invalid("Status", "target_url", "target_url must use http(s) scheme")
