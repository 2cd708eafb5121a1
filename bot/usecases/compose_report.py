"""What is known of a head becomes a report that any host can render."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.domain.cycle import CycleState
from bot.domain.excuses import Rules
from bot.domain.history_words import unknown_words
from bot.store.publications import Told
from bot.usecases.compose_attempts import attempts_of, runs_again, unasked_notes
from bot.usecases.compose_notes import notes_of
from bot.usecases.excuse_failures import all_excused, excuses
from providers.report import Counts, Evidence, Finding, Location, Novelty, Report, Suite, Verdict

_VERDICTS = {
    CycleState.PENDING: Verdict.PENDING,
    CycleState.RUNNING: Verdict.RUNNING,
    CycleState.ANALYZING: Verdict.RUNNING,
    CycleState.PASSED: Verdict.PASSED,
    CycleState.FAILED: Verdict.FAILED,
    CycleState.UNSTABLE: Verdict.UNSTABLE,
    CycleState.ERROR: Verdict.ERROR,
    CycleState.CANCELLED: Verdict.CANCELLED,
}

_RED = (Verdict.FAILED, Verdict.ERROR)


def compose_report(head_sha: str, told: Sequence[Told], public_url: str, rules: Rules) -> Report:
    """Takes what stands of each suite of the head; `told` is in the order of time, `rules` say what is excused."""
    names = dict.fromkeys(one.cycle.suite for one in told if one.cycle.head_sha == head_sha)
    of_suite = {
        name: [one for one in told if (one.cycle.suite, one.cycle.head_sha) == (name, head_sha)] for name in names
    }
    return Report(
        head_sha=head_sha,
        suites=tuple(compose_standing(ones[-1], ones, public_url, rules) for ones in of_suite.values()),
        notes=tuple(note for ones in of_suite.values() for note in unasked_notes(ones)),
        running=tuple(name for name, ones in of_suite.items() if runs_again(ones)),
    )


def compose_standing(newest: Told, told: Sequence[Told], public_url: str, rules: Rules) -> Suite:
    """Gives what a suite amounts to on its head: the newest execution and what stands beside it.

    Of each cycle its last finished attempt stands, so that a rerun under way or cancelled does not hide red. Cycles
    that did not run the same tests again add up.
    """
    attempts: dict[str, Told] = {}
    for one in told:
        if one.cycle.superseded_by is None and _tells_something(one):
            attempts[one.cycle.id] = one
    parts = sorted(attempts.values(), key=lambda one: (one is not newest, one.cycle.id))
    if not parts:
        return compose_suite(newest, public_url, rules)
    first, *others = (compose_suite(one, public_url, rules) for one in parts)
    mine = [one for one in told if _tells_something(one)]
    first = replace(first, attempts=attempts_of(parts[0], mine, lambda one: compose_suite(one, public_url, rules)))
    for other in others:
        first = replace(
            first,
            verdict=Report("", (first, other)).verdict,
            counts=first.counts + other.counts,
            findings=first.findings + other.findings,
            problem="; ".join(dict.fromkeys(filter(None, (first.problem, other.problem)))),
            notes=tuple(dict.fromkeys((*first.notes, *other.notes))),
            healed=tuple(dict.fromkeys((*first.healed, *other.healed))),
            rerunnable_failed=first.rerunnable_failed or other.rerunnable_failed,
            quarantinable=first.quarantinable or other.quarantinable,
        )
    return first


def compose_suite(told: Told, public_url: str, rules: Rules) -> Suite:
    """Gives one execution as a line of the report."""
    cycle, execution = told.cycle, told.execution
    analysis: dict[str, Any] = execution.analysis or {}
    context: dict[str, Any] = cycle.ci_context or {}
    found = analysis.get("findings", ())
    said = excuses(execution, rules)
    verdict = Verdict.UNSTABLE if all_excused(execution, said) else _VERDICTS[CycleState(execution.state)]
    rerunnable = bool(cycle.request or cycle.ci_run_id or told.hooked)
    red, counts = verdict in _RED, Counts(**execution.counts)
    return Suite(
        name=cycle.suite,
        verdict=verdict,
        counts=counts,
        findings=tuple(
            replace(_finding(one, analysis["inputs"], why), parts=_parts(one, analysis, rules))
            for one, why in zip(found, said, strict=True)
        ),
        attempt=execution.attempt,
        seconds=_seconds(execution.started_at, execution.finished_at),
        details_url=f"{public_url}/cycles/{cycle.page_key}",
        run_url=str(context.get("runUrl") or ""),
        runner=str(context.get("runner") or context.get("source") or ""),
        engine=_engine(analysis),
        problem=execution.problem,
        notes=notes_of(execution),
        rerunnable=rerunnable,
        rerunnable_failed=rerunnable and (red or counts.red > 0),
        quarantinable=red and any(one["tests"] for one in found),
        history=uncompared(analysis),
        check_name=check_name(cycle.suite),
        healed=tuple(execution.healed),
    )


def check_name(suite: str, ours: str = "Agnox") -> str:
    """Gives what the verdict on a suite is called on the host; `ours` is what all of our verdicts are called."""
    return f"{ours} / {suite}"


def uncompared(analysis: dict[str, Any]) -> str:
    """Says why no cause of an analysis is called new or known, where that is so."""
    history = analysis.get("history") or {}
    return unknown_words(history.get("base", "")) if history and not history["revisions"] else ""


def _tells_something(one: Told) -> bool:
    state = CycleState(one.execution.state)
    return state.finished and state is not CycleState.CANCELLED


def _finding(found: dict[str, Any], inputs: Sequence[str], excuse: str) -> Finding:
    location = found.get("location")
    return Finding(
        title=found["title"],
        tests=tuple(found["tests"]),
        cause=found["cause"],
        fix=tuple(found["fix"]),
        evidence=tuple(Evidence(inputs[line["input"]], line["line"], line["text"]) for line in found["evidence"]),
        suspects=tuple(found["suspects"]),
        location=Location(location["path"], location["line"]) if location and location["line"] else None,
        category=found["category"],
        novelty=Novelty(found.get("novelty", Novelty.UNKNOWN)),
        history=found.get("history", ""),
        changed=tuple(found.get("changed", ())),
        owners=tuple(found.get("owners", ())),
        excuse=excuse,
        step=found.get("step", ""),
        fingerprint=found.get("fingerprint", ""),
    )


def _parts(found: dict[str, Any], analysis: dict[str, Any], rules: Rules) -> tuple[str, ...]:
    location = found.get("location") or {}
    places = (*filter(None, (location.get("path"),)), *found["suspects"])
    return rules.parts.of(places, found["tests"], (analysis.get("change") or {}).get("paths", ()))


def _engine(analysis: dict[str, Any]) -> str:
    """Says who found the causes: the engine, or the model and what it took, and what people should know of it."""
    engine, usage = str(analysis.get("engine", "embedded")), analysis.get("usage")
    if engine != "embedded" and usage:
        tokens = f"{usage['input_tokens'] + usage['output_tokens']:,} tokens"
        engine = f"{usage['model']}, {'from an earlier run' if usage['remembered'] else tokens}"
    notes = analysis.get("notes") or ()
    return "; ".join(notes) if notes and engine == "embedded" else "; ".join((engine, *notes))


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return (end - start).total_seconds() if start and end else None
