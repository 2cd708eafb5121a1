"""Cucumber's `json` formatter (all languages, Behave's too), and its `message` stream."""

import re
from typing import Any, ClassVar

from bot.analysis.reports.base import Status
from bot.analysis.reports.collector import Case
from bot.analysis.reports.json_lines import LinesHandler, LinesReader
from bot.analysis.reports.json_stream import JsonHandler, JsonReader, line_of
from bot.analysis.reports.values import JsonMap, first_text, mapping, mappings, number, seconds, text, whole

_WORST = ("passed", "skipped", "pending", "unknown", "undefined", "ambiguous", "failed", "error")
_BROKEN = ("undefined", "ambiguous", "failed", "error")
_NOT_RUN = ("skipped", "pending", "unknown", "untested")
_KEPT = 100_000


def _status(results: list[str]) -> Status:
    """By the worst step; a step that nobody defined fails its scenario."""
    if not results:
        return "skipped"
    worst = max(results, key=lambda item: _WORST.index(item) if item in _WORST else 3)
    return "passed" if worst == "passed" else "skipped" if worst in _NOT_RUN else "failed"


class CucumberHandler(JsonHandler):
    """One record a feature; the steps of a background belong to the scenario after it."""

    records: ClassVar[re.Pattern[str]] = re.compile(r"")

    def record(self, path: str, value: Any) -> None:
        feature = mapping(value)
        file = first_text(feature, "uri") or text(feature.get("location")).rpartition(":")[0]
        before: list[JsonMap] = []
        for element in mappings(feature.get("elements")):
            steps = [*mappings(element.get("before")), *mappings(element.get("steps")), *mappings(element.get("after"))]
            if "background" in (text(element.get("type")).lower(), text(element.get("keyword")).lower()):
                before = steps
                continue
            self.out.add(_case(element, [*before, *steps], file.removeprefix("file:"), text(feature.get("name"))))
            before = []


def _case(element: JsonMap, steps: list[JsonMap], file: str, feature: str) -> Case:
    results = [(step, mapping(step.get("result"))) for step in steps]
    statuses = [text(result.get("status")).lower() for _, result in results if result]
    own = text(element.get("status")).lower()
    line = whole(element.get("line")) or whole(text(element.get("location")).rpartition(":")[2])
    case = Case(
        text(element.get("name")),
        _status([*statuses, own] if own else statuses),
        suite=feature,
        file=file or None,
        line=line,
    )
    spent = sum(number(result.get("duration")) or 0.0 for _, result in results)
    case.seconds = seconds(spent, 1.0 if own else 1e-9)  # Behave writes seconds, the others nanoseconds.
    if case.broken:
        for step, result in results:
            status = text(result.get("status")).lower()
            if status in _BROKEN:
                where = f"{text(step.get('keyword')).strip()} {text(step.get('name'))}".strip()
                said = text(result.get("error_message"))
                case.message = said.split("\n", 1)[0] if said else f"{status} step: {where}"
                case.details = f"{said}\n{where}".strip()
                case.report_line = line_of(result)
                break
    return case


class MessagesHandler(LinesHandler):
    """Pickles are the scenarios, test cases their plan, `testCaseStarted` a try."""

    def begin(self) -> None:
        self.pickles: dict[str, tuple[str, str, int | None]] = {}
        self.plans: dict[str, str] = {}
        self.tries: dict[str, tuple[str, list[str], float, str, int]] = {}

    def event(self, event: JsonMap) -> None:
        for kind, value in event.items():
            told = _MESSAGES.get(kind)
            if told is not None:
                told(self, mapping(value))

    def pickle(self, pickle: JsonMap) -> None:
        if len(self.pickles) < _KEPT:
            line = whole(mapping(pickle.get("location")).get("line"))
            self.pickles[text(pickle.get("id"))] = text(pickle.get("uri")), text(pickle.get("name")), line

    def plan(self, plan: JsonMap) -> None:
        if len(self.plans) < _KEPT:
            self.plans[text(plan.get("id"))] = text(plan.get("pickleId"))

    def started(self, started: JsonMap) -> None:
        plan = text(started.get("testCaseId"))
        self.tries[text(started.get("id"))] = plan, [], 0.0, "", 0

    def step(self, finished: JsonMap) -> None:
        key = text(finished.get("testCaseStartedId"))
        if key not in self.tries:
            return
        plan, statuses, spent, message, line = self.tries[key]
        result = mapping(finished.get("testStepResult"))
        time = mapping(result.get("duration"))
        spent += (number(time.get("seconds")) or 0.0) + (number(time.get("nanos")) or 0.0) / 1e9
        status = text(result.get("status")).lower()
        statuses.append(status)
        if not message and status in _BROKEN:
            message, line = text(result.get("message")) or f"{status} step", self.line
        self.tries[key] = plan, statuses, spent, message[: self.limits.detail_chars], line

    def ended(self, finished: JsonMap) -> None:
        plan, statuses, spent, message, line = self.tries.pop(
            text(finished.get("testCaseStartedId")), ("", [], 0.0, "", 0)
        )
        if not plan:
            return
        uri, name, at = self.pickles.get(self.plans.get(plan, ""), ("", "", None))
        case = Case(name, _status(statuses), file=uri or None, line=at, seconds=spent)
        if case.broken:
            case.message, case.details, case.report_line = message.split("\n", 1)[0], message, line or None
        self.out.attempt(plan, case)


_MESSAGES = {
    "pickle": MessagesHandler.pickle,
    "testCase": MessagesHandler.plan,
    "testCaseStarted": MessagesHandler.started,
    "testStepFinished": MessagesHandler.step,
    "testCaseFinished": MessagesHandler.ended,
}
_ENVELOPES = frozenset({"meta", "gherkinDocument", "source", "pickle", "testRunStarted"})


def _looks(event: JsonMap) -> bool:
    if len(event) != 1:
        return False
    ((kind, value),) = event.items()
    return (kind in _ENVELOPES or kind in _MESSAGES) and isinstance(value, dict)


READER = JsonReader(
    "Cucumber",
    (frozenset({"[", "elements", "keyword"}), frozenset({"[", "uri", "elements"}), frozenset({"[", "elements.steps"})),
    CucumberHandler,
)
MESSAGES = LinesReader("Cucumber messages", _looks, MessagesHandler)
