"""What runs on Azure DevOps: builds, their jobs and what these print and publish (Azure Pipelines)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Literal
from zipfile import ZipFile

from simulators.azure.models import Build, BuildArtifact, BuildJob, Identity, PullRequest, Repository, TestRun
from simulators.azure.projects import Projects
from simulators.azure.published import results_of
from simulators.stage import SimJob

Result = Literal["succeeded", "partiallySucceeded", "failed", "canceled"]
JobResult = Literal["succeeded", "failed", "canceled", "skipped"]

STEP = "Run tests"
_RESULTS: dict[str, JobResult] = {
    "passed": "succeeded",
    "failed": "failed",
    "cancelled": "canceled",
    "skipped": "skipped",
}
_LINE = "=" * 78


class Pipelines(Projects):
    """Queues and runs builds; nothing here sends a service hook."""

    def add_build(
        self,
        where: PullRequest | Repository,
        *,
        definition: str = "CI",
        user: Identity | str = "octavia",
        definition_id: int = 2,
        sha: str | None = None,
    ) -> Build:
        """A queued build: of a pull request's merge commit, or of a default branch; `sha` is another commit of it."""
        with self.state.lock:
            number, now = self.state.new_id(500), self.state.now()
            pull = where if isinstance(where, PullRequest) else None
            repository = pull.repository if pull else where
            assert isinstance(repository, Repository)
            branch = f"refs/pull/{pull.id}/merge" if pull else repository.default_branch
            version = sha or (pull.merge_sha if pull else repository.refs[branch])
            parents = repository.commits[version].parents if version in repository.commits else ()
            build = Build(
                id=number,
                number=f"{now:%Y%m%d}.{number}",
                definition_id=definition_id,
                definition_name=definition,
                repository=repository,
                source_branch=branch,
                source_version=version,
                requested_for=self.person(user),
                queued_at=now,
                reason="pullRequest" if pull else "individualCI",
                pull=pull,
                head=parents[-1] if pull and len(parents) > 1 else pull.head if pull else "",
                changed_at=now,
            )
            self.state.builds[build.id] = build
            return build

    def start_build(self, build: Build) -> None:
        """An agent takes it."""
        with self.state.lock:
            build.status, build.started_at, build.changed_at = "inProgress", self.state.now(), self.state.now()

    def finish_build(
        self,
        build: Build,
        result: Result,
        log: Iterable[str] = (),
    ) -> None:
        """The build has run; `log` is what it printed where it has no jobs."""
        with self.state.lock:
            now = self.state.now()
            build.started_at = build.started_at or build.queued_at
            build.status, build.result, build.finished_at, build.changed_at = "completed", result, now, now
            if lines := list(log):
                build.logs[1] = lines

    def run_jobs(self, build: Build, jobs: Sequence[SimJob]) -> None:
        """The jobs have run, and with them the build; those of an earlier attempt that are not named stay."""
        with self.state.lock:
            for job in jobs:
                self._run_job(build, job)
            results: set[str] = {each.result for each in build.jobs}
            self.finish_build(build, _worst(results))

    def keep_artifact(
        self, build: Build, name: str, files: Mapping[str, bytes], *, kind: str = "PipelineArtifact"
    ) -> BuildArtifact:
        """A step of the build published files, which lie below the artifact's name."""
        with self.state.lock:
            packed = BytesIO()
            with ZipFile(packed, "w") as archive:
                for path, content in files.items():
                    archive.writestr(f"{name}/{path}", content)
            artifact = BuildArtifact(self.state.new_id(70), name, kind, packed.getvalue())
            build.artifacts.append(artifact)
            return artifact

    def retry(self, build: Build, what: str) -> None:
        """Runs what failed of it again; the build keeps its id."""
        with self.state.lock:
            build.asked.append(what)
            build.status, build.result, build.finished_at, build.cancelled = "inProgress", None, None, False
            build.changed_at = self.state.now()
            build.attempt += 1

    def _run_job(self, build: Build, job: SimJob) -> None:
        earlier = next((each for each in build.jobs if each.name == job.name), None)
        now = self.state.now()
        attempt = earlier.attempt + 1 if earlier is not None else 1
        ran = BuildJob(
            earlier.id if earlier is not None else self.state.new_guid(),
            job.name,
            re.sub(r"\W", "_", job.name),
            _RESULTS[job.outcome],
            attempt,
            build.started_at or now,
            now,
        )
        if ran.result != "skipped":
            ran.log_id = max(build.logs, default=9) + 1
            build.logs[ran.log_id] = _printed(job, now)
        build.jobs = [*(each for each in build.jobs if each is not earlier), ran]
        for name, content in job.reports.items():
            run = TestRun(self.state.new_id(30), build, name, job.name, ran.stage, attempt, now)
            run.results = results_of(content)
            self.state.test_runs[run.id] = run


def _worst(results: set[str]) -> Result:
    if results & {"failed", "abandoned"}:
        return "failed"
    if "canceled" in results:
        return "canceled"
    return "partiallySucceeded" if "succeededWithIssues" in results else "succeeded"


def _printed(job: SimJob, at: datetime) -> list[str]:
    """A step's log with the host's own lines around what was printed."""
    about = [_LINE, "Task         : Command line", "Version      : 2.237.1", _LINE, "Generating script."]
    begin = "========================== Starting Command Output ==========================="
    lines = [f"##[section]Starting: {STEP}", *about, begin, *job.log.splitlines()]
    if job.outcome == "failed":
        lines.append("##[error]Bash exited with code '1'.")
    if job.outcome == "cancelled":
        lines.append("##[error]The operation was canceled.")
    lines.append(f"##[section]Finishing: {STEP}")
    return [f"{at:%Y-%m-%dT%H:%M:%S.%f}0Z {line}" for line in lines]
