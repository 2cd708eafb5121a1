"""Verdicts that tests say, and the jobs in which they land."""

from providers.report import Check, Verdict
from providers.values import Revision, Slot, Written
from simulators.gitlab import Job, Pipeline
from tests.providers.benches.gitlab import GitlabBench

STATUSES = r"/statuses/"


def check(verdict: Verdict, title: str = "3 tests failed") -> Check:
    return Check("Agnox", verdict, title, "", details_url="https://agnox.example/cycles/7")


def revision(bench: GitlabBench) -> Revision:
    return Revision(bench.repository, bench.request.sha, bench.request.iid, bench.request.source_branch)


def ours(pipeline: Pipeline) -> list[Job]:
    return [job for job in pipeline.latest if job.external]


def external(bench: GitlabBench) -> list[Pipeline]:
    return [pipeline for pipeline in bench.simulator.state.pipelines.values() if pipeline.source == "external"]


async def say(bench: GitlabBench, verdict: Verdict, before: Written | None = None, title: str = "3 failed") -> Written:
    slot = Slot(before.id, before.state) if before else Slot()
    return await bench.provider.put_status(revision(bench), check(verdict, title), slot)
