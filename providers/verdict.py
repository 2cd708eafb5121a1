"""A verdict for hosts that show one line of it: commit and pull request statuses."""

from providers.headline import headline
from providers.report import Check, Suite
from providers.text import one_line

NAME_LIMIT = 100
TITLE_LIMIT = 255
"""GitLab's limit of a status' description; the other hosts allow no less."""


def status_check(suite: Suite) -> Check:
    """Writes name and title as plain text.

    All else stays empty, so that a check differs from another only where its host would show it.
    """
    return Check(
        name=one_line(suite.check_name, NAME_LIMIT) or "Agnox",
        verdict=suite.verdict,
        title=one_line(headline(suite.verdict, [suite]), TITLE_LIMIT),
        summary="",
        details_url=suite.details_url,
    )
