"""The events of a session become tests with their attempts, and the log that belongs to none of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.usecases.ingest.titles import Title, plain, read_title
from bot.usecases.ingest.witness import witnessed

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
_STATUS: Mapping[str, str] = {"passed": PASSED, "skipped": SKIPPED, "failed": FAILED, "timedOut": FAILED}
_OUTPUT = 65_536
_PROMPT = "[stderr] "


@dataclass(slots=True)
class Attempt:
    """One run of a test; `milliseconds` as the reporter measured it."""

    status: str
    milliseconds: float | None
    error: str
    witness: str


@dataclass(slots=True)
class Test:
    """A test by the reporter's own id; the last of its attempts counts."""

    __test__ = False

    id: str
    title: Title
    attempts: list[Attempt] = field(default_factory=list)
    begun: int = 0
    output: list[str] = field(default_factory=list)
    size: int = 0

    def say(self, text: str) -> None:
        """Keeps some of what it wrote: the end is what matters, twice the limit what is held."""
        self.output.append(text)
        self.size += len(text)
        if self.size > 2 * _OUTPUT:
            end = "".join(self.output)[-_OUTPUT:]
            self.output, self.size = [end], len(end)


@dataclass(slots=True)
class Run:
    """What a session was about."""

    tests: dict[str, Test] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    @property
    def unended(self) -> int:
        """Tests that began once more than they ended."""
        return sum(test.begun > len(test.attempts) for test in self.tests.values())


def play(events: Iterable[Mapping[str, Any]]) -> Run:
    """Reads events in the order of their own times; one that was sent twice counts once."""
    run = Run()
    for event in _once(sorted(events, key=_time)):
        test_id = str(event.get("testId") or "")
        kind = event["type"]
        if kind == "log":
            chunk = plain(str(event.get("chunk") or "")).removeprefix(_PROMPT)
            if test_id:
                _test(run, test_id).say(chunk)
            run.log.append(chunk)
        elif kind == "test-begin":
            test = _test(run, test_id)
            test.begun += 1
            test.title = read_title(str(event.get("title") or ""), str(event.get("file") or ""))
        elif kind == "test-end":
            test = _test(run, test_id)
            title = str(event.get("title") or "")
            if title and test.title.name == test_id:
                test.title = read_title(title, str(event.get("file") or ""))
            spent = event.get("duration")
            test.attempts.append(
                Attempt(
                    _STATUS.get(str(event.get("status")), FAILED),
                    float(spent) if isinstance(spent, (int, float)) and not isinstance(spent, bool) else None,
                    plain(str(event.get("error") or "")) or _without_words(event),
                    witnessed(event),
                )
            )
    run.tests = {key: test for key, test in run.tests.items() if test.attempts or test.begun}
    return run


def _without_words(event: Mapping[str, Any]) -> str:
    return "the test timed out" if event.get("status") == "timedOut" else ""


def _test(run: Run, test_id: str) -> Test:
    if test_id not in run.tests:
        # The begin may have been lost: then its id is all that is known of it.
        run.tests[test_id] = Test(test_id, Title(test_id, (), ""))
    return run.tests[test_id]


def _time(event: Mapping[str, Any]) -> float:
    at = event.get("timestamp")
    return float(at) if isinstance(at, (int, float)) and not isinstance(at, bool) else 0.0


def _once(events: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    seen: set[tuple[Any, ...]] = set()
    for event in events:
        # Several chunks of one test may well have one time; a beginning or an end has not.
        words = hash(event.get("chunk")) if event["type"] == "log" else None
        key = (str(event.get("testId")), event["type"], str(event.get("timestamp")), words)
        if event.get("timestamp") is None or key not in seen:
            seen.add(key)
            yield event
