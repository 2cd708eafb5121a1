"""Workflow runs, jobs and artifacts."""

from simulators.github.actions import Artifact, Job, WorkflowRun
from simulators.github.models import Json, Repository
from simulators.github.state import State
from simulators.github.views.common import Urls, account_view, maybe_stamp, node_id, repository_view, stamp
from simulators.github.views.pulls import pull_reference

_BASIC = frozenset({"id", "node_id", "name", "full_name", "private", "owner", "description", "fork", "url"})
_CLONES = frozenset({"git_url", "ssh_url", "clone_url", "svn_url", "mirror_url"})


def run_view(urls: Urls, state: State, run: WorkflowRun) -> Json:
    """workflow-run, the same in webhooks and answers."""
    url = f"{urls.repo(run.repository)}/actions/runs/{run.id}"
    page = f"{urls.page(run.repository)}/actions/runs/{run.id}"
    workflow = 160_000_000 + sum(run.path.encode())
    commit = run.repository.commits[run.sha]
    person = {"name": commit.author.login, "email": f"{commit.author.login}@users.noreply.github.com"}
    source = run.source if run.source is not None and not run.source.deleted else None
    earlier = f"{url}/attempts/{run.attempt - 1}" if run.attempt > 1 else None
    # Those of forks are never named.
    pulls = list(state.pulls_with_head(run.repository, run.sha)) if run.source is run.repository else []
    return {
        "id": run.id,
        "name": run.name,
        "node_id": node_id("WFR", run.id),
        "check_suite_id": run.suite.id,
        "check_suite_node_id": node_id("CS", run.suite.id),
        "head_branch": run.branch,
        "head_sha": run.sha,
        "path": run.path,
        "display_title": run.pull.title if run.pull else commit.title,
        "run_number": run.number,
        "event": run.event,
        "status": run.status,
        "conclusion": run.conclusion,
        "workflow_id": workflow,
        "url": url,
        "html_url": page,
        "pull_requests": [pull_reference(urls, pull) for pull in pulls],
        "created_at": stamp(run.created_at),
        "updated_at": stamp(run.updated_at),
        "actor": account_view(urls, run.actor),
        "triggering_actor": account_view(urls, run.actor),
        "run_attempt": run.attempt,
        "referenced_workflows": [],
        "run_started_at": stamp(run.started_at),
        "jobs_url": f"{url}/jobs",
        "logs_url": f"{url}/logs",
        "check_suite_url": f"{urls.repo(run.repository)}/check-suites/{run.suite.id}",
        "artifacts_url": f"{url}/artifacts",
        "cancel_url": f"{url}/cancel",
        "rerun_url": f"{url}/rerun",
        "previous_attempt_url": earlier,
        "workflow_url": f"{urls.repo(run.repository)}/actions/workflows/{workflow}",
        "head_commit": {
            "id": commit.sha,
            "tree_id": commit.sha,
            "message": commit.message,
            "timestamp": stamp(commit.date),
            "author": person,
            "committer": person,
        },
        "repository": _minimal(urls, run.repository),
        "head_repository": _minimal(urls, source) if source is not None else None,
    }


def job_view(urls: Urls, run: WorkflowRun, job: Job) -> Json:
    """job."""
    times = {"started_at": stamp(job.started_at), "completed_at": maybe_stamp(job.completed_at)}
    done = {"status": job.status, "conclusion": job.conclusion, **times}
    url = f"{urls.repo(run.repository)}/actions"
    return {
        "id": job.id,
        "run_id": run.id,
        "workflow_name": run.name,
        "head_branch": run.branch,
        "run_url": f"{url}/runs/{run.id}",
        "run_attempt": job.attempt,
        "node_id": node_id("CR", job.id),
        "head_sha": run.sha,
        "url": f"{url}/jobs/{job.id}",
        "html_url": f"{urls.page(run.repository)}/actions/runs/{run.id}/job/{job.id}",
        "created_at": stamp(job.started_at),
        **done,
        "name": job.name,
        "steps": [{"name": "Run make test", "number": 1, **done}],
        "check_run_url": f"{urls.repo(run.repository)}/check-runs/{job.check.id}",
        "labels": ["ubuntu-latest"],
        "runner_id": 1,
        "runner_name": "GitHub Actions 1",
        "runner_group_id": 0,
        "runner_group_name": "GitHub Actions",
    }


def artifact_view(urls: Urls, run: WorkflowRun, artifact: Artifact) -> Json:
    """artifact."""
    url = f"{urls.repo(run.repository)}/actions/artifacts/{artifact.id}"
    created = stamp(artifact.created_at)
    return {
        "id": artifact.id,
        "node_id": node_id("MDg", artifact.id),
        "name": artifact.name,
        "size_in_bytes": len(artifact.archive),
        "url": url,
        "archive_download_url": f"{url}/zip",
        "expired": artifact.expired,
        "created_at": created,
        "updated_at": created,
        "expires_at": created,
        "workflow_run": {
            "id": run.id,
            "repository_id": run.repository.id,
            "head_repository_id": (run.source or run.repository).id,
            "head_branch": run.branch,
            "head_sha": run.sha,
        },
    }


def _minimal(urls: Urls, repository: Repository) -> Json:
    """The shortest repository, which does not tell the default branch (seen in GitHub's webhooks and answers)."""
    whole = repository_view(urls, repository)
    return {name: whole[name] for name in whole if name in _BASIC or (name.endswith("_url") and name not in _CLONES)}
