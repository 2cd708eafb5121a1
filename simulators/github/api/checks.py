"""Check runs and check suites (GitHub REST, Checks)."""

from datetime import UTC, datetime

from simulators.answers import Answer
from simulators.github.answers import Refusal, invalid, not_found
from simulators.github.models import CheckRun, Json
from simulators.github.routes import ApiCall, Route
from simulators.github.rules import check_check_run
from simulators.github.views.checks import annotation_view, check_run_view, suite_view


def _create(call: ApiCall) -> Answer:
    check_check_run(call.body)
    sha = call.body["head_sha"]
    if sha not in call.repository.commits:
        raise Refusal(422, f"No commit found for SHA: {sha}")
    suite = call.state.suite_for(call.repository, call.installation.app, sha)
    run = CheckRun(call.state.new_id(40_000_000_000), suite, call.body["name"], call.state.now())
    _apply(call, run)
    call.state.check_runs[run.id] = run
    return Answer(check_run_view(call.urls, call.state, run), 201)


def _update(call: ApiCall) -> Answer:
    run = _known(call)
    if run.suite.app is not call.installation.app:
        app_id = run.suite.app.id
        raise Refusal(403, f"Invalid app_id `{app_id}` - check run can only be modified by the GitHub App that made it")
    check_check_run(call.body)
    _apply(call, run)
    return Answer(check_run_view(call.urls, call.state, run))


def _apply(call: ApiCall, run: CheckRun) -> None:
    body, output = call.body, call.body.get("output", {})
    run.name = body.get("name", run.name)
    run.external_id = body.get("external_id", run.external_id)
    run.details_url = body.get("details_url", run.details_url)
    if run.details_url and not run.details_url.startswith(("https://", "http://")):
        raise invalid("CheckRun", "details_url", "details_url must be an http or https URL")
    run.started_at = _moment(body, "started_at") or run.started_at
    if "conclusion" in body:
        run.status, run.conclusion = "completed", body["conclusion"]
        run.completed_at = _moment(body, "completed_at") or call.state.now()
    elif "status" in body:
        run.status, run.conclusion, run.completed_at = body["status"], None, None
    run.title = output.get("title", run.title)
    run.summary = output.get("summary", run.summary)
    run.text = output.get("text", run.text)
    run.annotations.extend(output.get("annotations", ()))
    run.actions = body.get("actions", run.actions)


def _moment(body: Json, name: str) -> datetime | None:
    return datetime.fromisoformat(body[name]).astimezone(UTC) if name in body else None


def _get(call: ApiCall) -> Answer:
    return Answer(check_run_view(call.urls, call.state, _known(call)))


def _annotations(call: ApiCall) -> Answer:
    run = _known(call)
    return call.paged(run.annotations, lambda annotation: annotation_view(call.urls, run, annotation))


def _list_for_ref(call: ApiCall) -> Answer:
    sha = call.commit.sha
    all_of_them = call.query.get("filter") == "all"
    state, repository = call.state, call.repository
    return _list(call, state.runs_on(repository, sha) if all_of_them else state.latest_runs(repository, sha))


def _list_for_suite(call: ApiCall) -> Answer:
    suite = call.state.suites.get(call.number("check_suite_id"))
    if suite is None or suite.repository is not call.repository:
        raise not_found()
    return _list(call, [r for r in call.state.latest_runs(suite.repository, suite.head_sha) if r.suite is suite])


def _list(call: ApiCall, runs: list[CheckRun]) -> Answer:
    wanted = call.query
    kept = [
        run
        for run in runs
        if wanted.get("check_name", run.name) == run.name
        and wanted.get("status", run.status) == run.status
        and wanted.get("app_id", str(run.suite.app.id)) == str(run.suite.app.id)
    ]
    return call.paged(kept, lambda run: check_run_view(call.urls, call.state, run), "check_runs")


def _suites(call: ApiCall) -> Answer:
    sha = call.commit.sha
    suites = [s for s in call.state.suites.values() if s.repository is call.repository and s.head_sha == sha]
    if "app_id" in call.query:
        suites = [suite for suite in suites if str(suite.app.id) == call.query["app_id"]]
    return call.paged(suites, lambda suite: suite_view(call.urls, call.state, suite), "check_suites")


def _suite(call: ApiCall) -> Answer:
    suite = call.state.suites.get(call.number("check_suite_id"))
    if suite is None or suite.repository is not call.repository:
        raise not_found()
    return Answer(suite_view(call.urls, call.state, suite))


def _known(call: ApiCall) -> CheckRun:
    run = call.state.check_runs.get(call.number("check_run_id"))
    if run is None or run.suite.repository is not call.repository:
        raise not_found()
    return run


ROUTES = (
    Route("checks/create", _create, ("checks",), "write"),
    Route("checks/update", _update, ("checks",), "write"),
    Route("checks/get", _get, ("checks",), person="read"),
    Route("checks/list-annotations", _annotations, ("checks",), person="read"),
    Route("checks/list-for-ref", _list_for_ref, ("checks",), person="read"),
    Route("checks/list-for-suite", _list_for_suite, ("checks",), person="read"),
    Route("checks/list-suites-for-ref", _suites, ("checks",), person="read"),
    Route("checks/get-suite", _suite, ("checks",), person="read"),
)
