"""GitHub Actions, and the actions of Gitea and Forgejo, which use its names.

Sources: docs.github.com "Variables reference" and "Events that trigger workflows"; docs.gitea.com "Gitea Actions
variables".
"""

import json
import re
from pathlib import Path
from typing import Any

from agnox.context.git import Git
from agnox.context.values import Context, Value
from agnox.context.variables import Variables

_PULL_REF = re.compile(r"refs/pull/([0-9]{1,10})/(?:merge|head)")
_PAYLOAD_LIMIT = 16 * 1024 * 1024
_ORIGIN = "GITHUB_EVENT_PATH"


def here(env: Variables) -> bool:
    """Whether this is GitHub Actions or one that is like it."""
    return env.is_true("GITHUB_ACTIONS")


def read(env: Variables, git: Git) -> Context:
    """Reads the variables, and the event's payload, which alone knows the head of a pull request."""
    event = _Event(env)
    gitea = next((name for name in ("GITEA_ACTIONS", "FORGEJO_ACTIONS") if env.is_true(name)), None)
    number, commit, branch = event.pull_request()
    if number is None:
        number, commit, branch = _of_ref(env)
    if number is None:
        commit = event.value("workflow_run", "head_sha") or event.value("merge_group", "head_sha")
        commit = commit or env.first("GITHUB_SHA")
        branch = event.value("workflow_run", "head_branch")
        if branch is None and env.text("GITHUB_REF_TYPE") != "tag":
            branch = env.branch("GITHUB_REF_NAME")
    if number is not None and commit is None and git.head and git.head.text != env.text("GITHUB_SHA"):
        # A comment started it, on the default branch; the job may have checked out the pull request by itself.
        commit = git.head
    return Context(
        source=Value("gitea", gitea) if gitea else Value("github", "GITHUB_ACTIONS"),
        repository=env.first("GITHUB_REPOSITORY"),
        pr_number=number,
        commit_sha=commit,
        branch=branch,
        run_url=env.joined("{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}"),
        runner=Value("Gitea Actions", gitea) if gitea else Value("GitHub Actions", "GITHUB_ACTIONS"),
        suite=env.joined("{GITHUB_WORKFLOW} / {GITHUB_JOB}") or env.first("GITHUB_JOB"),
    )


def _of_ref(env: Variables) -> tuple[Value | None, Value | None, Value | None]:
    """Reads a pull request without its payload: the commit is then the merge, and the ref says so."""
    ref = _PULL_REF.fullmatch(env.text("GITHUB_REF"))
    if ref is None:
        return None, None, None
    return Value(ref[1], "GITHUB_REF"), env.first("GITHUB_SHA"), env.first("GITHUB_REF")


class _Event:
    """The payload of the event; empty where it can't be read."""

    def __init__(self, env: Variables) -> None:
        self._payload: dict[str, Any] = {}
        path = Path(env.text(_ORIGIN) or "-")
        try:
            if path.stat().st_size <= _PAYLOAD_LIMIT:
                payload = json.loads(path.read_bytes())
                self._payload = payload if isinstance(payload, dict) else {}
        except (OSError, ValueError):
            pass

    def value(self, *keys: str) -> Value | None:
        found: Any = self._payload
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        if isinstance(found, bool) or not isinstance(found, str | int) or not str(found).strip():
            return None
        return Value(str(found).strip(), f"{_ORIGIN}: {'.'.join(keys)}")

    def pull_request(self) -> tuple[Value | None, Value | None, Value | None]:
        """Gives number, head and branch."""
        number = self.value("pull_request", "number")
        if number:
            return number, self.value("pull_request", "head", "sha"), self.value("pull_request", "head", "ref")
        if self.value("issue", "pull_request", "url"):
            return self.value("issue", "number"), None, None
        followed = self._payload.get("workflow_run")
        pulls = followed.get("pull_requests") if isinstance(followed, dict) else None
        # A run in a fork names none; one whose branch has several would be a guess.
        if (
            isinstance(pulls, list)
            and len(pulls) == 1
            and isinstance(pulls[0], dict)
            and isinstance(pulls[0].get("number"), int)
        ):
            number = Value(str(pulls[0]["number"]), f"{_ORIGIN}: workflow_run.pull_requests")
            return number, self.value("workflow_run", "head_sha"), self.value("workflow_run", "head_branch")
        return None, None, None
