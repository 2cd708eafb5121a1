"""Check runs, check suites, annotations and commit statuses."""

from datetime import datetime

from simulators.github.models import CheckRun, CheckSuite, Json, Status
from simulators.github.state import State
from simulators.github.views.apps import app_view
from simulators.github.views.common import Urls, account_view, maybe_stamp, node_id, repository_view, stamp
from simulators.github.views.pulls import pull_reference

_WORST_FIRST = ("failure", "timed_out", "action_required", "cancelled", "stale", "success", "neutral", "skipped")


def suite_state(state: State, suite: CheckSuite) -> tuple[str, str | None]:
    """Status and conclusion of a suite: those of its newest runs together."""
    latest = {run.name: run for run in sorted(state.check_runs.values(), key=lambda r: r.id) if run.suite is suite}
    if not latest or all(run.status == "queued" for run in latest.values()):
        return "queued", None
    conclusions = {run.conclusion for run in latest.values()}
    if None in conclusions:
        return "in_progress", None
    return "completed", next(name for name in _WORST_FIRST if name in conclusions)


def check_run_view(urls: Urls, state: State, run: CheckRun) -> Json:
    """check-run; the actions are not shown again (GitHub REST, Checks)."""
    suite = run.suite
    url = f"{urls.repo(suite.repository)}/check-runs/{run.id}"
    page = f"{urls.page(suite.repository)}/runs/{run.id}"
    return {
        "id": run.id,
        "name": run.name,
        "node_id": node_id("CR", run.id),
        "head_sha": suite.head_sha,
        "external_id": run.external_id,
        "url": url,
        "html_url": page,
        "details_url": run.details_url or page,
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": stamp(run.started_at),
        "completed_at": maybe_stamp(run.completed_at),
        "output": {
            "title": run.title,
            "summary": run.summary,
            "text": run.text,
            "annotations_count": len(run.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": suite.id},
        "app": app_view(urls, suite.app),
        "pull_requests": [pull_reference(urls, p) for p in state.pulls_with_head(suite.repository, suite.head_sha)],
    }


def suite_reference(urls: Urls, state: State, suite: CheckSuite) -> Json:
    """The check suite as check_run events hold it."""
    pulls = list(state.pulls_with_head(suite.repository, suite.head_sha))
    branch = next((name for name, sha in suite.repository.branches.items() if sha == suite.head_sha), None)
    status, conclusion = suite_state(state, suite)
    commit = suite.repository.commits.get(suite.head_sha)
    return {
        "id": suite.id,
        "node_id": node_id("CS", suite.id),
        "head_branch": branch,
        "head_sha": suite.head_sha,
        "status": status,
        "conclusion": conclusion,
        "url": f"{urls.repo(suite.repository)}/check-suites/{suite.id}",
        "before": commit.parents[0] if commit and commit.parents else None,
        "after": suite.head_sha,
        "pull_requests": [pull_reference(urls, pull) for pull in pulls],
        "app": app_view(urls, suite.app),
        "created_at": stamp(suite.created_at),
        "updated_at": stamp(_touched(state, suite)),
    }


def _touched(state: State, suite: CheckSuite) -> datetime:
    runs = [run for run in state.check_runs.values() if run.suite is suite]
    return max([suite.created_at, *(run.completed_at or run.started_at for run in runs)])


def suite_details(urls: Urls, state: State, suite: CheckSuite) -> Json:
    """The check suite as check_suite events hold it."""
    view = suite_reference(urls, state, suite)
    commit = suite.repository.commits[suite.head_sha]
    person = {"name": commit.author.login, "email": f"{commit.author.login}@users.noreply.github.com"}
    head_commit = {
        "id": commit.sha,
        "tree_id": commit.sha,
        "message": commit.message,
        "timestamp": stamp(commit.date),
        "author": person,
        "committer": person,
    }
    runs = [run for run in state.latest_runs(suite.repository, suite.head_sha) if run.suite is suite]
    more = {"latest_check_runs_count": len(runs), "check_runs_url": f"{view['url']}/check-runs"}
    return {**view, **more, "head_commit": head_commit}


def suite_view(urls: Urls, state: State, suite: CheckSuite) -> Json:
    """check-suite."""
    return {**suite_details(urls, state, suite), "repository": repository_view(urls, suite.repository)}


def annotation_view(urls: Urls, run: CheckRun, annotation: Json) -> Json:
    """check-annotation."""
    optional = ("start_column", "end_column", "title", "raw_details")
    blob = f"{urls.page(run.suite.repository)}/blob/{run.suite.head_sha}/{annotation['path']}"
    return {**dict.fromkeys(optional), **annotation, "blob_href": blob}


def status_view(urls: Urls, status: Status) -> Json:
    """status."""
    return {
        "url": f"{urls.repo(status.repository)}/statuses/{status.sha}",
        "avatar_url": f"https://avatars.githubusercontent.com/u/{status.creator.id}?v=4",
        "id": status.id,
        "node_id": node_id("SC", status.id),
        "state": status.state,
        "description": status.description,
        "target_url": status.target_url,
        "context": status.context,
        "created_at": stamp(status.created_at),
        "updated_at": stamp(status.created_at),
        "creator": account_view(urls, status.creator),
    }
