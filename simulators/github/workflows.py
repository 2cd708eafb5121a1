"""How workflow runs begin, end, are run again and stopped."""

import io
import re
import zipfile
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from simulators.github.actions import Artifact, Job, WorkflowRun
from simulators.github.answers import Refusal
from simulators.github.models import Account, App, CheckRun, CheckSuite, PullRequest, Repository
from simulators.github.state import State

ACTIONS_ID = 15_368
MONTH = timedelta(days=30)
CONCLUSIONS = {"passed": "success", "failed": "failure", "cancelled": "cancelled", "skipped": "skipped"}
_WORST_FIRST = ("failure", "cancelled", "success")
_STAMPED = re.compile(r"\ufeff?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


def begin(
    state: State,
    repository: Repository,
    sha: str,
    name: str,
    *,
    event: str,
    branch: str,
    actor: Account,
    source: Repository | None = None,
    pull: PullRequest | None = None,
) -> WorkflowRun:
    """A run that is in progress, with a check suite of its own."""
    now = state.now()
    suite = CheckSuite(state.new_id(50_000_000_000), repository, actions_app(state), sha, now)
    state.suites[suite.id] = suite
    file = re.sub(r"\W+", "-", name.lower()).strip("-") or "workflow"
    run = WorkflowRun(
        id=state.new_id(19_000_000_000),
        repository=repository,
        source=source or repository,
        suite=suite,
        name=name,
        path=f".github/workflows/{file}.yml",
        number=1 + len(state.workflow_runs),
        event=event,
        branch=branch,
        actor=actor,
        created_at=now,
        started_at=now,
        updated_at=now,
        pull=pull,
        status="in_progress",
    )
    state.workflow_runs[run.id] = run
    return run


def end(state: State, run: WorkflowRun, jobs: Iterable[tuple[str, str, str, Mapping[str, bytes]]]) -> None:
    """It is over; `jobs` are name, outcome, log and reports of those that ran in this attempt.

    A run that was over begins another attempt with these jobs first, as if somebody had pressed the button.
    """
    if run.ended and (run.filled or not run.cancelled):
        again(state, run, whole=False)
    for name, outcome, log, reports in jobs:
        _end_job(state, run, name, CONCLUSIONS[outcome], log)
        if reports:
            keep(state, run, f"test-results-{name}", packed(reports))
    run.filled = True
    found = {job.conclusion for job in run.latest()}
    worst = next((word for word in _WORST_FIRST if word in found), "skipped" if found else "success")
    complete(state, run, "cancelled" if run.cancelled else worst)


def complete(state: State, run: WorkflowRun, conclusion: str) -> None:
    """Over, whatever its jobs are."""
    run.status, run.conclusion, run.updated_at = "completed", conclusion, state.now()


def again(state: State, run: WorkflowRun, *, whole: bool) -> None:
    """Another attempt of all its jobs or of some."""
    run.attempt += 1
    run.whole, run.cancelled, run.filled = whole, False, False
    run.status, run.conclusion = "in_progress", None
    run.started_at = run.updated_at = state.now()


def refuse_old_or_running(state: State, run: WorkflowRun, running: str) -> None:
    """GitHub's refusals of a re-run, in its own words (GitHub Docs, Re-running workflows and jobs)."""
    if not run.ended:
        raise Refusal(403, running)
    if state.now() - run.created_at > MONTH:
        raise Refusal(403, "Unable to retry this workflow run because it was created over a month ago")


def keep(state: State, run: WorkflowRun, name: str, archive: bytes) -> Artifact:
    """An artifact, whatever is in it."""
    artifact = Artifact(state.new_id(2_300_000_000), name, archive, state.now())
    run.artifacts.append(artifact)
    return artifact


def packed(files: Mapping[str, bytes]) -> bytes:
    """A zip as actions/upload-artifact makes it."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def actions_app(state: State) -> App:
    """GitHub Actions, which is an app too."""
    app = state.apps.get(ACTIONS_ID)
    if app is None:
        owner = Account(state.new_id(9_000_000), "github", "Organization")
        bot = Account(state.new_id(9_000_000), "github-actions[bot]", "Bot")
        for account in (owner, bot):
            state.accounts.setdefault(account.login, account)
        rights = {"actions": "write", "checks": "write", "contents": "write", "metadata": "read"}
        app = App(
            ACTIONS_ID, "github-actions", "GitHub Actions", "Iv1.05c79e9ad1f6bdfa", owner, bot, state.now(), rights, []
        )
        state.apps[ACTIONS_ID] = app
    return app


def find_job(state: State, repository: Repository, job_id: int) -> tuple[WorkflowRun, Job] | None:
    """A job by its number."""
    runs: Collection[WorkflowRun] = state.workflow_runs.values()
    return next(((r, j) for r in runs if r.repository is repository for j in r.jobs if j.id == job_id), None)


def _end_job(state: State, run: WorkflowRun, name: str, conclusion: str, log: str) -> None:
    now = state.now()
    check = CheckRun(state.new_id(40_000_000_000), run.suite, name, now, "completed", conclusion, now)
    if conclusion == "failure":
        # The runner leaves one on the workflow's file, at the line of nothing (actions/runner).
        check.annotations.append(
            {
                "path": ".github",
                "start_line": 1,
                "end_line": 1,
                "annotation_level": "failure",
                "message": "Process completed with exit code 1.",
            }
        )
    state.check_runs[check.id] = check
    written = None if conclusion == "skipped" else _log(log, conclusion, now)
    run.jobs.append(
        Job(check.id, name, run.attempt, check, run.started_at, written, conclusion=conclusion, completed_at=now)
    )


def _log(text: str, conclusion: str, now: datetime) -> bytes:
    """As GitHub's runner writes it: each line with a time, what it says itself with a mark."""
    if _STAMPED.match(text):
        return text.encode()
    last = {
        "failure": ["##[error]Process completed with exit code 1."],
        "cancelled": ["##[error]The operation was canceled."],
    }
    lines = [
        "##[group]Operating System",
        "Ubuntu",
        "24.04.3",
        "LTS",
        "##[endgroup]",
        "##[group]Run make test",
        "\x1b[36;1mmake test\x1b[0m",
        "shell: /usr/bin/bash -e {0}",
        "##[endgroup]",
        *text.splitlines(),
        *last.get(conclusion, []),
        "Cleaning up orphan processes",
    ]
    stamp = now.strftime("%Y-%m-%dT%H:%M:%S")
    return ("\ufeff" + "".join(f"{stamp}.{at % 10_000_000:07}Z {line}\n" for at, line in enumerate(lines))).encode()
