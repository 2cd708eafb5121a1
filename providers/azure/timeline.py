"""What a build did, as a tree of records (Azure DevOps REST, Timeline): stages, phases, jobs and their steps."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from providers.payloads import Json, child, items, number, word
from providers.runs import Job, RunOutcome

FAILED = frozenset({"failed", "abandoned"})
DOUBTFUL = frozenset({"succeededwithissues"})
"""A step failed, and the pipeline was told to go on."""

_OUTCOMES: Mapping[str, RunOutcome] = {
    "succeeded": RunOutcome.PASSED,
    "succeededwithissues": RunOutcome.PASSED,
    "failed": RunOutcome.FAILED,
    "abandoned": RunOutcome.FAILED,
    "canceled": RunOutcome.CANCELLED,
    "skipped": RunOutcome.SKIPPED,
}
_DEEP = 10
"""Records above a step, of which there are four at most today."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it ended at its newest attempt; `log` is 0 where there is none."""

    id: str
    parent: str
    kind: str
    name: str
    identifier: str
    result: str
    order: int
    log: int
    issues: tuple[str, ...]


class Timeline:
    """The records by their ids."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._records = {each.id: each for each in records}

    @property
    def jobs(self) -> list[Record]:
        """In the order of their running."""
        found = [each for each in self._records.values() if each.kind == "job"]
        return sorted(found, key=lambda job: [each.order for each in reversed([job, *self.above(job)])])

    def steps(self, job: Record) -> list[Record]:
        """Lists the steps of a job, also those within others."""
        found = [each for each in self._records.values() if each.kind == "task" and job in self.above(each)]
        return sorted(found, key=lambda each: each.order)

    def above(self, record: Record) -> list[Record]:
        found: list[Record] = []
        parent = self._records.get(record.parent)
        while parent is not None and parent not in found and len(found) < _DEEP:
            found.append(parent)
            parent = self._records.get(parent.parent)
        return found

    def stage_of(self, job: Record) -> str:
        """Gives the name under which the stage of a job can be run again; empty in pipelines without stages."""
        return next((each.identifier or each.name for each in self.above(job) if each.kind == "stage"), "")

    def elsewhere(self) -> Iterator[Record]:
        """Gives what failed outside any job: checks, templates, stages that never began."""
        within = ("job", "task")
        yield from (each for each in self._records.values() if each.kind not in within and each.result in FAILED)


def read_timeline(data: Json) -> Timeline:
    return Timeline(_record(each) for each in items(data.get("records")) if word(each, "id"))


def job_of(record: Record, url: str) -> Job:
    return Job(record.id, record.name, _OUTCOMES.get(record.result, RunOutcome.UNKNOWN), url)


def _record(data: Json) -> Record:
    issues = [f"##[{word(each, 'type') or 'error'}]{word(each, 'message')}" for each in items(data.get("issues"))]
    return Record(
        id=word(data, "id"),
        parent=word(data, "parentId"),
        kind=word(data, "type").lower(),
        name=word(data, "name"),
        identifier=word(data, "identifier"),
        result=word(data, "result").lower(),
        order=number(data, "order"),
        log=number(child(data, "log"), "id"),
        issues=tuple(issues),
    )
