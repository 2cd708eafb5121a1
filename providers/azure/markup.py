"""Azure DevOps' dialect of markdown (Microsoft Learn, Use Markdown in Azure DevOps)."""

import re

from providers.dialect import SPACE, Dialect
from providers.markdown import comment
from providers.remark import remark
from providers.report import Annotation, Check, Report, Suite
from providers.verdict import status_check

# Whether references are looked for in code is not documented, and `#1` changes the work item that it names.
_REFERENCE = re.compile(r"[#!](?=\d)|@(?=<)")


class AzureDialect(Dialect):
    """References are `@<GUID>`, `#1`, `AB#1` and `!1`; a single line end breaks the line.

    Azure DevOps Server shows `<details>` as text: `AzureDialect(folds=False)`.
    """

    comment_limit = 150_000
    references = ("@", "#", "!", "[")

    def __init__(self, *, folds: bool = True) -> None:
        self.folds = folds

    def length(self, text: str) -> int:
        """Measures in UTF-16 units."""
        return len(text) + sum(char > "\uffff" for char in text)

    def verbatim(self, value: str) -> str:
        return _REFERENCE.sub(rf"\g<0>{SPACE}", value)


DIALECT = AzureDialect()
FLAT = AzureDialect(folds=False)
"""For Azure DevOps Server."""


def render_comment(report: Report, dialect: AzureDialect = DIALECT) -> str:
    return comment(report, dialect)


def render_check(suite: Suite, report: Report, dialect: AzureDialect = DIALECT) -> Check:
    """Writes a pull request status, which is the same in both dialects."""
    return status_check(suite)


def render_remark(annotation: Annotation, dialect: AzureDialect = DIALECT) -> str:
    return remark(annotation, dialect)
