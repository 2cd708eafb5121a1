"""Builds, as far as a result has to be fetched or asked for again (Azure DevOps REST, Build)."""

from collections.abc import Callable

from simulators.answers import Answer
from simulators.azure.answers import AzureRefusal, bad_request, no_project, not_found
from simulators.azure.models import Build, PullRequest, Repository
from simulators.azure.permissions import READ
from simulators.azure.routes import ApiCall, Route, listed
from simulators.azure.views.builds import build_view
from simulators.azure.views.timeline import timeline_view

BUILDS = "{project}/_apis/build/builds"
ONE = f"{BUILDS}/{{buildId}}"
_READ = ("vso.build", "vso.build_execute")
_RUN = ("vso.build_execute",)


def _list(call: ApiCall) -> Answer:
    wanted: dict[str, Callable[[Build], str]] = {
        "definitions": lambda build: str(build.definition_id),
        "buildIds": lambda build: str(build.id),
        "branchName": lambda build: build.source_branch,
        "statusFilter": lambda build: build.status,
        "resultFilter": lambda build: build.result or "none",
        "reasonFilter": lambda build: build.reason,
        "repositoryId": lambda build: build.repository.id,
    }
    filters = [(call.query[name].lower().split(","), show) for name, show in wanted.items() if name in call.query]
    found = [b for b in _builds(call) if all(show(b).lower() in values for values, show in filters)]
    newest = sorted(found, key=lambda build: -build.id)[: call.count("$top", 1_000, 5_000)]
    return listed([build_view(call.urls, build) for build in newest])


def _get(call: ApiCall) -> Answer:
    return Answer(build_view(call.urls, _known(call)))


def _log(call: ApiCall) -> Answer:
    lines = _known(call).logs.get(call.number("logId"))
    if lines is None:
        raise not_found("BuildLogNotFoundException", "The log was not found.")
    if "json" in call.asked.headers.get("accept", ""):
        return listed(lines)
    return Answer("\r\n".join(lines), headers={"content-type": "text/plain"})


def _timeline(call: ApiCall) -> Answer:
    """A build that no agent has taken yet has none."""
    build = _known(call)
    return Answer(
        timeline_view(call.urls, build) if build.started_at is not None else None, 200 if build.started_at else 204
    )


def _queue(call: ApiCall) -> Answer:
    definition, branch = (call.body.get("definition") or {}).get("id"), call.body.get("sourceBranch")
    known = next((build for build in _builds(call) if build.definition_id == definition), None)
    if known is None:
        raise not_found("DefinitionNotFoundException", f"Build definition {definition} was not found.")
    where = _branch(call, known.repository, branch)
    build = call.world.add_build(
        where,
        definition=known.definition_name,
        user=call.actor,
        definition_id=known.definition_id,
        sha=call.body.get("sourceVersion"),
    )
    build.reason = "manual"
    alike = [each for each in _builds(call) if each is not build and _alike(each, build)]
    for earlier in sorted(alike, key=lambda each: each.id)[-1:]:
        earlier.asked.append("all")
        earlier.successor = build
    return Answer(build_view(call.urls, build))


def _branch(call: ApiCall, repository: Repository, branch: str | None) -> PullRequest | Repository:
    if branch in (None, repository.default_branch):
        return repository
    number = str(branch).removeprefix("refs/pull/").removesuffix("/merge")
    pull = call.state.pulls.get(int(number)) if number.isdecimal() else None
    if pull is None or pull.repository is not repository:
        raise bad_request(f"Could not find the branch {branch}.", "BuildRequestValidationFailedException")
    return pull


def _alike(one: Build, other: Build) -> bool:
    return (one.definition_id, one.repository, one.source_branch) == (
        other.definition_id,
        other.repository,
        other.source_branch,
    )


def _update(call: ApiCall) -> Answer:
    """`retry=true` runs the failed jobs of a finished build again; `cancelling` stops one under way."""
    build = _known(call)
    if call.flag("retry"):
        _demand_failed(build)
        call.world.retry(build, "failed")
    elif call.body.get("status") != "cancelling":
        raise bad_request("The simulator can only retry or cancel a build.")
    elif build.status == "completed":
        raise AzureRefusal(400, "InvalidBuildException", "The build has already completed.")
    else:
        build.cancelled = True
        call.world.finish_build(build, "canceled")
    return Answer(build_view(call.urls, build))


def _stage(call: ApiCall) -> Answer:
    """Runs the failed jobs of a stage again, or all of them."""
    build, name = _known(call), call.asked.arguments["stageRefName"]
    job = next((job for job in build.jobs if job.stage == name), None)
    if job is None:
        raise not_found("StageNotFoundException", f"Stage {name} could not be found.")
    if call.body.get("state") != "retry":
        raise bad_request("The simulator can only retry a stage.")
    if build.status != "completed" or (job.result == "succeeded" and call.body.get("forceRetryAllJobs") is not True):
        raise AzureRefusal(400, "InvalidStageException", "Only a stage that failed can be retried.")
    call.world.retry(build, job.name)
    return Answer(None, 204)


def _demand_failed(build: Build) -> None:
    if build.status != "completed" or build.result == "succeeded":
        raise AzureRefusal(400, "InvalidBuildException", "Only a build that failed can be retried.")


def _builds(call: ApiCall) -> list[Build]:
    if call.project is None:
        raise no_project("")
    return [
        build for build in call.state.builds.values() if build.repository.project is call.project and _seen(call, build)
    ]


def _seen(call: ApiCall, build: Build) -> bool:
    return call.state.may(call.actor, build.repository, READ)


def _known(call: ApiCall) -> Build:
    return known_build(call, call.number("buildId"))


def known_build(call: ApiCall, number: int) -> Build:
    """A build of the project that the caller may see; 404 otherwise."""
    build = next((build for build in _builds(call) if build.id == number), None)
    if build is None:
        raise not_found("BuildNotFoundException", f"The requested build {number} could not be found.")
    return build


ROUTES = (
    Route("GET", BUILDS, _list, _READ),
    Route("POST", BUILDS, _queue, _RUN),
    Route("GET", ONE, _get, _READ),
    Route("PATCH", ONE, _update, _RUN),
    Route("GET", f"{ONE}/logs/{{logId}}", _log, _READ),
    Route("GET", f"{ONE}/timeline", _timeline, _READ),
    Route("PATCH", f"{ONE}/stages/{{stageRefName}}", _stage, _RUN),
)
