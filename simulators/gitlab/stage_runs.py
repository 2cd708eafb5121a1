"""How pipelines of a stage end, and which deliveries were not taken."""

from collections.abc import Iterable, Sequence

from simulators.gitlab.hooks import Hook
from simulators.gitlab.runs import FINAL, Job, Pipeline
from simulators.gitlab.simulator import GitlabSimulator
from simulators.stage import Run, SimJob
from simulators.webhooks import Delivery

_STATUSES = {"passed": "success", "failed": "failed", "cancelled": "canceled", "skipped": "skipped"}


class Pipelines:
    """Ends pipelines as runners would."""

    def __init__(self, simulator: GitlabSimulator) -> None:
        self._simulator = simulator

    def current(self, run: Run) -> Pipeline:
        """The pipeline of a run; that which took its place when all was asked to run again."""
        pipeline: Pipeline = run.native
        while pipeline.again is not None:
            pipeline = pipeline.again
        run.native, run.id, run.sha = pipeline, str(pipeline.id), pipeline.sha
        return pipeline

    def end(self, pipeline: Pipeline, jobs: Sequence[SimJob]) -> None:
        """Its jobs end; those that ended before run once more, and those under way that are not named pass."""
        with self._simulator.state.lock:
            state, user = self._simulator.state, pipeline.user
            began = pipeline.tick(state.now())
            named = {job.name for job in jobs}
            for job in jobs:
                old = next((each for each in pipeline.own() if each.name == job.name), None)
                if old is None or old.status in FINAL:
                    number = state.new_id(12_000_000_000)
                    new = Job(number, pipeline, job.name, "test", user, began, ref=pipeline.ref)
                    pipeline.jobs.append(new)
                    if old is not None:
                        old.retried = True
                    old = new
                old.status, old.log, old.reports = _STATUSES[job.outcome], job.log, job.reports
            ended = pipeline.tick(began)
            for each in pipeline.own():
                if each.name in named or each.status not in FINAL:
                    each.started_at = None if each.status == "skipped" else each.started_at or began
                    each.status = each.status if each.name in named else "success"
                    each.finished_at = ended
            pipeline.updated_at = ended
            if not pipeline.own():
                pipeline.bare = "success"


class Backlog:
    """What hooks could not deliver, and what they were asked to send again."""

    def __init__(self, simulator: GitlabSimulator) -> None:
        self._simulator = simulator
        self._seen = set[int]()

    def missed(self, bodies: Iterable[bytes]) -> None:
        """Deliveries that were not taken; four in a row switch their hook off."""
        lost, now = set(bodies), self._simulator.state.now()
        with self._simulator.state.lock:
            for hook, delivery in self._all():
                if delivery.body in lost and not delivery.redelivery:
                    delivery.answered(503, {}, "unavailable")
                    hook.note(delivery, now)

    def resent(self) -> list[tuple[Hook, Delivery]]:
        """Those sent again since the last look, which are now taken."""
        with self._simulator.state.lock:
            found = [(hook, sent) for hook, sent in self._all() if sent.redelivery and sent.id not in self._seen]
            for hook, delivery in found:
                self._seen.add(delivery.id)
                delivery.answered(200, {}, "")
                hook.note(delivery, self._simulator.state.now())
        return found

    def _all(self) -> list[tuple[Hook, Delivery]]:
        return [(hook, delivery) for hook in self._simulator.hooks.all.values() for delivery in hook.sent]
