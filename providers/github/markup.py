"""GitHub's dialect of markdown, and its limits on check runs (GitHub REST, Checks)."""

import re

from providers.annotations import annotations
from providers.dialect import Dialect
from providers.headline import headline
from providers.markdown import check_summary, check_text, comment
from providers.report import Annotation, Check, Report, Suite
from providers.text import cut_bytes, one_line

NAME_LIMIT = 100
TITLE_LIMIT = 255
BYTES_LIMIT = 64_000
"""The limit of an annotation's message and raw details is 64 KB."""


class GithubDialect(Dialect):
    """References are `@name`, `#1`, `GH-1`, commits and advisories (GitHub Docs, Autolinked references and URLs)."""

    prefixes = re.compile(r"(?i)(?<![0-9a-z])(gh|ghsa|cve)-(?=[0-9a-z])")


DIALECT = GithubDialect()


def render_comment(report: Report) -> str:
    return comment(report, DIALECT)


def render_check(suite: Suite, report: Report) -> Check:
    """Writes a check; annotations come with the verdict, since GitHub can't take any back."""
    finished = suite.verdict.finished
    return Check(
        name=one_line(suite.check_name, NAME_LIMIT) or "Agnox",
        verdict=suite.verdict,
        title=one_line(headline(suite.verdict, [suite]), TITLE_LIMIT),
        summary=check_summary(suite, report, DIALECT),
        text=check_text(suite, DIALECT) if finished else "",
        annotations=tuple(_fit(remark) for remark in annotations(suite.findings)) if finished else (),
        actions=suite.actions,
        details_url=suite.details_url,
    )


def _fit(remark: Annotation) -> Annotation:
    return Annotation(
        remark.path,
        remark.start_line,
        remark.end_line,
        remark.level,
        one_line(remark.title, TITLE_LIMIT),
        cut_bytes(remark.message, BYTES_LIMIT),
        cut_bytes(remark.details, BYTES_LIMIT),
    )
