"""The dialect of Gitea and Forgejo (Gitea Docs, Markdown; Automatically Linked References)."""

from collections.abc import Mapping

from providers.dialect import WRITTEN, Dialect
from providers.markdown import comment
from providers.remark import remark
from providers.report import Annotation, Check, Report, Suite
from providers.verdict import status_check


class GiteaDialect(Dialect):
    r"""References are `@user`, `#1`, `!1`, `owner/repo#1`, `owner/repo@sha`, `[[page]]`, commits, other trackers' keys.

    Brackets are written as entities since a line that starts with `\[` opens a formula; braces behind a heading would
    be its attributes. The host gives no limit for comments; GitHub's is ours here.
    """

    references = ("@", "#", "!", "[")
    written: Mapping[str, str] = {**WRITTEN, "[": "&lbrack;", "]": "&rbrack;", "{": "\\{"}


DIALECT = GiteaDialect()


def render_comment(report: Report) -> str:
    return comment(report, DIALECT)


def render_check(suite: Suite, report: Report) -> Check:
    """Writes a commit status."""
    return status_check(suite)


def render_remark(annotation: Annotation) -> str:
    return remark(annotation, DIALECT)
