"""Whether a report is worth a comment, by what the repository asks for."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from bot.domain.policy import Comment
from providers.report import Novelty, Report, Suite, Verdict

_RED = frozenset({Verdict.FAILED, Verdict.ERROR})
_OF_THE_BASE = frozenset({Novelty.KNOWN, Novelty.FLAKY})


def wants_comment(comment: Comment, report: Report) -> bool:
    """Tells whether a report makes a comment; one that stands already is another matter.

    Who asked something gets an answer, unless there is to be no comment at all.
    """
    return _WANTED[comment](report) or (bool(report.answers) and comment is not Comment.OFF)


def _failed_here(suite: Suite) -> bool:
    """What nothing is known of, counts for new: better a word too much."""
    causes = suite.findings
    return suite.verdict in _RED and not (
        causes and all(cause.excuse or cause.novelty in _OF_THE_BASE for cause in causes)
    )


_WANTED: Mapping[Comment, Callable[[Report], bool]] = MappingProxyType(
    {
        Comment.ALWAYS: lambda _report: True,
        # A green run is worth a word only to somebody who was told of a red one.
        Comment.FAILURES: lambda report: report.verdict is not Verdict.PASSED,
        Comment.CHANGES: lambda report: any(map(_failed_here, report.suites)),
        Comment.OFF: lambda _report: False,
    }
)
