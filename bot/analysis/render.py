"""An analysis for people: plain text for a terminal, Markdown for anywhere else."""

import re
import unicodedata
from collections.abc import Callable

from bot.analysis.model import Analysis, Evidence, Finding

SHOWN_TESTS = 5
_CODE = re.compile(r"(`[^`]+`)")
# What Markdown or a host would make more of than a word: markup, links, mentions, references, lists, entities.
_MEANT = re.compile(r"[`*_~<>\[\]#|@!\\$^&{}]|://|^www\.|^(?:GH|gh)-\d")
_OPENS_LIST = re.compile(r"^(?:[+=-]+|\d{1,9}[.)])(?= |$)")


def headline(analysis: Analysis) -> str:
    """The answer in one line."""
    counts, causes = analysis.counts, len(analysis.findings)
    told = f" — {causes} cause{'s' * (causes != 1)}" if causes else ""
    bad = counts.failed + counts.errored
    skipped = f", {counts.skipped} skipped" if counts.skipped else ""
    if bad:
        return f"{bad} of {_count(counts.total, 'test')} failed{told}"
    if analysis.verdict == "passed":
        return f"{_count(counts.total - counts.skipped, 'test')} passed{skipped}" if counts.total else "Passed"
    if analysis.verdict == "unstable":
        return f"{_count(counts.flaky, 'test')} of {counts.total} passed only on a retry"
    if analysis.verdict in ("failed", "error"):
        tests = len(analysis.failing_tests)
        return f"{_count(tests, 'test')} failed{told}" if tests else f"Failed{told}"
    if not analysis.usable:
        return "Nothing could be read"
    read = f": {_count(counts.total, 'test')} read{skipped}" if counts.total else ""
    return f"Cannot tell whether it failed{read}"


def text(analysis: Analysis, line_of: Callable[[int, int], str] | None = None) -> str:
    """Plain text, first line the answer. `line_of(input, line)` gives the lines of excerpts, when they are wanted."""
    out = [headline(analysis)]
    for number, finding in enumerate(analysis.findings, 1):
        out += ["", f"{number}. {clean(finding.title)}", f"   {_facts(finding)}", f"   {clean(finding.cause)}"]
        out += [f"   Fix: {clean(step)}" for step in finding.fix]
        out += [f"     in step {clean(finding.step)}"] * bool(finding.step)
        out += [f"     {_place(analysis, evidence)}  {clean(evidence.text).rstrip()}" for evidence in finding.evidence]
        out += [f"     - {clean(test)}" for test in finding.tests[:SHOWN_TESTS]]
        if len(finding.tests) > SHOWN_TESTS:
            out.append(f"     and {len(finding.tests) - SHOWN_TESTS} more tests")
    out += _not_read(analysis)
    return "\n".join(out) + "\n"


def markdown(analysis: Analysis) -> str:
    """The same in Markdown; everything that comes from the inputs stands in code."""
    out = [f"### {headline(analysis)}"]
    for number, finding in enumerate(analysis.findings, 1):
        out += ["", f"**{number} · {code(finding.title)}** — {_facts(finding, code)}", "", prose(finding.cause)]
        steps = [prose(step) for step in finding.fix]
        if len(steps) > 1:
            out += ["", "**Fix**", *(f"{place}. {step}" for place, step in enumerate(steps, 1))]
        elif steps:
            out += ["", f"**Fix** {steps[0]}"]
        if finding.evidence:
            quoted = [f"{_place(analysis, evidence)}  {clean(evidence.text).rstrip()}" for evidence in finding.evidence]
            fence = "`" * max(3, 1 + _longest_ticks("\n".join(quoted)))
            out += ["", f"In step {code(finding.step)}"] * bool(finding.step)
            out += ["", fence, *quoted, fence]
        if finding.tests:
            out += ["", *[f"- {code(test)}" for test in finding.tests[:SHOWN_TESTS]]]
        if len(finding.tests) > SHOWN_TESTS:
            out.append(f"- and {len(finding.tests) - SHOWN_TESTS} more tests")
    unread = _not_read(analysis, code)
    return "\n".join([*out, *unread]) + "\n"


def clean(value: str) -> str:
    """Untrusted text in one line, without anything a terminal or a reader could be fooled by."""
    value = value.replace("\t", "    ")
    return "".join(
        c if c == " " or unicodedata.category(c)[0] not in "CZ" or c == "\u00a0" else "\ufffd" for c in value
    )


def code(value: str) -> str:
    """Untrusted text as a Markdown code span."""
    value = " ".join(clean(value).split()) or " "
    ticks = "`" * (1 + _longest_ticks(value))
    pad = " " if value.startswith("`") or value.endswith("`") else ""
    return f"{ticks}{pad}{value}{pad}{ticks}"


def prose(value: str) -> str:
    """Untrusted text as running Markdown: what stands between backticks is code, and so is any word with a meaning."""
    value = " ".join(clean(value).split())
    if _OPENS_LIST.match(value):
        return code(value)
    parts = _CODE.split(value)
    return "".join(code(part[1:-1]) if place % 2 else _plain_words(part) for place, part in enumerate(parts))


def _plain_words(text: str) -> str:
    return " ".join(code(word) if _MEANT.search(word) else word for word in text.split(" "))


def _longest_ticks(value: str) -> int:
    return max((len(run) for run in re.findall("`+", value)), default=0)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _facts(finding: Finding, wrap: Callable[[str], str] = clean) -> str:
    facts: list[str] = [] if finding.category == "unknown" else [finding.category]
    if finding.location:
        line = f":{finding.location.line}" if finding.location.line else ""
        facts.append(wrap(f"{finding.location.path}{line}"))
    if finding.tests:
        facts.append(_count(len(finding.tests), "test"))
    return " · ".join(facts) or "place not known"


def _place(analysis: Analysis, evidence: Evidence) -> str:
    name = clean(analysis.inputs[evidence.input])
    return f"{name}:{evidence.line}" if evidence.line else name


def _not_read(analysis: Analysis, wrap: Callable[[str], str] = clean) -> list[str]:
    if not analysis.unreadable:
        return []
    rows = [f"- {wrap(analysis.inputs[item.input])}: {wrap(item.reason)}" for item in analysis.unreadable]
    return ["", "Not read:", *rows]
