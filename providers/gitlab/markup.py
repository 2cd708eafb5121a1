"""GitLab's dialect of markdown (GitLab Docs, GitLab Flavored Markdown; Quick actions)."""

import re
from collections.abc import Mapping

from providers.dialect import WRITTEN, Dialect
from providers.markdown import comment
from providers.remark import remark
from providers.report import Annotation, Check, Report, Suite
from providers.verdict import status_check


class GitlabDialect(Dialect):
    """References are `@user`, `@all`, `#1`, `!1`, `$1`, `&1`, `~label`, `%milestone`, `^alert#1`, `*iteration:1`,
    `[issue:1]`, `GL-1`, `group/project>`, commits, and keys of other trackers.

    They are looked for in the text after markdown is read. A backslash keeps a sign apart from what follows, but not
    brackets and not in old versions, hence the space. Quick actions are lines of the source that start with `/`.
    """

    comment_limit = 1_000_000
    references = ("@", "#", "!", "$", "&", "~", "%", "^", "*", "[")
    written: Mapping[str, str] = {**WRITTEN, **{sign: f"\\{sign}" for sign in "&@%^"}}
    prefixes = re.compile(r"(?<=[\w./-])(?=>)|\{(?=[+-])")

    def commit(self, sha: str) -> str:
        # A link to a commit leaves a note on it.
        return self.code(sha)


DIALECT = GitlabDialect()


def render_comment(report: Report) -> str:
    return comment(report, DIALECT)


def render_check(suite: Suite, report: Report) -> Check:
    """Writes a commit status; `Check.title` fits its description."""
    return status_check(suite)


def render_remark(annotation: Annotation) -> str:
    return remark(annotation, DIALECT)
