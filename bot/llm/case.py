"""What a model is shown of a run: the distilled evidence, masked, bounded, best first, and never the raw log."""

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.analysis import Analysis, Finding, Input, Limits
from bot.domain.masking import mask
from bot.llm.lines import Place, read_lines
from bot.llm.tokens import estimate

LINE_CHARS = 400
"""Of a line that is longer only its beginning is shown."""
MOST_FINDINGS = 30
MOST_TESTS = 60
MOST_CHANGED = 100
MOST_LINES = 400
SHARE_OF_FINDINGS = 0.5
"""Of the tokens: the rest is for the lines of the logs."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was shown. `ref` is what the model calls it; `text` is what stands in the input word for word."""

    ref: str
    input: int
    number: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """All that a model is shown, and against which all that it says is checked."""

    analysis: Analysis
    findings: tuple[Finding, ...]
    lines: Mapping[str, Line]
    tests: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    evidence: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The refs of the lines that the embedded engine quotes, by the id of its finding."""


def worth_asking(analysis: Analysis) -> bool:
    """Whether there is a failure to explain and something to explain it by."""
    if analysis.verdict in ("failed", "error"):
        return bool(analysis.findings or analysis.excerpts)
    return analysis.verdict == "unknown" and bool(analysis.findings)


def distill(
    analysis: Analysis,
    inputs: Sequence[Input],
    *,
    changed: Collection[str] = (),
    secrets: Sequence[str] = (),
    tokens: int,
) -> Case:
    """Chooses what to show in about so many tokens; reads the inputs for it once more."""
    shown = _Shown(tokens)
    told = [finding for finding in analysis.findings if finding.fingerprint][:MOST_FINDINGS]
    quotes = iter(mask_all([each.text for finding in told for each in finding.evidence], secrets))
    kept: list[Finding] = []
    evidence: dict[str, tuple[str, ...]] = {}
    for finding in told:
        if kept and shown.spent > tokens * SHARE_OF_FINDINGS:
            break
        shown.spend(finding.title, finding.cause, *finding.suspects, *finding.tests[:5])
        refs = [shown.add(each.input, each.line, next(quotes)) for each in finding.evidence]
        evidence[finding.id] = tuple(ref for ref in refs if ref)
        kept.append(finding)
    tests = tuple(shown.while_room(analysis.failing_tests[:MOST_TESTS], 0.15))
    files = tuple(shown.while_room(list(changed)[:MOST_CHANGED], 0.1))
    for place, text in _lines_of(analysis, inputs, secrets):
        if not shown.room():
            break
        shown.add(*place, text)
    return Case(analysis, tuple(kept), shown.lines, tests, files, evidence)


@dataclass(slots=True)
class _Shown:
    """What has been chosen so far."""

    tokens: int
    spent: int = 0
    lines: dict[str, Line] = field(default_factory=dict)

    def room(self) -> bool:
        return self.spent < self.tokens and len(self.lines) < MOST_LINES

    def spend(self, *texts: str) -> None:
        self.spent += sum(estimate(text[:LINE_CHARS]) + 2 for text in texts)

    def while_room(self, texts: Iterable[str], share: float) -> Iterable[str]:
        """So many of the texts as go into a share of all tokens."""
        end = min(self.tokens, self.spent + int(self.tokens * share))
        for text in texts:
            if self.spent >= end:
                return
            self.spend(text)
            yield text

    def add(self, index: int, number: int | None, text: str) -> str:
        """Shows a line once; gives its ref, or nothing for a blank one."""
        text = text.strip()[:LINE_CHARS].rstrip()
        if not text:
            return ""
        ref = f"{index + 1}:{number}" if number is not None else f"{index + 1}:r{len(self.lines) + 1}"
        if ref not in self.lines:
            self.lines[ref] = Line(ref, index, number, text)
            self.spend(ref, text)
        return ref


def _lines_of(analysis: Analysis, inputs: Sequence[Input], secrets: Sequence[str]) -> Iterable[tuple[Place, str]]:
    """The lines of the excerpts, best excerpt first."""
    order: list[Place] = []
    for excerpt in analysis.excerpts:
        order += [(excerpt.input, number) for number in range(excerpt.start_line, excerpt.end_line + 1)]
        if len(order) > 2 * MOST_LINES:
            break
    wanted: dict[int, set[int]] = defaultdict(set)
    for index, number in order:
        wanted[index].add(number)
    found = read_lines(inputs, wanted, secrets, Limits())
    return [(place, found[place]) for place in order if place in found]


def mask_all(texts: Sequence[str], secrets: Sequence[str]) -> list[str]:
    """Each text masked, in one line; together they cost far less than one by one."""
    if not texts:
        return []
    return mask("\n".join(text.replace("\n", " ") for text in texts), secrets).split("\n")


def visible(text: str) -> str:
    """Text in one line, without what steers terminals, hides from readers or is a model's own mark-up."""
    text = "".join(
        c if c == " " or unicodedata.category(c)[0] not in "CZ" else "\ufffd" for c in text.replace("\t", " ")
    )
    # The marks that chat templates are made of: a tokenizer may take them for what they look like.
    return text.replace("<|", "< |").replace("|>", "| >")
