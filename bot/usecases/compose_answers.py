"""What came of the commands on a head becomes part of its report."""

from collections.abc import Sequence

from bot.store.models import CommentCommand
from providers.report import Answer, Report

MOST = 5
"""Answers that are told, the newest."""
MOST_REFUSED = 1
"""Answers to people who may not give commands that are told: they can't push out the others'."""


def compose_answers(heard: Sequence[CommentCommand], report: Report) -> tuple[Answer, ...]:
    """Takes the newest answers of these comments, oldest first; causes that are not on the head any more are left out.

    `heard` is in the order of time.
    """
    causes = {finding.fingerprint: finding for finding in report.findings if finding.fingerprint}
    told: list[Answer] = []
    refused = 0
    for row in reversed(heard):
        for said in reversed(row.answers):
            refused += bool(said.get("refused"))
            if len(told) == MOST or (said.get("refused") and refused > MOST_REFUSED):
                continue
            findings = tuple(causes[each] for each in said["findings"] if each in causes)
            told.append(Answer(said["command"], row.account, said["outcome"], findings))
    return tuple(reversed(told))
