"""Test runs of builds and their results (Azure DevOps REST, Test: Runs, Results)."""

from simulators.answers import Answer
from simulators.azure.answers import bad_request, no_project, not_found
from simulators.azure.models import TestRun
from simulators.azure.routes import ApiCall, Route, listed
from simulators.azure.views.timeline import test_result_view, test_run_view

RUNS = "{project}/_apis/test/Runs"
RESULTS = f"{RUNS}/{{runId}}/results"
_READ = ("vso.test", "vso.test_write")
_MOST = 1_000


def _list(call: ApiCall) -> Answer:
    wanted = call.query.get("buildUri")
    found = [run for run in _runs(call) if wanted in (None, f"vstfs:///Build/Build/{run.build.id}")]
    start = call.count("$skip", 0, 1_000_000)
    page = found[start : start + call.count("$top", 100, _MOST)]
    views = [test_run_view(call.urls, run) for run in page]
    if not call.flag("includeRunDetails"):
        views = [{name: view[name] for name in ("id", "name", "url", "isAutomated", "state")} for view in views]
    return listed(views)


def _results(call: ApiCall) -> Answer:
    run = next((run for run in _runs(call) if run.id == call.number("runId")), None)
    if run is None:
        raise not_found("TestObjectNotFoundException", f"Test run {call.asked.arguments['runId']} cannot be found.")
    outcomes = {name for name in call.query.get("outcomes", "").lower().split(",") if name}
    top = call.count("$top", _MOST, 1_000_000)
    if top > _MOST:
        raise bad_request(f"$top is {_MOST} at most.")
    found = [
        test_result_view(run, number, result)
        for number, result in enumerate(run.results)
        if not outcomes or result.outcome.lower() in outcomes
    ]
    start = call.count("$skip", 0, 10_000_000)
    return listed(found[start : start + top])


def _runs(call: ApiCall) -> list[TestRun]:
    if call.project is None:
        raise no_project("")
    return [run for run in call.state.test_runs.values() if run.build.repository.project is call.project]


ROUTES = (
    Route("GET", RUNS, _list, _READ),
    Route("GET", RESULTS, _results, _READ),
)
