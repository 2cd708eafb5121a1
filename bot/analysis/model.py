"""The answer of an analysis, and its JSON (`agnox.analysis/1`)."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

SCHEMA = "agnox.analysis/1"

Verdict = Literal["passed", "failed", "unstable", "error", "unknown"]
Category = Literal["test", "compile", "lint", "dependency", "infra", "config", "timeout", "unknown"]
FixKind = Literal["source", "test", "build", "unknown"]


@dataclass(frozen=True, slots=True)
class Counts:
    """Test cases by outcome; `flaky` ones also stand in `passed`."""

    total: int = 0
    passed: int = 0
    failed: int = 0
    errored: int = 0
    skipped: int = 0
    flaky: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        """The two counts of different reports together."""
        return Counts(
            self.total + other.total,
            self.passed + other.passed,
            self.failed + other.failed,
            self.errored + other.errored,
            self.skipped + other.skipped,
            self.flaky + other.flaky,
        )


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A range of lines of one input; `lines` are those worth showing inside it."""

    input: int
    start_line: int
    end_line: int
    score: float
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line quoted from an input.

    `text` stands in that line word for word once the colour codes of logs and the escapes of reports (XML's entities,
    JSON's backslashes) are undone. `line` is 1-based and counts newlines only; it is None when the place is not known.
    """

    input: int
    line: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Location:
    """A place in the project's sources; `line` is 1-based and None when not known."""

    path: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause and all it broke. `fingerprint` is equal for equal causes in different runs."""

    id: str
    title: str
    category: Category
    fix_kind: FixKind
    confidence: float
    tests: tuple[str, ...]
    cause: str
    fix: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    suspects: tuple[str, ...]
    location: Location | None
    fingerprint: str
    step: str = ""
    """The step of the run that all of the evidence stands in, by name or command; not in the JSON when not known."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What of an input was not read, and why, in words for people."""

    input: int
    reason: str
    doubt: bool = True
    """Whether the verdict can't be trusted without it; not part of the JSON."""


@dataclass(frozen=True, slots=True)
class Stats:
    """Sizes of what was read (bytes after decompression) and the time it took."""

    bytes: int = 0
    lines: int = 0
    lines_kept: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ModelUsage:
    """What a language model took for an analysis; nothing where its answer to an earlier one was `remembered`."""

    model: str
    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    remembered: bool = False


@dataclass(frozen=True, slots=True)
class Analysis:
    """What is to be said of one run, worst finding first and best excerpt first."""

    inputs: tuple[str, ...]
    verdict: Verdict
    counts: Counts = Counts()
    failing_tests: tuple[str, ...] = ()
    excerpts: tuple[Excerpt, ...] = ()
    findings: tuple[Finding, ...] = ()
    engine: str = "embedded"
    unreadable: tuple[Unreadable, ...] = ()
    stats: Stats = field(default=Stats(), compare=False)
    usable: bool = True
    """Whether at least one input could be read; not part of the JSON."""
    notes: tuple[str, ...] = ()
    """What people should know of how the answer came about; our own words. Not in the JSON when there are none."""
    usage: ModelUsage | None = None
    """Not in the JSON when no model was asked."""

    def to_dict(self) -> dict[str, Any]:
        """The object of the published schema, ready for `json.dumps`."""
        data = {"schema": SCHEMA, **asdict(self)}
        del data["usable"]
        for name in ("notes", "usage"):
            if not data[name]:
                del data[name]
        for unreadable in data["unreadable"]:
            del unreadable["doubt"]
        for finding in data["findings"]:
            del finding["fingerprint"]
            if not finding["step"]:
                del finding["step"]
        for excerpt in data["excerpts"]:
            if not excerpt["lines"]:
                del excerpt["lines"]
        return data
