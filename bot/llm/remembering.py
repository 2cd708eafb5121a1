"""How an answer is kept for the next run that fails in the same way."""

import hashlib
import json

from bot.analysis.masks import masked
from bot.llm.case import Case
from bot.llm.prompt import VERSION
from bot.llm.schema import Answer, Claim, Place, Quote
from bot.llm.values import ModelAccess
from bot.llm.verify import Verified

_LINES = 5


def case_key(case: Case, access: ModelAccess) -> str:
    """64 hex digits, equal for runs with equal causes that the same model is asked about in the same words."""
    causes = sorted(finding.fingerprint for finding in case.findings)
    if not causes:
        causes = [masked(line.text) for line in list(case.lines.values())[:_LINES]]
    parts = [VERSION, access.provider, access.model, access.base_url, *causes]
    return hashlib.sha256(json.dumps(parts).encode("utf-8", "surrogatepass")).hexdigest()


def remember(verified: Verified, case: Case) -> Answer:
    """What was proven, with causes named by their fingerprints: ids are good within one analysis only."""
    fingerprints = {finding.id: finding.fingerprint for finding in case.findings}
    return Answer(
        findings=[
            Claim(
                of=[fingerprints[each] for each in claim.of],
                title=claim.title,
                cause=claim.cause,
                category=claim.category,
                fix_kind=claim.fix_kind,
                confidence=claim.confidence,
                evidence=[Quote(line=f"{line.input + 1}:{line.line}", text=line.text) for line in claim.evidence],
                fix=list(claim.fix),
                tests=list(claim.tests),
                suspects=list(claim.suspects),
                location=Place(path=claim.location.path, line=claim.location.line) if claim.location else None,
            )
            for claim in verified.claims
        ]
    )


def recognise(answer: Answer, case: Case) -> Answer:
    """A remembered answer in terms of this run; it has to be checked as any other."""
    ids: dict[str, list[str]] = {}
    for finding in case.findings:
        ids.setdefault(finding.fingerprint, []).append(finding.id)
    return Answer(
        findings=[
            claim.model_copy(update={"of": [each for fingerprint in claim.of for each in ids.get(fingerprint, ())]})
            for claim in answer.findings
        ]
    )
