"""Every claim of a model is held against what it was shown; what does not stand there is thrown away."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.analysis import Category, Evidence, FixKind, Location
from bot.llm.case import Case, Line, mask_all, visible
from bot.llm.schema import Answer, Claim, Place, Quote
from bot.llm.texts import has_address, tidy

MOST_CLAIMS = 30
MOST_EVIDENCE = 8
MOST_FIXES = 5
MOST_SUSPECTS = 5
TITLE, CAUSE, FIX = 160, 600, 300
SUREST = 0.95
"""Nothing that a model says is more certain than this."""
_PREFIX = re.compile(r"^\d+:r?\d+\| ?")
_LONGEST = 2_000
"""Characters of any text of a model that are looked at."""
_SHORTEST_PART = 8
_SHORTEST_STRAY = 16
"""Characters of a part of a line that are enough to find it; more are needed where its number is wrong."""


@dataclass(frozen=True, slots=True)
class Supported:
    """A claim that stands: with evidence, and with nothing in it that was not shown."""

    of: tuple[str, ...]
    tests: tuple[str, ...]
    title: str
    cause: str
    category: Category
    fix_kind: FixKind
    confidence: float
    fix: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    suspects: tuple[str, ...]
    location: Location | None


@dataclass(frozen=True, slots=True)
class Verified:
    """What is left of an answer, and what was wrong with it, for a second look."""

    claims: tuple[Supported, ...]
    quotes: int = 0
    doubts: tuple[str, ...] = ()
    dropped: int = 0

    @property
    def sound(self) -> bool:
        """Whether all of it could be taken over."""
        return bool(self.claims) and not self.doubts

    @property
    def covered(self) -> int:
        """How many of the failures that were shown it explains."""
        return len({each for claim in self.claims for each in claim.of})


def verify(answer: Answer, case: Case, secrets: Sequence[str] = ()) -> Verified:
    """Takes over what is proven."""
    check = _Check(case, secrets)
    claims = [found for claim in answer.findings[:MOST_CLAIMS] if (found := check.claim(claim)) is not None]
    return Verified(tuple(claims), check.quotes, tuple(check.doubts), check.dropped)


class _Check:
    """One answer being checked."""

    def __init__(self, case: Case, secrets: Sequence[str]) -> None:
        self.case = case
        self.secrets = secrets
        self.known = {finding.id: finding for finding in case.findings}
        self.failing = frozenset(case.analysis.failing_tests)
        self.words = {ref: _plain(line.text) for ref, line in case.lines.items()}
        self.shown = "\n".join(line.text for line in case.lines.values())
        self.quotes = 0
        self.dropped = 0
        self.doubts: list[str] = []

    def claim(self, claim: Claim) -> Supported | None:
        """What of one finding is proven; None when nothing proves it."""
        found = [line for quote in claim.evidence[: 2 * MOST_EVIDENCE] if (line := self.line(quote)) is not None]
        lines = list({line.ref: line for line in found}.values())[:MOST_EVIDENCE]
        if not lines:
            self.dropped += 1
            self._doubt(f"no line proves: {tidy(claim.title, TITLE)}")
            return None
        quoted = "\n".join(line.text for line in lines)
        given = (claim.title, claim.cause, *claim.fix[: 2 * MOST_FIXES])
        texts = mask_all([text[:_LONGEST] for text in given], self.secrets)
        title, cause = tidy(texts[0], TITLE, quoted), tidy(texts[1], CAUSE, quoted)
        if not title:
            self.dropped += 1
            return None
        # An address in a step is one that people are told to go to: no line of a log is reason enough for it.
        fix = [tidy(step, FIX) for step in texts[2:] if not has_address(step)]
        return Supported(
            of=tuple(dict.fromkeys(each for each in claim.of if each in self.known)),
            tests=tuple(dict.fromkeys(test for test in claim.tests if test in self.failing)),
            title=title,
            cause=cause or title,
            category=claim.category,
            fix_kind=claim.fix_kind,
            confidence=round(min(claim.confidence, SUREST), 2),
            fix=tuple(step for step in fix if step)[:MOST_FIXES],
            evidence=tuple(Evidence(line.input, line.number, line.text) for line in lines),
            suspects=tuple(self.paths(claim.suspects)),
            location=self.location(claim.location),
        )

    def line(self, quote: Quote) -> Line | None:
        """The line that is quoted, if it was shown and says that, word for word."""
        self.quotes += 1
        text = _plain(_PREFIX.sub("", quote.text[:_LONGEST]))
        ref = quote.line.strip().rstrip("|")
        if text and self.says(ref, text, _SHORTEST_PART):
            return self.case.lines[ref]
        # The words are what counts: a number that is off by one still leads to them.
        same = [ref for ref, words in self.words.items() if text and words == text]
        stray = same[:1] or [ref for ref in self.words if self.says(ref, text, _SHORTEST_STRAY)]
        if len(stray) == 1:
            return self.case.lines[stray[0]]
        self._doubt(f"does not stand in the data: {tidy(quote.text, 120)}")
        return None

    def says(self, ref: str, text: str, shortest: int) -> bool:
        """Whether a line is that text, or has it in it if it is long enough to tell it from others."""
        words = self.words.get(ref, "")
        return text == words or (len(text) >= shortest and text in words)

    def paths(self, paths: Iterable[str]) -> list[str]:
        """Those that stand in the lines, among the changed files, or among the suspects that were known before."""
        return list(dict.fromkeys(path for path in list(paths)[: 4 * MOST_SUSPECTS] if self.has_path(path)))[
            :MOST_SUSPECTS
        ]

    def has_path(self, path: str) -> bool:
        known = (self.case.changed, *(finding.suspects for finding in self.case.findings))
        if any(path in paths for paths in known):
            return True
        return _is_path(path) and re.search(_whole(path), self.shown) is not None

    def location(self, place: Place | None) -> Location | None:
        if place is None or not self.has_path(place.path):
            return None
        named = re.compile(rf"{_whole(place.path)}\D{{1,12}}{place.line}(?!\d)")
        if place.line is None or place.line < 1 or not named.search(self.shown):
            return Location(place.path)
        return Location(place.path, place.line)

    def _doubt(self, words: str) -> None:
        if len(self.doubts) < 10:
            self.doubts.append(words)


def _plain(text: str) -> str:
    """As it was shown; a model may shorten blanks, but nothing else."""
    return " ".join(visible(text).split())


def _whole(path: str) -> str:
    """A pattern of a path that is not a part of a longer name; logs often have it as the end of an absolute one."""
    before = r"[\w.-]" if "/" in path else r"[\w./-]"
    return rf"(?<!{before}){re.escape(path)}(?![\w-]|[./]\w)"


def _is_path(text: str) -> bool:
    return 2 < len(text) <= 300 and text.isprintable() and " " not in text and ("/" in text or "." in text)
