"""The timeline of a build and the test runs that it published (Azure DevOps REST, Timeline; Test Runs; Results)."""

import uuid
from collections import Counter
from collections.abc import Iterator

from simulators.azure.models import Build, BuildJob, Json, TestOutcome, TestRun
from simulators.azure.pipelines import STEP
from simulators.azure.views.common import Urls, stamp

_SPACE = uuid.UUID("b1c2d3e4-0000-4000-8000-000000000000")


def timeline_view(urls: Urls, build: Build) -> Json:
    """build.Timeline: a stage, a phase, the job and its step for each job."""
    records = [record for order, job in enumerate(build.jobs, 1) for record in _records(urls, build, job, order)]
    return {
        "id": str(uuid.uuid5(_SPACE, f"timeline {build.id}")),
        "changeId": build.attempt,
        "lastChangedBy": build.requested_for.id,
        "lastChangedOn": stamp(build.changed_at or build.queued_at),
        "records": records,
    }


def log_url(urls: Urls, build: Build, log_id: int) -> str:
    return f"{urls.collection}/{build.repository.project.id}/_apis/build/builds/{build.id}/logs/{log_id}"


def test_run_view(urls: Urls, run: TestRun) -> Json:
    """test.TestRun with its details."""
    count = Counter(result.outcome for result in run.results)
    build = run.build
    stage = {"stageName": run.stage, "attempt": run.attempt}
    return {
        "id": run.id,
        "name": run.name,
        "url": f"{urls.collection}/{build.repository.project.id}/_apis/test/Runs/{run.id}",
        "isAutomated": True,
        "state": "Completed",
        "startedDate": stamp(run.started_at),
        "completedDate": stamp(run.started_at),
        "totalTests": len(run.results),
        "passedTests": count["Passed"],
        "notApplicableTests": 0,
        "incompleteTests": 0,
        "unanalyzedTests": count["Failed"],
        "build": {"id": str(build.id), "name": build.number},
        "buildConfiguration": {"id": build.id, "number": build.number, "uri": f"vstfs:///Build/Build/{build.id}"},
        "pipelineReference": {
            "pipelineId": build.id,
            "stageReference": stage,
            "phaseReference": {"phaseName": run.job, "attempt": run.attempt},
            "jobReference": {"jobName": run.job, "attempt": run.attempt},
        },
        "runStatistics": [{"state": "Completed", "outcome": name, "count": each} for name, each in count.items()],
    }


def test_result_view(run: TestRun, number: int, result: TestOutcome) -> Json:
    """test.TestCaseResult; words are there of what failed only."""
    view: Json = {
        "id": 100_000 + number,
        "state": "Completed",
        "outcome": result.outcome,
        "automatedTestName": result.name,
        "automatedTestStorage": result.storage,
        "automatedTestType": "JUnit",
        "testCaseTitle": result.name,
        "durationInMs": result.duration,
        "startedDate": stamp(run.started_at),
        "completedDate": stamp(run.started_at),
        "testRun": {"id": str(run.id), "name": run.name},
        "build": {"id": str(run.build.id), "name": run.build.number},
    }
    if result.outcome == "Failed":
        view |= {"errorMessage": result.message, "stackTrace": result.trace}
    return view


def _records(urls: Urls, build: Build, job: BuildJob, order: int) -> Iterator[Json]:
    stage, phase, step = (str(uuid.uuid5(_SPACE, f"{job.id} {kind}")) for kind in ("stage", "phase", "step"))
    yield _record(job, stage, None, "Stage", job.stage, order, job.stage)
    yield _record(job, phase, stage, "Phase", job.name, 1, f"{job.stage}.{job.stage}")
    yield _record(job, job.id, phase, "Job", job.name, 1, f"{job.stage}.{job.stage}.__default")
    task = _record(job, step, job.id, "Task", STEP, 1, f"{job.stage}.{job.stage}.__default.CmdLine")
    task["task"] = {"id": "d9bafed4-0b18-4f58-968d-86655b4d2ce9", "name": "CmdLine", "version": "2.237.1"}
    if job.log_id is not None:
        task["log"] = {"id": job.log_id, "type": "Container", "url": log_url(urls, build, job.log_id)}
    if job.result == "failed":
        issue = {"type": "error", "category": "General", "message": "Bash exited with code '1'.", "data": {}}
        task |= {"errorCount": 1, "issues": [issue]}
    yield task


def _record(job: BuildJob, id_: str, parent: str | None, kind: str, name: str, order: int, identifier: str) -> Json:
    return {
        "previousAttempts": [{"attempt": number} for number in range(1, job.attempt)],
        "id": id_,
        "parentId": parent,
        "type": kind,
        "name": name,
        "identifier": identifier,
        "startTime": stamp(job.started_at),
        "finishTime": stamp(job.finished_at),
        "state": "completed",
        "result": job.result,
        "order": order,
        "attempt": job.attempt,
        "errorCount": 0,
        "warningCount": 0,
    }
