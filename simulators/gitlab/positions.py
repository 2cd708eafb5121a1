"""Where a thread may stand in a diff (GitLab REST, Discussions, Create a thread in the merge request diff)."""

from collections.abc import Mapping
from typing import Any

from simulators.diff import rows
from simulators.gitlab.answers import bad_request
from simulators.gitlab.models import Json
from simulators.gitlab.requests import MergeRequest

_KIND_OF = {(False, True): "added", (True, False): "removed", (True, True): "context"}


def placed(request: MergeRequest, position: Mapping[str, Any]) -> Json:
    """The position as GitLab keeps it; 400 for one that no line of the diff has."""
    shas = tuple(position.get(f"{name}_sha") for name in ("base", "start", "head"))
    if shas not in [(v.base_sha, v.start_sha, v.head_sha) for v in request.versions]:
        raise _no_such_line()
    new_path, old_path = position.get("new_path"), position.get("old_path")
    file = next((f for f in request.files if (f.path, f.previous_path or f.path) == (new_path, old_path)), None)
    if file is None:
        raise _no_such_line()
    old, new = position.get("old_line"), position.get("new_line")
    if position.get("position_type") != "file":
        kind = _KIND_OF.get((old is not None, new is not None))
        known = {(row.kind, row.old, row.new) for row in rows(file.patch)}
        if (kind, old, new) not in known:
            raise _no_such_line()
    kept = ("base_sha", "start_sha", "head_sha", "old_path", "new_path", "position_type")
    return {name: position[name] for name in kept} | {"old_line": old, "new_line": new, "line_range": None}


def _no_such_line() -> Exception:
    return bad_request('Note {:line_code=>["can\'t be blank", "must be a valid line code"]}')
