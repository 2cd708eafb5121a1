"""What a model was right about goes into the analysis; the rest of the analysis stays as it is."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from bot.analysis import Analysis, Evidence, Finding
from bot.analysis.clusters import fingerprint
from bot.analysis.problems import problem_of_lines
from bot.llm.verify import MOST_EVIDENCE, Supported

MOST_OWN = 3
"""Causes that only the model saw."""


def merge(analysis: Analysis, claims: Sequence[Supported]) -> Analysis:
    """Puts the words of claims in the place of those they are about.

    Verdict, counts, failing tests and excerpts never change. Each failing test stays with the finding that it had, or
    goes to the claim that takes this finding over; nothing that the embedded engine found about tests gets lost.
    """
    first: dict[str, list[int]] = {}
    for number, claim in enumerate(claims):
        for each in claim.of:
            first.setdefault(each, []).append(number)
    parts: dict[int, list[Finding]] = {}
    order: list[Finding | int] = []
    for finding in analysis.findings:
        claimed = first.get(finding.id, [])
        if not claimed:
            order.append(finding)
            continue
        for number, share in _shares(finding, claimed, claims):
            if number not in parts:
                order.append(number)
            parts.setdefault(number, []).append(share)
    found = [each if isinstance(each, Finding) else _told(claims[each], parts[each]) for each in order]
    taken = {test for finding in analysis.findings for test in finding.tests}
    own = [_own(claim, taken) for claim in claims if not claim.of][:MOST_OWN]
    # What is only counted stays last.
    rest = [finding for finding in found if not finding.fingerprint]
    every = [*(finding for finding in found if finding.fingerprint), *own, *rest]
    return replace(
        analysis, findings=tuple(replace(finding, id=f"f{number}") for number, finding in enumerate(every, 1))
    )


def _shares(finding: Finding, claimed: Sequence[int], claims: Sequence[Supported]) -> list[tuple[int, Finding]]:
    """Divides one finding among the claims on it: each gets the tests that it names, the first one all others."""
    shares: dict[int, list[str]] = {}
    left = dict.fromkeys(finding.tests)
    for number in claimed[1:]:
        shares[number] = [test for test in claims[number].tests if test in left]
        for test in shares[number]:
            del left[test]
    shares[claimed[0]] = list(left)
    kept = [number for number in claimed if shares[number] or not finding.tests]
    return [
        (
            number,
            replace(
                finding,
                tests=tuple(shares[number]),
                # What it has become is not what was known under this fingerprint before.
                fingerprint=finding.fingerprint if number == kept[0] else _fingerprint(claims[number]),
            ),
        )
        for number in kept
    ]


def _told(claim: Supported, parts: Sequence[Finding]) -> Finding:
    """The findings that a claim takes over, as one. The first line that proved each of them stays."""
    head = parts[0]
    shown = {(each.input, each.line) for each in claim.evidence}
    firsts = [part.evidence[0] for part in parts[1:] if part.evidence]
    evidence = [*claim.evidence, *(each for each in firsts if (each.input, each.line) not in shown)]
    tests = tuple(dict.fromkeys(test for part in parts for test in part.tests))
    suspects = dict.fromkeys((*claim.suspects, *(path for part in parts for path in part.suspects)))
    return replace(
        head,
        title=claim.title,
        cause=claim.cause,
        category=head.category if claim.category == "unknown" else claim.category,
        fix_kind=head.fix_kind if claim.fix_kind == "unknown" else claim.fix_kind,
        confidence=claim.confidence,
        tests=tests,
        fix=claim.fix or head.fix,
        evidence=tuple(evidence[:MOST_EVIDENCE]),
        suspects=tuple(suspects)[:5],
        location=claim.location if claim.location and claim.location.line else head.location or claim.location,
        fingerprint=_joined([part.fingerprint for part in parts]),
        step=_step(evidence[:MOST_EVIDENCE], parts),
    )


def _step(evidence: Sequence[Evidence], parts: Sequence[Finding]) -> str:
    """The step that all of the evidence is known to stand in: only of lines quoted before it is known."""
    known = {(each.input, each.line): part.step for part in parts for each in part.evidence}
    steps = {known.get((each.input, each.line), "") for each in evidence}
    return steps.pop() if len(steps) == 1 else ""


def _joined(fingerprints: Sequence[str]) -> str:
    """One for several: not that of any of them, so that nothing new passes for what was known before."""
    if len(fingerprints) == 1:
        return fingerprints[0]
    return hashlib.sha256("\n".join(sorted(fingerprints)).encode()).hexdigest()[:16]


def _own(claim: Supported, taken: set[str]) -> Finding:
    """A cause that only the model saw. Tests that have a cause already are not taken from it."""
    return Finding(
        id="",
        title=claim.title,
        category=claim.category,
        fix_kind=claim.fix_kind,
        confidence=claim.confidence,
        tests=tuple(test for test in claim.tests if test not in taken),
        cause=claim.cause,
        fix=claim.fix,
        evidence=claim.evidence,
        suspects=claim.suspects,
        location=claim.location,
        fingerprint=_fingerprint(claim),
    )


def _fingerprint(claim: Supported) -> str:
    """By what is quoted, as the words of a model differ from day to day."""
    lines = [line.text for line in claim.evidence]
    return fingerprint(problem_of_lines(lines, lines[0]))
